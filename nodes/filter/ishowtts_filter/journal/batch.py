"""Changes that are written in one transaction."""

from itertools import islice
from typing import Any

from ishowtts_filter.journal.records import Arrival, Asked, End, Pause, Reached, Taken, to_json
from ishowtts_filter.preferences import Preference
from ishowtts_schemas import ChatModeration


class Batch:
    """Changes in the order of a message's life: per message the latest of each kind counts.

    What is encoded here does not have to be touched in the writing thread, which would have to
    wait for the interpreter's lock at every row.
    """

    def __init__(self) -> None:
        self.arrivals: dict[str, bytes] = {}
        self.repeats: dict[str, int] = {}
        self.asked: dict[str, Asked] = {}
        self.taken: dict[str, Taken] = {}
        self.reached: dict[str, Reached] = {}
        self.ended: dict[str, End] = {}
        self.told: dict[str, None] = {}
        self.moderation: list[tuple[int, str]] = []
        self.pauses: list[Pause] = []
        self.preferences: dict[tuple[str, str], Preference] = {}

    def __len__(self) -> int:
        """Changes of any kind."""
        return sum(map(len, self.parts()))

    def record(self, arrival: Arrival) -> None:
        self.arrivals.setdefault(arrival.utterance_id, to_json(arrival))

    def ask(self, asked: Asked) -> None:
        """What was heard of the attempt before counts no more."""
        self.asked[asked.utterance_id] = asked
        self.taken.pop(asked.utterance_id, None)
        self.reached.pop(asked.utterance_id, None)

    def repeat(self, utterance_id: str) -> None:
        self.repeats[utterance_id] = self.repeats.get(utterance_id, 0) + 1

    def moderate(self, moderation: ChatModeration, heard_at_ns: int) -> None:
        self.moderation.append((heard_at_ns, to_json(moderation).decode()))

    def prefer(self, preference: Preference) -> None:
        self.preferences[preference.kind, preference.key] = preference

    def extend(self, later: "Batch") -> None:
        """Take in what came after; what was to be told once is told once."""
        for mine, theirs in zip(self.parts(), later.parts(), strict=True):
            if isinstance(mine, list):
                mine.extend(theirs)
            elif mine is self.repeats:
                for key, count in theirs.items():
                    mine[key] = mine.get(key, 0) + count
            else:
                mine.update(theirs)

    def shrink(self, limit: int) -> int:
        """Forget the oldest changes of each kind beyond a number; how many messages."""
        lost = max(0, len(self.arrivals) - limit)
        for part in self.parts():
            excess = max(0, len(part) - limit)
            if isinstance(part, list):
                del part[:excess]
            else:
                for key in list(islice(part, excess)):
                    del part[key]
        return lost

    def parts(self) -> tuple[Any, ...]:
        """The changes of each kind, by message where there is one of each."""
        return (
            self.arrivals,
            self.repeats,
            self.asked,
            self.taken,
            self.reached,
            self.ended,
            self.told,
            self.moderation,
            self.pauses,
            self.preferences,
        )
