"""The queue of accepted messages: bounded, by priority, fair, and never late.

Pure policy: no clock, no I/O. Everything that leaves it without being spoken is returned as
an `Ended`, so that the caller counts one end for each accepted message.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ishowtts_filter.dispatch.crowd import Crowd
from ishowtts_filter.dispatch.deadlines import Deadlines
from ishowtts_filter.utterance import PRIORITIES, Ended, Utterance


class Among(NamedTuple):
    """Where to look for what is to go; at most one field narrows it down.

    Attributes:
        room: What waits in a room.
        message: What was made of a message, by platform and id.
        utterance_id: One utterance.
    """

    room: str | None = None
    message: tuple[str, str] | None = None
    utterance_id: str | None = None


EVERYWHERE = Among()


class _Line:
    """What one author has waiting in a room, first come first served."""

    def __init__(self) -> None:
        self.waiting: OrderedDict[str, tuple[Utterance, float]] = OrderedDict()
        self.total_s = 0.0

    def first(self) -> Utterance:
        return next(iter(self.waiting.values()))[0]

    def total_of_s(self, count: int) -> float:
        """How long about that many of it take."""
        share = min(1.0, count / len(self.waiting))
        return self.total_s * share


class _Room:
    """The authors that wait in a room, in the order of their turns."""

    def __init__(self) -> None:
        self.lines: OrderedDict[str, _Line] = OrderedDict()
        self.crowd: Crowd[str] = Crowd()
        self.total_s = 0.0


class _Class:
    """The rooms where anybody of one priority waits, in the order of their turns."""

    def __init__(self) -> None:
        self.rooms: OrderedDict[str, _Room] = OrderedDict()
        self.crowd: Crowd[str] = Crowd()


class SpeechQueue:
    """Waiting utterances: by class, then rooms in turn, then authors in turn, then in order.

    Putting, taking and removing one costs the same however many wait.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._classes = {priority: _Class() for priority in PRIORITIES}
        self._by_id: dict[str, Utterance] = {}
        self._by_message: dict[tuple[str, str], dict[str, Utterance]] = {}
        self._depths: dict[str, int] = {}
        self._deadlines = Deadlines(self._by_id.__contains__)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Utterance]:
        """All that wait, most urgent class first."""
        for room in self._all_rooms():
            yield from _utterances(room)

    @property
    def depths(self) -> dict[str, int]:
        """How many wait, for every room where any does. Not to be changed."""
        return self._depths

    def put(self, utterance: Utterance, estimate_s: float = 0.0) -> list[Ended]:
        """Let an utterance wait; where the queue is full, one is shed, perhaps this one.

        The lowest class loses first. Within it the room that waits for most, and there the
        author who waits for most, loses the oldest: a flood sheds itself.

        Args:
            utterance: Not waiting yet.
            estimate_s: How long it will sound.
        """
        self._add(utterance, estimate_s)
        if len(self) <= self._capacity:
            return []
        victim = self._victim()
        self._remove(victim)
        return [Ended(victim, "shed", f"{self._capacity} more urgent or newer messages wait")]

    def get(self, utterance_id: str) -> Utterance | None:
        return self._by_id.get(utterance_id)

    def remove(self, utterance_id: str) -> Utterance | None:
        """Take an utterance out, whoever's turn it is."""
        utterance = self._by_id.get(utterance_id)
        if utterance is not None:
            self._remove(utterance)
        return utterance

    def ahead_s(self, utterance: Utterance) -> float:
        """How long what would be spoken in its room before an utterance will sound.

        That is every more urgent message, what its author said before, and of each other
        author as many as get their turn by then.
        """
        ahead_s = 0.0
        for priority, rooms in self._classes.items():
            room = rooms.rooms.get(utterance.room)
            if priority == utterance.priority:
                return ahead_s + (_turns_s(room, utterance.author_key) if room else 0.0)
            ahead_s += room.total_s if room else 0.0
        return ahead_s

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
            for name, room in rooms.rooms.items():
                if not room_ready(name):
                    continue
                for line in room.lines.values():
                    if ready(line.first()):
                        return self._take_first(rooms, line.first())
        return None

    def expire(self, room_now: Callable[[str], float]) -> list[Ended]:
        """Remove all whose time is over.

        Args:
            room_now: The time in a room, which stands still while the room is paused.
        """
        gone = [self._by_id[one] for one in self._deadlines.pop(room_now)]
        return [Ended(one, "expired", "waited too long") for one in self._remove_all(gone)]

    def cancel(
        self,
        chosen: Callable[[Utterance], bool],
        reason: str,
        among: Among = EVERYWHERE,
    ) -> list[Ended]:
        """Remove all that are chosen.

        Args:
            chosen: Whether an utterance has to go.
            reason: Why, for a person.
            among: Where to look.
        """
        gone = list(filter(chosen, self._among(among)))
        return [Ended(one, "cancelled", reason) for one in self._remove_all(gone)]

    def _among(self, among: Among) -> Iterable[Utterance]:
        if among.message is not None:
            return list(self._by_message.get(among.message, {}).values())
        if among.utterance_id is not None:
            utterance = self._by_id.get(among.utterance_id)
            return [] if utterance is None else [utterance]
        if among.room is None:
            return self
        rooms = (rooms.rooms.get(among.room) for rooms in self._classes.values())
        return (one for row in rooms if row is not None for one in _utterances(row))

    def _victim(self) -> Utterance:
        rooms = next(rooms for rooms in reversed(self._classes.values()) if rooms.rooms)
        room = rooms.rooms[rooms.crowd.largest()]
        return room.lines[room.crowd.largest()].first()

    def _take_first(self, rooms: _Class, first: Utterance) -> Utterance:
        """Remove an author's first, and let other authors and rooms have their turn."""
        self._remove(first)
        room = rooms.rooms.get(first.room)
        if room is not None:
            rooms.rooms.move_to_end(first.room)
            if first.author_key in room.lines:
                room.lines.move_to_end(first.author_key)
        return first

    def _add(self, utterance: Utterance, estimate_s: float) -> None:
        rooms = self._classes[utterance.priority]
        room = rooms.rooms.setdefault(utterance.room, _Room())
        line = room.lines.setdefault(utterance.author_key, _Line())
        line.waiting[utterance.id] = (utterance, estimate_s)
        line.total_s += estimate_s
        room.total_s += estimate_s
        rooms.crowd.add(utterance.room)
        room.crowd.add(utterance.author_key)
        self._by_id[utterance.id] = utterance
        self._by_message.setdefault(_message(utterance), {})[utterance.id] = utterance
        depth = self._depths[utterance.room] = self._depths.get(utterance.room, 0) + 1
        self._deadlines.add(utterance.room, utterance.expires_at, utterance.id, depth)

    def _remove_all(self, gone: list[Utterance]) -> list[Utterance]:
        for utterance in gone:
            self._remove(utterance)
        return gone

    def _remove(self, utterance: Utterance) -> None:
        rooms = self._classes[utterance.priority]
        room = rooms.rooms[utterance.room]
        line = room.lines[utterance.author_key]
        _, estimate_s = line.waiting.pop(utterance.id)
        line.total_s -= estimate_s
        room.total_s -= estimate_s
        rooms.crowd.remove(utterance.room)
        room.crowd.remove(utterance.author_key)
        if not line.waiting:
            del room.lines[utterance.author_key]
        if not room.lines:
            del rooms.rooms[utterance.room]
        self._forget(utterance)

    def _forget(self, utterance: Utterance) -> None:
        del self._by_id[utterance.id]
        of_message = self._by_message[_message(utterance)]
        del of_message[utterance.id]
        if not of_message:
            del self._by_message[_message(utterance)]
        self._depths[utterance.room] -= 1
        if not self._depths[utterance.room]:
            del self._depths[utterance.room]

    def _all_rooms(self) -> Iterator[_Room]:
        return (room for rooms in self._classes.values() for room in rooms.rooms.values())


def _message(utterance: Utterance) -> tuple[str, str]:
    return utterance.platform, utterance.message_id


def _utterances(room: _Room) -> Iterator[Utterance]:
    return (one for line in room.lines.values() for one, _ in line.waiting.values())


def _turns_s(room: _Room, author_key: str) -> float:
    """What is spoken in a room before an author's next message, within its class."""
    own = room.lines.get(author_key)
    turns = 1 + (len(own.waiting) if own else 0)
    others_s = sum(line.total_of_s(turns) for key, line in room.lines.items() if key != author_key)
    return others_s + (own.total_s if own else 0.0)
