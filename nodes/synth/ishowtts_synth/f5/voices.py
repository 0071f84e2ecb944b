"""The configured voices, read when they are needed, and what the model makes of their clips."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from ishowtts_synth.errors import BadRequestError, UnknownVoiceError
from ishowtts_synth.f5.reference import Reference, read_reference
from ishowtts_synth.f5.requirements import clip_path
from ishowtts_synth.settings import F5Voice

_LOG = logging.getLogger("ishowtts.synth.f5")

CAPACITY = 64
"""A clip of 12 s takes 0.45 MB as log-mel, and 1.2 MB as samples."""

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
        self._prepared: OrderedDict[tuple[str, float], T] = OrderedDict()

    def get(self, voice_id: str, target_rms: float) -> T:
        """A voice, ready to speak.

        Raises:
            UnknownVoiceError: It is not configured.
            BadRequestError: Its clip is missing or no good.
        """
        reference = self._reference(voice_id)
        key = (reference.digest, target_rms)
        if key not in self._prepared:
            self._prepared[key] = self._prepare(reference, target_rms)
        self._prepared.move_to_end(key)
        while len(self._prepared) > self._capacity:
            self._prepared.popitem(last=False)
        return self._prepared[key]

    def _reference(self, voice_id: str) -> Reference:
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
