"""OpenAI's speech endpoint: text in, audio out as it is made."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from litestar import post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType
from litestar.types import ASGIApp
from msgspec import Meta

from ishowtts_player.audio.formats import OPENAI_FORMATS, OutputFormat, openai_format
from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.openai import events
from ishowtts_player.dialects.openai.voices import find_voice
from ishowtts_player.dialects.shapes import OpenAiErrorBody
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.routes.body import operation_with, read_json
from ishowtts_player.routes.parameters import AnyRequest, TheBridge, documented_errors
from ishowtts_player.speech.client import SpeakRequest
from ishowtts_player.speech.streaming import StreamedResponse, encoded
from ishowtts_player.speech.text import speakable_text
from ishowtts_schemas.speech import MAX_SPEED, MIN_SPEED

UNPROCESSABLE = 422


Name = Annotated[str, Meta(max_length=200)]


class SpeechBody(msgspec.Struct):
    """What is to be spoken. `null` means the same as absent; other keys are ignored."""

    input: str
    """At most 4096 characters."""
    model: Name | None = None
    """An engine's name chooses that engine; any other name is accepted."""
    voice: Name | dict[str, Name] | None = None
    """A voice's name, or `{"id": ...}`; OpenAI's own names mean the default voice."""
    response_format: Name | None = None
    """`mp3`, if nothing else is said; `opus`, `aac`, `flac`, `wav` or `pcm`."""
    speed: float | None = None
    """From 0.25 to 4."""
    stream_format: Literal["audio", "sse"] | None = None
    instructions: str | None = None
    """Accepted, and without effect: no engine here takes any."""


@dataclass(frozen=True)
class Wish:
    """A request that was understood."""

    speak: SpeakRequest
    output: OutputFormat
    as_events: bool


_KINDS = (*sorted({one.media_type for one in OPENAI_FORMATS.values()}), "text/event-stream")
_Operation: type[Any] = operation_with(SpeechBody)


@dataclass
class _SpeechOperation(_Operation):
    """Documents every format that an answer may have; Litestar takes one."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.responses["200"].content = {kind: OpenAPIMediaType() for kind in _KINDS}


@post(
    "/v1/audio/speech",
    status_code=200,
    summary="OpenAI: speak a text; the audio is streamed as it is made",
    operation_class=_SpeechOperation,
    responses={
        200: ResponseSpec(bytes, description="Audio", generate_examples=False),
        **documented_errors(400, 415, 501, 502, 503, 504, body=OpenAiErrorBody),
    },
)
async def speech(request: AnyRequest, bridge: TheBridge) -> ASGIApp:
    """Speak a text. Nothing is asked of a synth before the answer is served."""
    try:
        wish = await _wish(request, bridge)
    except ApiError as error:
        _count(bridge, error.status)
        raise
    pieces = encoded(bridge.speech, wish.speak, wish.output, bridge.metrics.api_sounds)
    on_end = partial(_count, bridge)
    if wish.as_events:
        return StreamedResponse(events.as_events(pieces), events.MEDIA_TYPE, on_end)
    return StreamedResponse(pieces, wish.output.media_type, on_end)


def _count(bridge: Bridge, status: int) -> None:
    bridge.bus.counters.add("player_api_requests_total", status=str(status))


async def _wish(request: AnyRequest, bridge: Bridge) -> Wish:
    body = await _body(request)
    output = _output(body)
    text = _text(body, bridge.settings.openai.max_input_chars)
    speed = 1.0 if body.speed is None else body.speed
    if not MIN_SPEED <= speed <= MAX_SPEED:
        text = f"speed must be from {MIN_SPEED} to {MAX_SPEED}"
        raise InputError(text, "BAD_SPEED", field="speed")
    names = bridge.settings.openai.voice_names
    voice = find_voice(bridge.directory, _voice_name(body), body.model or "", names)
    return Wish(SpeakRequest(text, voice, speed), output, body.stream_format == "sse")


async def _body(request: AnyRequest) -> SpeechBody:
    try:
        return await read_json(request, SpeechBody)
    except InputError as error:
        if error.status != UNPROCESSABLE:
            raise
        raise InputError(error.text, error.code, field=error.field) from None  # 400, as OpenAI


def _text(body: SpeechBody, max_chars: int) -> str:
    try:
        return speakable_text(body.input, max_chars)
    except InputError as error:
        raise InputError(error.text, error.code, field="input") from None


def _output(body: SpeechBody) -> OutputFormat:
    try:
        return openai_format(body.response_format or "mp3")
    except InputError as error:
        raise InputError(error.text, error.code, field="response_format") from None


def _voice_name(body: SpeechBody) -> str | None:
    if not isinstance(body.voice, dict):
        return body.voice
    if "id" not in body.voice:
        raise InputError('voice must be a name or {"id": name}', "INVALID_VOICE", field="voice")
    return body.voice["id"]


ROUTES = [speech]
