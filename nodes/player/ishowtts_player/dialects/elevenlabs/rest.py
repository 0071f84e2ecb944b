"""ElevenLabs' speech over HTTP: whole, as it is made, and with the time of each character."""

import asyncio
import base64
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter
from litestar.types import ASGIApp
from msgspec import Meta

from ishowtts_player.audio.encoder import check_format, encode_whole
from ishowtts_player.audio.formats import OutputFormat, elevenlabs_format
from ishowtts_player.audio.pacer import MS
from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.elevenlabs.alignment import Alignment, SpeakingRate, align
from ishowtts_player.dialects.elevenlabs.manner import manner_of
from ishowtts_player.dialects.elevenlabs.messages import VoiceSettings
from ishowtts_player.dialects.elevenlabs.packets import Packet, PacketMaker
from ishowtts_player.dialects.elevenlabs.query import DEFAULT_FORMAT, present
from ishowtts_player.dialects.shapes import ElevenLabsErrorBody
from ishowtts_player.errors import ApiError
from ishowtts_player.routes.body import operation_with, read_json
from ishowtts_player.routes.disconnect import unless_gone
from ishowtts_player.routes.parameters import AnyRequest, TheBridge, documented_errors
from ishowtts_player.speech.client import SpeakRequest
from ishowtts_player.speech.streaming import Pieces, StreamedResponse, encoded
from ishowtts_player.speech.text import speakable_text
from ishowtts_schemas import SAMPLE_BYTES

PATH = "/v1/text-to-speech/{voice_id:str}"
NDJSON = "application/x-ndjson"
OK = 200

VoiceId = Annotated[str, PathParameter(description="The voice's id.")]


class SpeechBody(msgspec.Struct):
    """What is to be spoken. `null` means the same as absent; other keys are ignored."""

    text: str
    model_id: str | None = None
    """An engine's name chooses that engine; any other name is accepted."""
    language_code: Annotated[str, Meta(max_length=35)] | None = None
    voice_settings: VoiceSettings | None = None


class Times(msgspec.Struct):
    """When each character sounds, in seconds from the beginning."""

    characters: list[str]
    character_start_times_seconds: list[float]
    character_end_times_seconds: list[float]


class TimedAudio(msgspec.Struct):
    """Audio and its characters."""

    audio_base64: str
    alignment: Times | None
    normalized_alignment: Times | None


@dataclass(frozen=True)
class Wish:
    """A request that was understood.

    Attributes:
        text: In the client's own words, as its characters are counted.
    """

    text: str
    speak: SpeakRequest
    output: OutputFormat


_ERRORS = documented_errors(400, 404, 415, 422, 501, 502, 503, 504, body=ElevenLabsErrorBody)
_AUDIO: dict[int, ResponseSpec] = {
    200: ResponseSpec(bytes, media_type="audio/mpeg", description="Audio", generate_examples=False),
    **_ERRORS,
}


@post(
    PATH,
    status_code=OK,
    summary="ElevenLabs: speak a text",
    operation_class=operation_with(SpeechBody),
    responses=_AUDIO,
)
async def convert(request: AnyRequest, bridge: TheBridge, voice_id: VoiceId) -> ASGIApp:
    """Speak a text; WAV is sent whole, because its header tells the length."""
    wish = await _wish(request, bridge, voice_id)
    if wish.output.codec != "wav":
        return _streamed(bridge, wish)
    audio, _ = await unless_gone(request, _whole(bridge, wish))
    headers = {"cache-control": "no-store"}
    return Response(audio, media_type=wish.output.media_type, headers=headers).to_asgi_response(
        None, request
    )


@post(
    f"{PATH}/stream",
    status_code=OK,
    summary="ElevenLabs: speak a text; the audio is streamed as it is made",
    operation_class=operation_with(SpeechBody),
    responses=_AUDIO,
)
async def stream(request: AnyRequest, bridge: TheBridge, voice_id: VoiceId) -> ASGIApp:
    """Speak a text."""
    return _streamed(bridge, await _wish(request, bridge, voice_id))


@post(
    f"{PATH}/with-timestamps",
    status_code=OK,
    summary="ElevenLabs: speak a text; characters and their times come with it",
    operation_class=operation_with(SpeechBody),
    responses=_ERRORS,
)
async def with_timestamps(
    request: AnyRequest, bridge: TheBridge, voice_id: VoiceId
) -> Response[TimedAudio]:
    """Speak a text and tell when each character sounds."""
    wish = await _wish(request, bridge, voice_id)
    audio, audio_ms = await unless_gone(request, _whole(bridge, wish))
    return Response(
        _timed(audio, align(wish.text, audio_ms), 0.0), headers={"cache-control": "no-store"}
    )


