"""When each character sounds, as far as can be told without a recogniser. Pure.

Engines say how long the audio is, not where its letters are. Characters share the time by their
weight: a Chinese one takes as long as three Latin letters, a full stop pauses. While audio is
still being made its length is guessed from what the same client has heard before.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

DEFAULT_UNIT_MS = 65.0
"""Of a Latin letter: 15 characters a second."""
LEARNING = 0.5
"""Weight of the latest piece against all before it."""

_PAUSES = {".": 4.0, "!": 4.0, "?": 4.0, "。": 4.0, "！": 4.0, "？": 4.0, "…": 4.0}
_BREATHS = {",": 2.0, ";": 2.0, ":": 2.0, "，": 2.0, "、": 2.0, "；": 2.0, "：": 2.0}
_WIDE = 3.0
_DIGIT = 3.0
_SILENT = 0.3


@dataclass(frozen=True)
class Alignment:
    """Characters and when they sound, in milliseconds from the start of the audio they come with.

    Attributes:
        chars: Each once, in order.
        starts_ms: One for each of them.
        durations_ms: The same.
    """

    chars: tuple[str, ...]
    starts_ms: tuple[float, ...]
    durations_ms: tuple[float, ...]


class SpeakingRate:
    """How long a letter takes, learned from what was heard."""

    def __init__(self, unit_ms: float = DEFAULT_UNIT_MS) -> None:
        self.unit_ms = unit_ms
        self._learned = False

    def learn(self, text: str, audio_ms: float) -> None:
        """A text took that long."""
        units = sum(map(weight, text))
        if not units or audio_ms <= 0:
            return
        measured = audio_ms / units
        share = LEARNING if self._learned else 1.0
        self.unit_ms += share * (measured - self.unit_ms)
        self._learned = True


class Aligner:
    """Gives the characters of one text to its audio, as that comes.

    Args:
        text: Every character of it is given once.
        unit_ms: Of a Latin letter.
    """

    def __init__(self, text: str, unit_ms: float) -> None:
        self._times = _times(text, unit_ms)
        self._next = next(self._times, None)
        self._heard_ms = 0.0

    def take(self, audio_ms: float) -> Alignment | None:
        """The characters that begin in the next part of the audio."""
        begin_ms, end_ms = self._heard_ms, self._heard_ms + audio_ms
        self._heard_ms = end_ms
        rows: list[tuple[str, float]] = []
        while self._next is not None and self._next[1] < end_ms:
            rows.append((self._next[0], max(self._next[1] - begin_ms, 0.0)))
            self._next = next(self._times, None)
        return _alignment(rows, audio_ms)

    def finish(self) -> Alignment | None:
        """The characters for which there was no audio left: at the end, without duration."""
        rows = [] if self._next is None else [self._next, *self._times]
        self._next = None
        return _alignment([(char, 0.0) for char, _ in rows], 0.0)


def align(text: str, audio_ms: float) -> Alignment:
    """The whole text over the whole audio."""
    units = sum(map(weight, text))
    unit_ms = audio_ms / units if units else 0.0
    return _alignment(list(_times(text, unit_ms)), audio_ms) or Alignment((), (), ())


def weight(char: str) -> float:
    """How long a character takes, in Latin letters."""
    if char in _PAUSES:
        return _PAUSES[char]
    if char in _BREATHS:
        return _BREATHS[char]
    if char.isdigit():
        return _DIGIT
    if not char.isalnum():
        return _SILENT
    return _WIDE if unicodedata.east_asian_width(char) in "WF" else 1.0


def _times(text: str, unit_ms: float) -> Iterator[tuple[str, float]]:
    at_ms = 0.0
    for char in text:
        yield char, at_ms
        at_ms += weight(char) * unit_ms


def _alignment(rows: list[tuple[str, float]], end_ms: float) -> Alignment | None:
    """Each character lasts until the next one, the last until the end."""
    if not rows:
        return None
    starts = [start for _, start in rows]
    ends = [*starts[1:], max(end_ms, starts[-1])]
    durations = tuple(end - start for start, end in zip(starts, ends, strict=True))
    return Alignment(tuple(char for char, _ in rows), tuple(starts), durations)
