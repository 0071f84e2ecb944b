"""When text that comes in pieces is spoken, and how much audio makes a packet. Pure.

Words are never torn, except by a client that asks for what it has sent so far.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

DEFAULT_SCHEDULE = (120, 160, 250, 290)
"""ElevenLabs' own, in characters."""
MIN_TRIGGER_CHARS = 50
"""`try_trigger_generation` asks politely: less than this would sound like single words."""

_SENTENCE_END = re.compile(
    r"""[。！？；…\n]+["'」』）)”’]*   # full-width marks need no space after them
      | (?<![\d.!?])[.!?]+["')\]”’»]*(?:\s+|$)
      | (?<![.!?])[.!?]+["')\]”’»]*\s+  # a number may go on behind the message's end""",
    re.VERBOSE,
)
"""A run of marks is only tried from its beginning: from each of them, 10,000 take 12 s."""


class Thresholds:
    """How much text each generation waits for.

    Args:
        chars: One threshold after the other; none waits for the client's word alone.
        repeat_last: Whether the last one holds for all that follow.
    """

    def __init__(self, chars: Sequence[int], *, repeat_last: bool) -> None:
        self._chars = tuple(chars)
        self._repeat_last = repeat_last
        self._next = 0

    @property
    def current(self) -> int | None:
        """What the next generation waits for; None if it waits for the client."""
        if self._next < len(self._chars):
            return self._chars[self._next]
        return self._chars[-1] if self._chars and self._repeat_last else None

    def advance(self) -> None:
        """A generation has begun by itself."""
        self._next += 1


class TextBuffer:
    """What a client has sent and nobody has spoken.

    Args:
        thresholds: When text is enough.
        max_chars: The longest piece that is spoken in one go; more than that never waits.
        by_sentence: Speak each sentence at its end, whatever the thresholds say.
    """

    def __init__(
        self, thresholds: Thresholds, max_chars: int, *, by_sentence: bool = False
    ) -> None:
        self.thresholds = thresholds
        self._max_chars = max_chars
        self._by_sentence = by_sentence
        self._text = ""

    @property
    def chars(self) -> int:
        """How much waits."""
        return len(self._text)

    def add(self, text: str) -> list[str]:
        """Take text; what is to be spoken now."""
        self._text += text
        ready = self._sentences() if self._by_sentence else self._scheduled()
        while len(self._text) > self._max_chars:
            ready.append(self._cut(word_end(self._text, self._max_chars)))
        return split_pieces(ready, self._max_chars)

    def trigger(self) -> list[str]:
        """The client would like to hear something: as far as there is enough for it."""
        if len(self._text) < MIN_TRIGGER_CHARS:
            return []
        return split_pieces([self._cut(word_end(self._text, len(self._text)))], self._max_chars)

    def flush(self) -> list[str]:
        """All there is."""
        text, self._text = self._text, ""
        return split_pieces([text], self._max_chars)

    def clear(self) -> int:
        """Forget it; how many characters that were."""
        dropped, self._text = len(self._text), ""
        return dropped

    def _scheduled(self) -> list[str]:
        threshold = self.thresholds.current
        if threshold is None or len(self._text) < threshold:
            return []
        self.thresholds.advance()
        return [self._cut(word_end(self._text, len(self._text)))]

    def _sentences(self) -> list[str]:
        ends = [found.end() for found in _SENTENCE_END.finditer(self._text)]
        return [self._cut(ends[-1])] if ends else []

    def _cut(self, at: int) -> str:
        piece, self._text = self._text[:at], self._text[at:]
        return piece


def word_end(text: str, limit: int) -> int:
    """Where to cut so that no word is torn: behind the last whole one within `limit`.

    A word that fills it all is cut at `limit`.
    """
    if limit < len(text) and not _goes_on(text[limit]):
        return limit
    at = limit
    while at > 0 and _goes_on(text[at - 1]):
        at -= 1
    return at or limit


def split_pieces(texts: Iterable[str], max_chars: int) -> list[str]:
    """Pieces that can be spoken in one go; the whole text stands in them, unless it is blank."""
    pieces: list[str] = []
    for text in texts:
        rest = text
        while rest.strip():
            at = word_end(rest, min(len(rest), max_chars)) if len(rest) > max_chars else len(rest)
            pieces.append(rest[:at])
            rest = rest[at:]
    return pieces


def _goes_on(char: str) -> bool:
    """Whether a word may go on behind this character: scripts without spaces end anywhere."""
    return (char.isalnum() or char in "'’-_") and unicodedata.east_asian_width(char) not in "WF"


class FrameSchedule:
    """How many of the engine's chunks make the next packet: then one each.

    Args:
        frames: For the first packets, in order.
    """

    def __init__(self, frames: Sequence[int] = ()) -> None:
        self._frames = tuple(frames)
        self._packets = 0
        self._waiting: list[bytes] = []

    def push(self, chunk: bytes) -> bytes:
        """Take a chunk; a packet, or nothing yet."""
        self._waiting.append(chunk)
        if len(self._waiting) < self._needed():
            return b""
        return self.finish()

    def finish(self) -> bytes:
        """The packet of what is left."""
        packet = b"".join(self._waiting)
        self._packets += bool(packet)
        self._waiting.clear()
        return packet

    def restart(self) -> None:
        """Begin with the first packet again; nothing waits."""
        self._packets = 0

    def _needed(self) -> int:
        return self._frames[self._packets] if self._packets < len(self._frames) else 1