@post(
    f"{PATH}/stream/with-timestamps",
    status_code=OK,
    summary="ElevenLabs: the same as it is made, one JSON object on each line",
    operation_class=operation_with(SpeechBody),
    responses={
        200: ResponseSpec(
            str, media_type=NDJSON, description="One TimedAudio a line", generate_examples=False
        ),
        **_ERRORS,
    },
)
async def stream_with_timestamps(
    request: AnyRequest, bridge: TheBridge, voice_id: VoiceId
) -> ASGIApp:
    """Speak a text and tell when each character sounds, as far as it is made."""
    wish = await _wish(request, bridge, voice_id)
    return StreamedResponse(_lines(bridge, wish), NDJSON, partial(_count, bridge))


def _streamed(bridge: Bridge, wish: Wish) -> ASGIApp:
    pieces = encoded(bridge.speech, wish.speak, wish.output, bridge.metrics.api_sounds)
    return StreamedResponse(pieces, wish.output.media_type, partial(_count, bridge))


async def _wish(request: AnyRequest, bridge: Bridge, voice_id: str) -> Wish:
    """Read a request.

    Raises:
        ApiError: What is wrong with it.
    """
    try:
        body = await read_json(request, SpeechBody)
        output = elevenlabs_format(
            present(request.query_params).get("output_format", DEFAULT_FORMAT)
        )
        check_format(output)
        return Wish(body.text, _speak(bridge, body, voice_id), output)
    except ApiError as error:
        _count(bridge, error.status)
        raise


def _speak(bridge: Bridge, body: SpeechBody, voice_id: str) -> SpeakRequest:
    speed = body.voice_settings.speed if body.voice_settings is not None else None
    language = body.language_code or None
    manner = manner_of(bridge, voice_id, body.model_id, speed, language)
    text = speakable_text(body.text, manner.max_chars)
    return SpeakRequest(text, manner.voice, manner.speed, manner.language)


async def _whole(bridge: Bridge, wish: Wish) -> tuple[bytes, float]:
    """The whole file, and for how many milliseconds it sounds."""
    pcm, rate_hz = await _counted(bridge, wish)
    audio_ms = len(pcm) / SAMPLE_BYTES / rate_hz * MS
    return await asyncio.to_thread(encode_whole, pcm, rate_hz, wish.output), audio_ms


async def _counted(bridge: Bridge, wish: Wish) -> tuple[bytes, int]:
    """The whole audio and its rate."""
    try:
        async with bridge.speech.speak(wish.speak) as speaking:
            pcm = b"".join([chunk async for chunk in speaking])
    except ApiError as error:
        _count(bridge, error.status)
        raise
    if speaking.first_audio_s is not None:
        bridge.metrics.api_sounds(speaking.first_audio_s)
    _count(bridge, OK)
    return pcm, speaking.sample_rate_hz or wish.output.rate_hz


async def _lines(bridge: Bridge, wish: Wish) -> Pieces:
    maker = PacketMaker(wish.output, SpeakingRate())
    at_ms = 0.0
    async with bridge.speech.speak(wish.speak) as speaking:
        await maker.prepare()
        begun = False
        async for pcm in speaking:
            if not begun:
                begun = True
                bridge.metrics.api_sounds(speaking.first_audio_s or 0.0)
                maker.begin(wish.text, speaking.sample_rate_hz)
            for packet in await maker.push(pcm):
                yield _line(packet, at_ms)
                at_ms += packet.duration_ms
    for packet in [*maker.finish(), *maker.end()]:
        yield _line(packet, at_ms)
        at_ms += packet.duration_ms


def _line(packet: Packet, at_ms: float) -> bytes:
    return msgspec.json.encode(_timed(packet.audio, packet.alignment, at_ms)) + b"\n"


def _timed(audio: bytes, alignment: Alignment | None, at_ms: float) -> TimedAudio:
    times = None if alignment is None else _times(alignment, at_ms)
    return TimedAudio(base64.b64encode(audio).decode(), times, times)


def _times(alignment: Alignment, at_ms: float) -> Times:
    rows = zip(alignment.starts_ms, alignment.durations_ms, strict=True)
    ends = [start + duration for start, duration in rows]
    return Times(
        list(alignment.chars),
        [round((at_ms + start) / MS, 4) for start in alignment.starts_ms],
        [round((at_ms + end) / MS, 4) for end in ends],
    )


def _count(bridge: Bridge, status: int) -> None:
    bridge.bus.counters.add("player_api_requests_total", status=str(status))


ROUTES: list[Any] = [convert, stream, with_timestamps, stream_with_timestamps]
