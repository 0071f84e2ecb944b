"""The queue of accepted messages: bounded, by priority, fair, and never late.

Pure policy: no clock, no I/O. Everything that leaves it without being spoken is returned as
an `Ended`, so that the caller counts one end for each accepted message.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from ishowtts_filter.dispatch.deadlines import Deadlines
from ishowtts_filter.dispatch.turns import ClassTurns
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


class SpeechQueue:
    """Waiting utterances: by class, then rooms in turn, then authors in turn, then in order.

    Putting, taking and removing one costs the same however many wait.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._classes = {priority: ClassTurns() for priority in PRIORITIES}
        self._by_id: dict[str, Utterance] = {}
        self._by_message: dict[tuple[str, str], dict[str, Utterance]] = {}
        self._depths: dict[str, int] = {}
        self._deadlines = Deadlines(self._by_id.__contains__)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Utterance]:
        """All that wait, most urgent class first."""
        return chain.from_iterable(self._classes.values())

    @property
    def full(self) -> bool:
        """Whether the next one that comes costs one its place."""
        return len(self) >= self._capacity

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
        for priority, turns in self._classes.items():
            room = turns.room(utterance.room)
            if priority == utterance.priority:
                return ahead_s + (room.ahead_s(utterance.author_key) if room else 0.0)
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
        for turns in self._classes.values():
            found = turns.next(room_ready, ready) if turns else None
            if found is not None:
                self._remove(found)
                turns.pass_on(found)
                return found
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
        rooms = (turns.room(among.room) for turns in self._classes.values())
        return chain.from_iterable(room for room in rooms if room is not None)

    def _victim(self) -> Utterance:
        lowest = next(turns for turns in reversed(self._classes.values()) if turns)
        return lowest.oldest_of_largest()

    def _add(self, utterance: Utterance, estimate_s: float) -> None:
        self._classes[utterance.priority].add(utterance, estimate_s)
        self._by_id[utterance.id] = utterance
        self._by_message.setdefault(_message(utterance), {})[utterance.id] = utterance
        depth = self._depths[utterance.room] = self._depths.get(utterance.room, 0) + 1
        self._deadlines.add(utterance.room, utterance.expires_at, utterance.id, depth)

    def _remove_all(self, gone: list[Utterance]) -> list[Utterance]:
        for utterance in gone:
            self._remove(utterance)
        return gone

    def _remove(self, utterance: Utterance) -> None:
        self._classes[utterance.priority].remove(utterance)
        del self._by_id[utterance.id]
        of_message = self._by_message[_message(utterance)]
        del of_message[utterance.id]
        if not of_message:
            del self._by_message[_message(utterance)]
        self._depths[utterance.room] -= 1
        if not self._depths[utterance.room]:
            del self._depths[utterance.room]


def _message(utterance: Utterance) -> tuple[str, str]:
    return utterance.platform, utterance.message_id
