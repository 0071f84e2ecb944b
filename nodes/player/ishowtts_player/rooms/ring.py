"""What a room keeps for listeners that come back: bounded in count, bytes and age."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from ishowtts_player.settings.stream import StreamSettings

MAX_DIGITS = 18


@dataclass(frozen=True)
class RingEntry:
    """One event as it was sent.

    Attributes:
        data: The whole event, ready to send.
        at_s: When it was sent, on the ring's clock.
        utterance_id: Set on audio events.
        begins: Whether it is the start of that utterance.
    """

    data: bytes
    at_s: float
    utterance_id: str | None = None
    begins: bool = False


class ResumeRing:
    """The latest events of one room, and the ids that listeners name them by.

    Args:
        epoch: Begins every id: those of an earlier bridge mean nothing here.
        settings: Limits.
        clock: Monotonic seconds.
    """

    def __init__(self, epoch: str, settings: StreamSettings, clock: Callable[[], float]) -> None:
        self._epoch = epoch
        self._settings = settings
        self._clock = clock
        self._entries: deque[RingEntry] = deque()
        self._bytes = 0
        self._count = 0

    @property
    def next_id(self) -> str:
        """The id of the event that is appended next."""
        return f"{self._epoch}-{self._count + 1}"

    def __iter__(self) -> Iterator[RingEntry]:
        self._forget_old()
        return iter(self._entries)

    def numbered(self) -> Iterator[tuple[int, RingEntry]]:
        """What is kept, and the number that each event has for good."""
        self._forget_old()
        return enumerate(self._entries, self._count - len(self._entries) + 1)

    def append(self, data: bytes, utterance_id: str | None = None, *, begins: bool = False) -> None:
        """Keep an event; the oldest ones go."""
        self._count += 1
        self._entries.append(RingEntry(data, self._clock(), utterance_id, begins))
        self._bytes += len(data)
        self._forget_old()

    def since(self, last_id: str | None) -> list[RingEntry] | None:
        """All events after that one; None where some of them are gone or it never was."""
        self._forget_old()
        number = self._number(last_id or "")
        missing = self._count - number
        if number < 0 or not 0 <= missing <= len(self._entries):
            return None
        return list(islice(self._entries, len(self._entries) - missing, None))

    def _number(self, event_id: str) -> int:
        """Which event has the id, counted from 1; -1 where none can."""
        epoch, _, digits = event_id.rpartition("-")
        if epoch != self._epoch or len(digits) > MAX_DIGITS:
            return -1
        return int(digits) if digits.isascii() and digits.isdigit() else -1

    def _forget_old(self) -> None:
        limits = self._settings
        oldest_s = self._clock() - limits.ring_age_s
        while self._entries and (
            len(self._entries) > limits.ring_events
            or self._bytes > limits.ring_bytes
            or self._entries[0].at_s < oldest_s
        ):
            self._bytes -= len(self._entries.popleft().data)
