"""What is remembered of voices, in memory and in the index on disk."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated

from msgspec import Meta

from ishowtts_schemas import Part, VoiceOrigin
from ishowtts_schemas.ids import Slug

FORMAT = 1
MAX_REMEMBERED = 1000

Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class ClipFile(Part, frozen=True, kw_only=True):
    """A clip on disk, named by its content."""

    digest: Digest
    seconds: float


class VoiceRecord(Part, frozen=True, kw_only=True):
    """A voice without what was laid over it."""

    id: Slug
    origin: VoiceOrigin = "added"
    clip: ClipFile | None = None
    """None for a synth's own: its clip never left the synth."""
    transcript: str = ""
    label: str = ""
    language: str | None = None
    engines: tuple[Slug, ...] = ()
    licence: str = ""
    engine_label: str = ""
    updated_at_ns: int = 0


class Override(Part, frozen=True, kw_only=True):
    """What was laid over a voice; its clip and its transcript come and go apart."""

    voice: Slug
    updated_at_ns: int
    clip: ClipFile | None = None
    transcript: str | None = None
    base: VoiceRecord | None = None
    """The voice underneath, where it is a synth's own."""


class StoreIndex(Part, frozen=True, kw_only=True):
    """The file that says which clips are whose."""

    format: int = FORMAT
    added: Annotated[tuple[VoiceRecord, ...], Meta(max_length=MAX_REMEMBERED)] = ()
    overrides: Annotated[tuple[Override, ...], Meta(max_length=MAX_REMEMBERED)] = ()
    published: Annotated[tuple[Slug, ...], Meta(max_length=MAX_REMEMBERED)] = ()
    """What the broker may hold of ours."""
    default_voice: Slug | None = None


@dataclass(frozen=True)
class Effective:
    """What holds of a voice: the override where there is one."""

    clip: ClipFile
    transcript: str

    @property
    def version(self) -> str:
        """SHA-256 of audio and transcript."""
        return sha256(f"{self.clip.digest}\n{self.transcript}".encode()).hexdigest()


@dataclass(frozen=True)
class Voices:
    """Everything at one moment; a change makes another one.

    Attributes:
        configured: Of the file.
        added: Over an interface.
        overrides: What was laid over any of them, or over a synth's own.
        published: What the broker may hold of ours.
        default_voice: Chosen over an interface; None where nobody did.
    """

    configured: Mapping[str, VoiceRecord] = field(default_factory=dict[str, VoiceRecord])
    added: Mapping[str, VoiceRecord] = field(default_factory=dict[str, VoiceRecord])
    overrides: Mapping[str, Override] = field(default_factory=dict[str, Override])
    published: frozenset[str] = frozenset()
    default_voice: str | None = None

    def find(self, voice_id: str) -> VoiceRecord | None:
        """The voice without what was laid over it; a configured one comes first."""
        override = self.overrides.get(voice_id)
        known = self.configured.get(voice_id) or self.added.get(voice_id)
        return known or (override.base if override else None)

    def effective(self, voice_id: str) -> Effective | None:
        """What is to be spoken with; None where there is no clip."""
        base, override = self.find(voice_id), self.overrides.get(voice_id)
        if base is None:
            return None
        clip = (override and override.clip) or base.clip
        if clip is None:
            return None
        text = override.transcript if override else None
        return Effective(clip, base.transcript if text is None else text)

    def ids(self) -> list[str]:
        """All voices that are stored, in order."""
        based = {name for name, one in self.overrides.items() if one.base is not None}
        return sorted(self.configured.keys() | self.added.keys() | based)

    def index(self) -> StoreIndex:
        """What is to be remembered; the file of voices remembers its own."""
        return StoreIndex(
            added=tuple(self.added.values()),
            overrides=tuple(self.overrides.values()),
            published=tuple(sorted(self.published)),
            default_voice=self.default_voice,
        )

    def clips(self) -> Iterator[ClipFile]:
        """Every clip that anything refers to."""
        records = (*self.configured.values(), *self.added.values(), *self.overrides.values())
        return (record.clip for record in records if record.clip is not None)
