"""Whose turn it is: within a priority rooms, within a room authors, each in the order they came."""

from collections import OrderedDict
from collections.abc import Callable, Iterator

from ishowtts_filter.dispatch.crowd import Crowd
from ishowtts_filter.utterance import Utterance


class _Line:
    """What one author has waiting in a room, first come first served."""

    def __init__(self) -> None:
        self.waiting: OrderedDict[str, tuple[Utterance, float]] = OrderedDict()
        self.total_s = 0.0

    def first(self) -> Utterance:
        return next(iter(self.waiting.values()))[0]


class _Lengths:
    """How long all lines of a length take together: there are far fewer lengths than lines."""

    def __init__(self) -> None:
        self._lines: dict[int, int] = {}
        self._totals_s: dict[int, float] = {}

    def move(self, old: tuple[int, float], new: tuple[int, float]) -> None:
        """A line, as its length and its total, has changed."""
        self._add(*old, -1)
        self._add(*new, 1)

    def turns_s(self, turns: int) -> float:
        """How long it takes until each line had so many turns, or all that it waits for."""
        return sum(total_s * min(1.0, turns / length) for length, total_s in self._totals_s.items())

    def _add(self, length: int, total_s: float, sign: int) -> None:
        if not length:
            return
        lines = self._lines.get(length, 0) + sign
        if lines:
            self._lines[length] = lines
            self._totals_s[length] = self._totals_s.get(length, 0.0) + sign * total_s
        else:
            del self._lines[length], self._totals_s[length]


class RoomTurns:
    """The authors that wait in a room with one priority."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, _Line] = OrderedDict()
        self._lengths = _Lengths()
        self._crowd: Crowd[str] = Crowd()
        self.total_s = 0.0

    def __len__(self) -> int:
        """Authors."""
        return len(self._lines)

    def __iter__(self) -> Iterator[Utterance]:
        return (one for line in self._lines.values() for one, _ in line.waiting.values())

    def add(self, utterance: Utterance, estimate_s: float) -> None:
        author = utterance.author_key
        line = self._lines.setdefault(author, _Line())
        before = len(line.waiting), line.total_s
        line.waiting[utterance.id] = (utterance, estimate_s)
        line.total_s += estimate_s
        self.total_s += estimate_s
        self._crowd.add(author)
        self._lengths.move(before, (len(line.waiting), line.total_s))

    def remove(self, utterance: Utterance) -> None:
        author = utterance.author_key
        line = self._lines[author]
        before = len(line.waiting), line.total_s
        _, estimate_s = line.waiting.pop(utterance.id)
        line.total_s -= estimate_s
        self.total_s -= estimate_s
        self._crowd.remove(author)
        self._lengths.move(before, (len(line.waiting), line.total_s))
        if not line.waiting:
            del self._lines[author]

    def next(self, ready: Callable[[Utterance], bool]) -> Utterance | None:
        """The first of the first author who can be heard now."""
        for line in self._lines.values():
            first = line.first()
            if ready(first):
                return first
        return None

    def oldest_of_largest(self) -> Utterance:
        """The oldest of the author who waits for most."""
        return self._lines[self._crowd.largest()].first()

    def pass_on(self, author: str) -> None:
        """An author had a turn; the others come first now."""
        if author in self._lines:
            self._lines.move_to_end(author)

    def ahead_s(self, author: str) -> float:
        """How long what is heard before an author's next message will sound.

        That is what the author has waiting, and of each other one as many as get their turn
        by then.
        """
        own = self._lines.get(author)
        return self._lengths.turns_s(1 + (len(own.waiting) if own else 0))


class ClassTurns:
    """The rooms where anybody of one priority waits."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[str, RoomTurns] = OrderedDict()
        self._crowd: Crowd[str] = Crowd()

    def __len__(self) -> int:
        """Rooms."""
        return len(self._rooms)

    def __iter__(self) -> Iterator[Utterance]:
        return (one for room in self._rooms.values() for one in room)

    def room(self, name: str) -> RoomTurns | None:
        return self._rooms.get(name)

    def add(self, utterance: Utterance, estimate_s: float) -> None:
        self._rooms.setdefault(utterance.room, RoomTurns()).add(utterance, estimate_s)
        self._crowd.add(utterance.room)

    def remove(self, utterance: Utterance) -> None:
        room = self._rooms[utterance.room]
        room.remove(utterance)
        self._crowd.remove(utterance.room)
        if not room:
            del self._rooms[utterance.room]

    def next(
        self, room_ready: Callable[[str], bool], ready: Callable[[Utterance], bool]
    ) -> Utterance | None:
        """The utterance whose turn it is, of those that can be heard now."""
        for name, room in self._rooms.items():
            found = room.next(ready) if room_ready(name) else None
            if found is not None:
                return found
        return None

    def oldest_of_largest(self) -> Utterance:
        """Where most wait, the oldest of who waits for most."""
        return self._rooms[self._crowd.largest()].oldest_of_largest()

    def pass_on(self, utterance: Utterance) -> None:
        """This one had its turn and is gone; other rooms and authors come first now."""
        room = self._rooms.get(utterance.room)
        if room is not None:
            self._rooms.move_to_end(utterance.room)
            room.pass_on(utterance.author_key)
