"""A voice that travels: reference audio and transcript, to every synth."""

from ishowtts_schemas.ids import Slug
from ishowtts_schemas.message import Message, Nanoseconds


class VoiceReference(Message, frozen=True, kw_only=True, tag="voice_reference"):
    voice: Slug
    version: str
    """SHA-256 of audio and transcript; caches use it as their key."""
    engines: tuple[Slug, ...]
    transcript: str
    audio: bytes
    """A whole WAV file."""
    updated_at_ns: Nanoseconds
    language: str | None = None
    label: str = ""
    licence: str = ""
