"""Reference clips: of a voice, for every synth that clones; of one request, for that alone."""

from typing import Annotated, Literal

from msgspec import Meta

from ishowtts_schemas.ids import Slug
from ishowtts_schemas.message import Message, Nanoseconds, Part

MAX_REFERENCE_BYTES = 1_500_000
"""A clip of 30 s as mono s16le WAV at 24 kHz; Mosquitto is set to refuse packets of 2 MB."""
MAX_TRANSCRIPT_CHARS = 2_000

REFERENCE_VOICE = "reference"
"""The voice's name where a request brings its own clip; no voice may be called so."""

ClipBytes = Annotated[bytes, Meta(min_length=1, max_length=MAX_REFERENCE_BYTES)]
"""A whole WAV file, mono s16le, or what else an engine says that it reads."""
Transcript = Annotated[str, Meta(max_length=MAX_TRANSCRIPT_CHARS)]
"""What is said in a clip, word for word."""


class InlineReference(Part, frozen=True, kw_only=True):
    """A clip that one request brings along, instead of a voice."""

    audio: ClipBytes
    transcript: Transcript = ""


class VoiceReference(Message, frozen=True, kw_only=True, tag="voice_reference"):
    """A voice that travels. An empty retained payload takes it back."""

    voice: Slug
    version: str
    """SHA-256 of audio and transcript; caches use it as their key."""
    engines: tuple[Slug, ...]
    """For which it is; empty for all that clone."""
    transcript: Transcript
    audio: ClipBytes
    """A whole WAV file, mono s16le."""
    updated_at_ns: Nanoseconds
    language: str | None = None
    label: str = ""
    licence: str = ""
    engine_label: str = ""
    """How its engine is called for people; empty for the engine's own label."""


VoiceOrigin = Literal["configured", "added", "engine"]
"""In the file of voices; over an interface; a synth's own, with another clip over it."""


class VoiceDetails(Part, frozen=True, kw_only=True):
    """A voice as the store knows it: what it was, what was laid over it, who speaks it."""

    id: Slug
    origin: VoiceOrigin
    label: str = ""
    language: str | None = None
    engines: tuple[Slug, ...] = ()
    licence: str = ""
    engine_label: str = ""
    """How its engine is called for people; empty for the engine's own label."""
    transcript: str = ""
    """What holds now."""
    seconds: float | None = None
    version: str = ""
    """Empty where there is no clip to send."""
    baseline_text: str | None = None
    baseline_seconds: float | None = None
    override_text: str | None = None
    override_seconds: float | None = None
    override_updated_at_ns: Nanoseconds | None = None
    spoken_by: tuple[Slug, ...] = ()
    """Instances of synths that speak with this version."""
    refused: tuple[str, ...] = ()
    """Instances that cannot, and why."""
    problem: str = ""


class VoiceList(Part, frozen=True, kw_only=True):
    voices: tuple[VoiceDetails, ...]
    problems: tuple[str, ...] = ()
    """What of the file of voices could not be used."""


class VoiceAdd(Part, frozen=True, kw_only=True):
    """A new voice, or with `replace` another clip or transcript for one that is there."""

    voice: Slug
    audio: bytes | None = None
    """A whole file: WAV, MP3, FLAC, OGG, Opus or M4A."""
    transcript: Transcript | None = None
    label: Annotated[str, Meta(max_length=200)] = ""
    language: Annotated[str, Meta(max_length=35)] | None = None
    engines: Annotated[tuple[Slug, ...], Meta(max_length=16)] = ()
    licence: Annotated[str, Meta(max_length=500)] = ""
    replace: bool = False


class VoiceName(Part, frozen=True, kw_only=True):
    voice: Slug
