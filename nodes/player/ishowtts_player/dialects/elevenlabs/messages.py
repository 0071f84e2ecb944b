"""Frames of the sockets: what clients send in either meaning, and what they are told."""

import base64
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ishowtts_player.dialects.elevenlabs.alignment import Alignment
from ishowtts_player.dialects.elevenlabs.packets import Packet
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.trust.tokens import bearer_token
from ishowtts_schemas.speech import MAX_SPEECH_CHARS, Speed

INIT_TYPE = "ttsInitRequest"

Threshold = Annotated[float, Meta(ge=1, le=MAX_SPEECH_CHARS)]
"""ElevenLabs writes them as doubles."""
Frames = Annotated[int, Meta(ge=1, le=1000)]


class VoiceSettings(msgspec.Struct):
    """Of these only the speed means something to any engine here; the others are accepted."""

    speed: Speed | None = None
    stability: float | None = None
    similarity_boost: float | None = None
    style: float | None = None
    use_speaker_boost: bool | None = None


class GenerationConfig(msgspec.Struct):
    """When text is enough to be spoken; XTTS also says how, here."""

    chunk_length_schedule: Annotated[list[Threshold], Meta(max_length=100)] | None = None
    chunk_length_schedule_frames: Annotated[list[Frames], Meta(max_length=100)] | None = None
    speed: Speed | None = None
    language: Annotated[str, Meta(max_length=35)] | None = None


ContextId = Annotated[str, Meta(max_length=128)]


class ClientMessage(msgspec.Struct, kw_only=True):
    """Any frame of a client. `null` means the same as absent, other keys are ignored."""

    type: str | None = None
    text: str | None = None
    flush: bool | None = None
    try_trigger_generation: bool | None = None
    voice_settings: VoiceSettings | None = None
    generation_config: GenerationConfig | None = None
    generator_config: GenerationConfig | None = None
    """So it is called behind the first frame."""
    snake_key: str | None = msgspec.field(default=None, name="xi_api_key")
    kebab_key: str | None = msgspec.field(default=None, name="xi-api-key")
    authorization: str | None = None
    context_id: ContextId | None = None
    camel_context_id: ContextId | None = msgspec.field(default=None, name="contextId")
    close_context: bool | None = None
    close_socket: bool | None = None
    audio_format: str | None = None
    upper_audio_format: str | None = msgspec.field(default=None, name="EL_AUDIO_FORMAT")
    target_lead_ms: Annotated[float, Meta(ge=0, le=10_000)] | None = None
    audio_channel: Annotated[str, Meta(max_length=200)] | None = None

    @property
    def config(self) -> GenerationConfig | None:
        """Under either name."""
        return self.generation_config or self.generator_config

    @property
    def context(self) -> str | None:
        """In either spelling; None where the frame names none."""
        return self.context_id if self.context_id is not None else self.camel_context_id

    @property
    def speed(self) -> float | None:
        """Where either way of speaking says one."""
        voice, config = self.voice_settings, self.config
        said = voice.speed if voice is not None else None
        return said if said is not None or config is None else config.speed

    @property
    def tokens(self) -> list[str]:
        """What the client shows instead of a header."""
        shown = [key for key in (self.snake_key, self.kebab_key) if key is not None]
        if self.authorization is not None:
            shown.append(bearer_token(self.authorization) or self.authorization)
        return shown


def read_message(text: str | bytes) -> ClientMessage:
    """A client's frame.

    Raises:
        InputError: It is no JSON object, or a field is none of what it has to be.
    """
    try:
        return msgspec.json.decode(text, type=ClientMessage)
    except msgspec.ValidationError as error:
        raise InputError(str(error), "INVALID_MESSAGE") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InputError("a message must be a JSON object", "INVALID_MESSAGE") from None


def alignment_body(alignment: Alignment | None) -> dict[str, Any] | None:
    """In whole milliseconds, under the keys of the SDK and of the published AsyncAPI."""
    if alignment is None:
        return None
    starts = [round(start) for start in alignment.starts_ms]
    times = zip(alignment.starts_ms, alignment.durations_ms, starts, strict=True)
    durations = [round(start + duration) - begin for start, duration, begin in times]
    return {
        "chars": alignment.chars,
        "charStartTimesMs": starts,
        "charsStartTimesMs": starts,
        "charDurationsMs": durations,
        "charsDurationsMs": durations,
    }


def audio_message(audio: bytes, alignment: Alignment | None) -> dict[str, Any]:
    """A part of the audio, as ElevenLabs' clients read it."""
    body = alignment_body(alignment)
    return {
        "audio": base64.b64encode(audio).decode(),
        "isFinal": None,
        "alignment": body,
        "normalizedAlignment": body,
    }


def final_message() -> dict[str, Any]:
    """There will be no more audio."""
    return {"audio": None, "isFinal": True}


def xtts_message(packet: Packet | None, *, alignment: bool) -> dict[str, Any] | None:
    """The same as XTTS's clients read it; None where it has nothing for them."""
    if packet is None:
        return {"isFinal": True}
    if not packet.audio and not alignment:
        return None
    body: dict[str, Any] = {"audio": base64.b64encode(packet.audio).decode(), "isFinal": False}
    times = alignment_body(packet.alignment) if alignment else None
    return body if times is None else {**body, "normalizedAlignment": times}


def error_message(error: ApiError, close_code: int, *, xtts: bool = False) -> dict[str, Any]:
    """Why the socket is closed: SDKs look for `message`, XTTS's clients for the text in `error`."""
    if xtts:
        return {"error": error.text}
    return {"message": error.text, "error": error.code.lower(), "code": close_code}
