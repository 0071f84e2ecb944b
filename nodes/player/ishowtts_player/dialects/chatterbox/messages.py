"""What goes over Chatterbox's socket, in both of its forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ishowtts_player.audio.formats import DEFAULT_RATE_HZ
from ishowtts_player.dialects.chatterbox.parameters import VoicePath
from ishowtts_player.dialects.chatterbox.wish import Wish
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.routes.body import UNPROCESSABLE, decode_json

MAX_PIECE_MS = 10_000
PCM_NAMES = ("pcm_s16le", "pcm", "wav", "opus")
"""All of them get bare samples here, as they always did."""

_GATEWAY_CODES: Mapping[str, str] = {
    "PARSE_ERROR": "INVALID_JSON",
    "UNKNOWN_TYPE": "UNKNOWN_MESSAGE_TYPE",
    "MISSING_TEXT": "INVALID_REQUEST",
    "MISSING_VOICE_PATH": "INVALID_REQUEST",
    "SERVER_BUSY": "TOO_MANY_REQUESTS",
    "GENERATION_ERROR": "SYNTH_FAILED",
}
"""The older gateway's words for the same."""

SayId = Annotated[str, Meta(min_length=1, max_length=128)]


class SayAudio(msgspec.Struct):
    """`audio` of a `say`."""

    format: Annotated[str, Meta(max_length=32)] | None = None
    sample_rate: Annotated[int, Meta(ge=8000, le=48_000)] | None = None
    stream: bool | None = None
    """False: all of it in one message."""
    chunk_size_ms: Annotated[int, Meta(ge=1, le=MAX_PIECE_MS)] | None = None
    transport: Literal["base64", "binary"] | None = None

    @property
    def rate_hz(self) -> int:
        return self.sample_rate or DEFAULT_RATE_HZ


class Say(Wish, kw_only=True):
    """Speak a text, after those that were sent before it."""

    id: SayId | None = None
    audio: SayAudio | None = None


class SetVoice(msgspec.Struct):
    """The voice of every later `say` on this socket that names none."""

    voice_path: VoicePath | None = None


class Cancel(msgspec.Struct):
    """Speak a text no further; without an id, all of them."""

    id: SayId | None = None


class _Envelope(msgspec.Struct):
    type: Any = None
    id: Any = None


ClientMessage = Say | SetVoice | Cancel
_TYPES: Mapping[str, type[ClientMessage]] = {"say": Say, "set_voice": SetVoice, "cancel": Cancel}


class MessageError(Exception):
    """A message that cannot be read; `say_id` is whose, where that much is known."""

    def __init__(self, error: ApiError, say_id: str | None = None) -> None:
        super().__init__(error.text)
        self.error = error
        self.say_id = say_id


def read_message(data: str | None) -> ClientMessage:
    """A text frame of a client; None for a binary one.

    Raises:
        MessageError: It is none that there is.
    """
    try:
        envelope = decode_json(data or b"", _Envelope)
    except InputError:
        text = "a message must be one JSON object with a type"
        raise MessageError(InputError(text, "PARSE_ERROR")) from None
    say_id = envelope.id if isinstance(envelope.id, str) else None
    kind = _TYPES.get(envelope.type) if isinstance(envelope.type, str) else None
    if kind is None:
        text = f"there is no message type {envelope.type!r}; there are: {', '.join(_TYPES)}"
        raise MessageError(InputError(text[:300], "UNKNOWN_TYPE"), say_id)
    try:
        return decode_json(data or b"", kind)
    except InputError as error:
        missing = error.field == "text" and "missing" in error.text
        code = "MISSING_TEXT" if missing else "INVALID_REQUEST"
        raise MessageError(InputError(error.text, code, UNPROCESSABLE), say_id) from None


@dataclass(frozen=True)
class Form:
    """Which of the two this socket speaks.

    Attributes:
        gateway: The older Python gateway's: binary frames, and codes of its own.
    """

    gateway: bool

    def error(self, error: ApiError, say_id: str | None) -> dict[str, Any]:
        """An `error` that clients of both can read."""
        code = _GATEWAY_CODES.get(error.code, error.code) if self.gateway else error.code
        told = {"type": "error", "error": error.text, "message": error.text, "code": code}
        wait_s = error.headers.get("retry-after")
        return (
            told
            | ({} if say_id is None else {"id": say_id})
            | ({} if wait_s is None else {"retry_after_s": int(wait_s)})
        )

    def binary(self, audio: SayAudio) -> bool:
        """Whether a `say` gets binary frames."""
        return self.gateway if audio.transport is None else audio.transport == "binary"


def check_say(say: Say, form: Form) -> None:
    """What the types cannot say.

    Raises:
        InputError: It cannot be spoken.
    """
    if form.gateway and say.id is None:
        raise InputError("say needs an id", "INVALID_REQUEST", field="id")
    if form.gateway and not say.text:
        raise InputError("say needs a text", "INVALID_REQUEST", field="text")
    name = say.audio.format if say.audio else None
    if name is not None and name.lower() not in PCM_NAMES:
        text = f"the socket sends pcm_s16le, not {name!r}; POST /api/tts makes other formats"
        raise InputError(text, "INVALID_REQUEST", field="audio.format")
