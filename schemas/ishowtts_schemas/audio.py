"""Audio on its way to listeners: a start, chunks without a gap, a stop."""

from typing import Literal

from ishowtts_schemas.ids import Identifier, Slug
from ishowtts_schemas.message import Message, Nanoseconds
from ishowtts_schemas.speech import Attempt

SAMPLE_BYTES = 2
"""All audio on the bus is mono, signed 16-bit, little-endian."""


class AudioStart(Message, frozen=True, kw_only=True, tag="audio_start"):
    utterance_id: Identifier
    room: Slug
    attempt: Attempt
    sample_rate_hz: int
    engine: Slug
    voice: Slug
    text: str
    """What a subtitle shows."""
    started_at_ns: Nanoseconds
    message_id: Identifier | None = None
    author: str | None = None


class AudioChunk(Message, frozen=True, kw_only=True, tag="audio_chunk"):
    utterance_id: Identifier
    offset: int
    """Samples from the start of the utterance, so that a repeat is recognised and left out."""
    pcm: bytes


class AudioStop(Message, frozen=True, kw_only=True, tag="audio_stop"):
    utterance_id: Identifier
    attempt: Attempt
    reason: Literal["done", "cancelled", "failed"]
    samples: int
    """Length of the whole utterance."""
    detail: str = ""


AudioEvent = AudioStart | AudioChunk | AudioStop
