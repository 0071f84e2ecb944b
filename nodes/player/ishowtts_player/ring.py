"""What a room keeps for listeners that come back: bounded in count, bytes and age."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from ishowtts_player.settings import StreamSettings


@dataclass(frozen=True)
class RingEntry:
    """One event as it was sent.

    Attributes:
        number: Grows by one per event.
        data: The whole event, ready to send.
        at_s: When it was sent, on the ring's clock.
        utterance_id: Set on audio events.
        begins: Whether it is the start of that utterance.
    """

    number: int
    data: bytes
    at_s: float
    utterance_id: str | None = None
    begins: bool = False


class ResumeRing:
    """The latest events of one room."""

    def __init__(self, settings: StreamSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._entries: deque[RingEntry] = deque()
        self._bytes = 0
        self.last_number = 0

    def __iter__(self) -> Iterator[RingEntry]:
        self._forget_old()
        return iter(self._entries)

    def append(
        self, number: int, data: bytes, utterance_id: str | None = None, *, begins: bool = False
    ) -> None:
        """Keep an event; the oldest ones go."""
        self.last_number = number
        self._entries.append(RingEntry(number, data, self._clock(), utterance_id, begins))
        self._bytes += len(data)
        self._forget_old()

    def since(self, number: int) -> list[RingEntry] | None:
        """All events after `number`; None where some of them are gone or it never was."""
        self._forget_old()
        if number > self.last_number:
            return None
        missing = self.last_number - number
        if missing > len(self._entries):
            return None
        return list(islice(self._entries, len(self._entries) - missing, None))

    def _forget_old(self) -> None:
        limits = self._settings
        oldest_s = self._clock() - limits.ring_age_s
        while self._entries and (
            len(self._entries) > limits.ring_events
            or self._bytes > limits.ring_bytes
            or self._entries[0].at_s < oldest_s
        ):
            self._bytes -= len(self._entries.popleft().data)
