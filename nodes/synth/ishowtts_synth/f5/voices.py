"""Voices and the clips of single requests, and what the model makes of them.

The configured ones are read when they are needed; others come over the bus.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from ishowtts_schemas import InlineReference, VoiceReference
from ishowtts_synth.errors import BadRequestError, UnknownVoiceError
from ishowtts_synth.f5.reference import Reference, decode_reference, read_reference
from ishowtts_synth.f5.requirements import clip_path
from ishowtts_synth.settings import F5Voice

_LOG = logging.getLogger("ishowtts.synth.f5")

CAPACITY = 64
"""A clip of 12 s takes 0.45 MB as log-mel, and 1.2 MB as samples."""
INLINE_CAPACITY = 16
"""Clips of requests that are kept as samples: a client sends the same one each time."""

T = TypeVar("T")
Stamp = tuple[int, int]


class VoiceShelf(Generic[T]):
    """Prepared clips by what is in them, so that no two voices are ever taken for each other.

    A clip whose file changes is read again for the next utterance; who speaks it already keeps
    the old one. If the new file is no good, the old clip goes on too.

    Args:
        voices: The configured ones.
        prepare: Makes of a clip, at a loudness, what is kept.
        capacity: How many of those are kept; the one unused for longest goes.
    """

    def __init__(
        self,
        voices: Sequence[F5Voice],
        prepare: Callable[[Reference, float], T],
        capacity: int = CAPACITY,
    ) -> None:
        self._voices = {voice.id: voice for voice in voices}
        self._prepare = prepare
        self._capacity = capacity
        self._references: dict[str, tuple[Stamp, Reference]] = {}
        self._travelling: dict[str, Reference] = {}
        self._inline: OrderedDict[InlineReference, Reference] = OrderedDict()
        self._prepared: OrderedDict[tuple[str, float], T] = OrderedDict()

    def get(self, voice_id: str, target_rms: float) -> T:
        """A voice, ready to speak.

        Raises:
            UnknownVoiceError: It is not configured, nor did it come over the bus.
            BadRequestError: Its clip is missing or no good.
        """
        return self._ready(self._reference(voice_id), target_rms)

    def get_inline(self, inline: InlineReference, target_rms: float) -> T:
        """The clip of a request, ready to speak.

        Raises:
            BadRequestError: It is no good.
        """
        known = self._inline.get(inline)
        reference = known or decode_reference(inline.audio, inline.transcript)
        self._inline[inline] = reference
        self._inline.move_to_end(inline)
        if len(self._inline) > INLINE_CAPACITY:
            self._inline.popitem(last=False)
        return self._ready(reference, target_rms)

    def put(self, reference: VoiceReference) -> None:
        """Take a voice that travels; over a configured one of its name.

        Raises:
            BadRequestError: Its clip is no good; what was there goes on.
        """
        decoded = decode_reference(reference.audio, reference.transcript)
        self._travelling[reference.voice] = decoded

    def drop(self, voice_id: str) -> None:
        """Forget a voice that travelled; a configured one of its name is back."""
        self._travelling.pop(voice_id, None)

    def _ready(self, reference: Reference, target_rms: float) -> T:
        key = (reference.digest, target_rms)
        if key not in self._prepared:
            self._prepared[key] = self._prepare(reference, target_rms)
        self._prepared.move_to_end(key)
        while len(self._prepared) > self._capacity:
            self._prepared.popitem(last=False)
        return self._prepared[key]

    def _reference(self, voice_id: str) -> Reference:
        if voice_id in self._travelling:
            return self._travelling[voice_id]
        if voice_id not in self._voices:
            raise UnknownVoiceError(f"f5 has no voice {voice_id!r}")
        voice = self._voices[voice_id]
        path, known = clip_path(voice), self._references.get(voice_id)
        stamp = _stamp(path)
        if known is not None and known[0] == stamp:
            return known[1]
        try:
            reference = read_reference(path, voice.reference_text)
        except BadRequestError as error:
            if known is None:
                raise BadRequestError(f"voice {voice_id!r}: {error}") from None
            _LOG.warning("voice %s goes on with its old clip: %s", voice_id, error)
            reference = known[1]
        self._references[voice_id] = (stamp, reference)
        return reference


def _stamp(path: Path) -> Stamp:
    """What changes with a file; zeros where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)
