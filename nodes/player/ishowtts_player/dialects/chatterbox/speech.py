"""Chatterbox's half of `POST /api/tts`: text in, the bare audio out."""

import asyncio
import uuid
from collections.abc import Mapping
from contextlib import aclosing
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Response
from litestar.types import ASGIApp
from msgspec import Meta

from ishowtts_player.audio.encoder import check_format, encode_whole
from ishowtts_player.audio.formats import DEFAULT_RATE_HZ, OPENAI_FORMATS, OutputFormat
from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.accept import Accept
from ishowtts_player.dialects.chatterbox.wish import Speech, Wish, as_contract, read_wish
from ishowtts_player.errors import ApiError, InputError, NothingToSpeakError
from ishowtts_player.routes.body import to_struct
from ishowtts_player.routes.disconnect import unless_gone
from ishowtts_player.routes.parameters import AnyRequest
from ishowtts_player.speech.client import SpeakRequest
from ishowtts_player.speech.streaming import Pieces, StreamedResponse, encoded
from ishowtts_player.speech.text import is_speakable
from ishowtts_schemas import SAMPLE_BYTES

FORMATS: Mapping[str, OutputFormat] = {
    "wav": OPENAI_FORMATS["wav"],
    "pcm": OPENAI_FORMATS["pcm"],
    "pcm_s16le": OPENAI_FORMATS["pcm"],
    "mp3": OPENAI_FORMATS["mp3"],
    "opus": OPENAI_FORMATS["opus"],
    "flac": OPENAI_FORMATS["flac"],
}
COMPRESSED_RATES_HZ = (24_000, 48_000)
"""That every codec has."""

FormatName = Annotated[str, Meta(max_length=32)]
Rate = Annotated[int, Meta(ge=8000, le=48_000)]


class AudioWish(msgspec.Struct):
    """`audio` of a request."""

    format: FormatName | None = None
    """`wav`, `pcm_s16le` or `pcm`; also `mp3`, `opus` and `flac`."""
    sample_rate: Rate | None = None
    """24000 where it is absent."""
    stream: bool | None = None
    """Whether `wav` is sent as it is made, its header without a length. The others always are."""


class TtsBody(Wish, kw_only=True):
    """Chatterbox's request."""

    audio: AudioWish | None = None


class Envelope(msgspec.Struct):
    """What a client gets that reads nothing but JSON."""

    request_id: str
    voice_id: str
    engine: str
    engine_label: str
    sample_rate: int
    audio_base64: bytes
    waveform_len: int
    """In samples."""
    format: str


async def speak(request: AnyRequest, bridge: Bridge, body: Any) -> Response[Any] | ASGIApp:
    """Speak a text and answer with the audio.

    Args:
        request: Whose body has been read.
        bridge: Asks a synth.
        body: As decoded, unchecked.

    Raises:
        ApiError: It cannot be spoken.
    """
    wish = to_struct(body, TtsBody)
    audio = wish.audio or AudioWish()
    output = output_format(audio.format, audio.sample_rate)
    speech = read_wish(bridge, wish)
    if speech.request.text and not is_speakable(speech.request.text):
        raise NothingToSpeakError("text")
    headers = _headers(speech)
    only_json = Accept(request.headers.get("accept", "")).only_json
    streams = audio.stream or output.codec != "wav"
    if streams and speech.request.text and not only_json:
        pieces = _as_made(bridge, speech.request, output)
        return StreamedResponse(pieces, output.media_type, partial(_count, bridge), headers)
    whole = await unless_gone(request, _whole(bridge, speech.request, output))
    if only_json:
        return Response(whole, headers=headers)
    return Response(whole.audio_base64, media_type=output.media_type, headers=headers)


async def _as_made(bridge: Bridge, request: SpeakRequest, output: OutputFormat) -> Pieces:
    try:
        audio = encoded(bridge.speech, request, output, bridge.metrics.api_sounds)
        async with aclosing(audio) as pieces:
            async for piece in pieces:
                yield piece
    except ApiError as error:
        raise as_contract(error) from None


async def _whole(bridge: Bridge, request: SpeakRequest, output: OutputFormat) -> Envelope:
    check_format(output)
    try:
        request_id, pcm, rate_hz = await _collect(bridge, request, output.rate_hz)
    except ApiError as error:
        raise as_contract(error) from None
    return Envelope(
        request_id=request_id,
        voice_id=request.voice.id,
        engine=request.voice.engine,
        engine_label=request.voice.engine_label,
        sample_rate=output.rate_hz,
        audio_base64=await asyncio.to_thread(encode_whole, pcm, rate_hz, output),
        waveform_len=len(pcm) // SAMPLE_BYTES * output.rate_hz // rate_hz,
        format=output.media_type,
    )


async def _collect(bridge: Bridge, request: SpeakRequest, rate_hz: int) -> tuple[str, bytes, int]:
    """Id, samples and their rate; no text has no samples, and no synth is asked."""
    if not request.text:
        return str(uuid.uuid4()), b"", rate_hz
    async with bridge.speech.speak(request) as stream:
        pcm = b"".join([chunk async for chunk in stream])
        if stream.first_audio_s is not None:
            bridge.metrics.api_sounds(stream.first_audio_s)
        return stream.utterance_id, pcm, stream.sample_rate_hz


def output_format(name: str | None, rate_hz: int | None) -> OutputFormat:
    """What `audio` asks for.

    Raises:
        InputError: It is not made here.
    """
    found = FORMATS.get((name or "wav").lower())
    if found is None:
        text = f"there is no format {name!r}; there are: {', '.join(FORMATS)}"
        raise InputError(text, "UNKNOWN_FORMAT", field="audio.format")
    rate_hz = rate_hz or DEFAULT_RATE_HZ
    if found.compressed and rate_hz not in COMPRESSED_RATES_HZ:
        text = f"{found.codec} has a sample_rate of 24000 or 48000, not {rate_hz}"
        raise InputError(text, "UNKNOWN_FORMAT", field="audio.sample_rate")
    return OutputFormat(found.codec, rate_hz, found.bit_rate)


def _headers(speech: Speech) -> dict[str, str]:
    headers = {"cache-control": "no-store"}
    return headers | ({"x-tts-ignored": ", ".join(speech.ignored)} if speech.ignored else {})


def _count(bridge: Bridge, status: int) -> None:
    bridge.bus.counters.add("player_api_requests_total", status=str(status))
