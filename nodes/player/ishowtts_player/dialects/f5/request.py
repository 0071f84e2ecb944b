"""What a client of the F5 service wants: a clip, its words, and what is to be said with it."""

import asyncio
import base64
import binascii
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from ishowtts_player.bridge import Bridge
from ishowtts_player.errors import InputError, NothingToSpeakError
from ishowtts_player.speech.client import Options, SpeakRequest
from ishowtts_player.speech.text import clean, is_speakable
from ishowtts_schemas import MAX_TRANSCRIPT_CHARS, InlineReference
from ishowtts_schemas.speech import Speed

MAX_CLIP_BYTES = 10 * 1024 * 1024
MAX_BODY_BYTES = MAX_CLIP_BYTES * 4 // 3 + 64 * 1024
"""The clip in base64, and room for the rest."""
WHITESPACE = b" \t\r\n\v\f"
SWAY = -1.0
NO_SWAY = 0.0
_OPTIONS: Mapping[str, frozenset[str]] = {
    "f5": frozenset({"nfe_step", "cfg_strength", "sway_sampling_coef"})
}
"""What engines that clone take of it."""


class GenerateBody(msgspec.Struct, kw_only=True):
    """The service's request. What is absent or `null` is as the engine is configured."""

    ref_text: str
    """What is said in the clip, word for word."""
    gen_text: str
    """What is to be said."""
    ref_audio_base64: str
    """A whole file: wav, mp3, flac, ogg, opus or m4a."""
    num_inference_steps: Annotated[int, Meta(ge=1, le=64)] | None = None
    guidance_scale: Annotated[float, Meta(ge=0, le=10)] | None = None
    speed_factor: Speed | None = None
    """Above 1 is faster."""
    use_sway_sampling: bool | None = None


async def read_request(bridge: Bridge, body: GenerateBody) -> SpeakRequest:
    """Check a request and decode its clip.

    Raises:
        InputError: 400 a field is empty or no such thing, 413 the clip is too large.
        UnavailableError: 503, no engine that clones is running.
    """
    text = _text(body.gen_text, bridge.settings.max_text_chars, "gen_text")
    if not is_speakable(text):
        raise NothingToSpeakError("gen_text")
    transcript = _text(body.ref_text, MAX_TRANSCRIPT_CHARS, "ref_text")
    data = await asyncio.to_thread(decode_audio, body.ref_audio_base64)
    voice = bridge.directory.cloning()
    clip = await bridge.voices.reception.read(data)
    return SpeakRequest(
        text,
        voice,
        1.0 if body.speed_factor is None else body.speed_factor,
        options=read_options(body, voice.engine),
        reference=InlineReference(audio=clip.wav, transcript=transcript),
    )


def read_options(body: GenerateBody, engine: str) -> Options:
    """What the body asks of the engine, in the engine's words, as far as it has them."""
    sway = body.use_sway_sampling
    named: dict[str, float | None] = {
        "nfe_step": body.num_inference_steps,
        "cfg_strength": body.guidance_scale,
        "sway_sampling_coef": None if sway is None else SWAY if sway else NO_SWAY,
    }
    taken = _OPTIONS.get(engine, frozenset())
    return {name: value for name, value in named.items() if value is not None and name in taken}


def decode_audio(text: str) -> bytes:
    """The file in a base64 text; line breaks and `data:audio/wav;base64,` before it are borne.

    Raises:
        InputError: It is no base64, or holds nothing.
    """
    field = "ref_audio_base64"
    if text[:5].lower() == "data:":
        text = text.partition(",")[2]
    try:
        packed = text.encode("ascii").translate(None, WHITESPACE)
        data = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        raise InputError(f"{field} is not base64", "BAD_BASE64", field=field) from None
    if not data:
        raise InputError(f"{field} is empty", "EMPTY_FIELD", field=field)
    return data


def _text(text: str, max_chars: int, field: str) -> str:
    try:
        return clean(text, max_chars)
    except InputError as error:
        told = error.text.replace("the text", field)
        raise InputError(told, error.code, error.status, field) from None
