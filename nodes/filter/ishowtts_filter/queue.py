"""The queue of accepted messages: bounded, by priority, fair, and never late.

Pure policy: no clock, no I/O. Everything that leaves it without being spoken is returned as
an `Ended`, so that the caller counts one end for each accepted message.
"""

from collections import deque
from collections.abc import Callable, Iterator

from ishowtts_filter.utterance import PRIORITIES, Ended, Utterance

_Line = deque[Utterance]
_Authors = dict[str, _Line]
_Rooms = dict[str, _Authors]


class SpeechQueue:
    """Waiting utterances: by class, then rooms in turn, then authors in turn, then in order."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._classes: dict[str, _Rooms] = {priority: {} for priority in PRIORITIES}
        self._depths: dict[str, int] = {}
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Utterance]:
        """All that wait, most urgent class first."""
        for rooms in self._classes.values():
            for authors in rooms.values():
                for line in authors.values():
                    yield from line

    @property
    def depths(self) -> dict[str, int]:
        """How many wait, for every room where any does. Not to be changed."""
        return self._depths

    def put(self, utterance: Utterance) -> list[Ended]:
        """Let an utterance wait; where the queue is full, one is shed, perhaps this one.

        The lowest class loses first. Within it the room that waits for most, and there the
        author who waits for most, loses the oldest: a flood sheds itself.
        """
        authors = self._classes[utterance.priority].setdefault(utterance.room, {})
        authors.setdefault(utterance.author_key, deque()).append(utterance)
        self._resize(utterance.room, 1)
        if self._size <= self._capacity:
            return []
        victim = self._victim()
        self._remove(victim)
        return [Ended(victim, "shed", f"{self._capacity} more urgent or newer messages wait")]

    def take(
        self, room_ready: Callable[[str], bool], ready: Callable[[Utterance], bool]
    ) -> Utterance | None:
        """The next utterance whose turn it is, removed; None where nothing can be spoken now.

        Args:
            room_ready: Whether a room may be given speech now.
            ready: Whether an utterance can be spoken now. Only the first of each author is
                asked about, so that an author is heard in order.
        """
        for rooms in self._classes.values():
            for room, authors in rooms.items():
                if not room_ready(room):
                    continue
                for line in authors.values():
                    if ready(line[0]):
                        return self._take_first(rooms, line[0])
        return None

    def expire(self, now: float) -> list[Ended]:
        """Remove all whose time is over."""
        return [
            Ended(gone, "expired", "waited too long")
            for gone in self._remove_where(lambda waiting: waiting.expires_at <= now)
        ]

    def cancel(self, chosen: Callable[[Utterance], bool], reason: str) -> list[Ended]:
        """Remove all that are chosen."""
        return [Ended(gone, "cancelled", reason) for gone in self._remove_where(chosen)]

    def _victim(self) -> Utterance:
        rooms = next(rooms for rooms in reversed(self._classes.values()) if rooms)
        authors = max(rooms.values(), key=lambda room: sum(map(len, room.values())))
        line = max(authors.values(), key=lambda line: (len(line), -line[0].expires_at))
        return line[0]

    def _take_first(self, rooms: _Rooms, first: Utterance) -> Utterance:
        """Remove an author's first, and let other authors and rooms have their turn."""
        self._remove(first)
        authors = rooms.pop(first.room, None)
        if authors is not None:
            line = authors.pop(first.author_key, None)
            if line is not None:
                authors[first.author_key] = line
            rooms[first.room] = authors
        return first

    def _remove_where(self, chosen: Callable[[Utterance], bool]) -> list[Utterance]:
        gone = [waiting for waiting in self if chosen(waiting)]
        for waiting in gone:
            self._remove(waiting)
        return gone

    def _remove(self, utterance: Utterance) -> None:
        rooms = self._classes[utterance.priority]
        authors = rooms[utterance.room]
        line = authors[utterance.author_key]
        line.remove(utterance)
        if not line:
            del authors[utterance.author_key]
        if not authors:
            del rooms[utterance.room]
        self._resize(utterance.room, -1)

    def _resize(self, room: str, change: int) -> None:
        self._size += change
        depth = self._depths.get(room, 0) + change
        if depth:
            self._depths[room] = depth
        else:
            del self._depths[room]
