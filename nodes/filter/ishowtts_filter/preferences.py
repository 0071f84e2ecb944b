"""What people chose in chat and what outlives this process: their voices, and silenced rooms."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Literal, NamedTuple

PreferenceKind = Literal["voice", "off"]

CAPACITY = 10_000
"""Of each kind; who chose longest ago is forgotten."""


class Preference(NamedTuple):
    """One choice, to be written down.

    Attributes:
        kind: `voice` of an author, `off` of a room.
        key: The author's `Draft.author_key`, or the room.
        value: The voice; empty takes the choice back.
    """

    kind: PreferenceKind
    key: str
    value: str


class Preferences:
    """The present choices, bounded."""

    def __init__(self) -> None:
        self._values: dict[PreferenceKind, OrderedDict[str, str]] = {
            "voice": OrderedDict(),
            "off": OrderedDict(),
        }

    def recall(self, past: Iterable[Preference]) -> None:
        """Take over what an earlier process wrote down, oldest first."""
        for one in past:
            self.put(one)

    def put(self, preference: Preference) -> list[Preference]:
        """Choose, or take a choice back.

        Returns:
            What is to be written down: this one, and what is forgotten for it.
        """
        kind, key, value = preference
        values = self._values[kind]
        values.pop(key, None)
        if value:
            values[key] = value
        changes = [preference]
        if len(values) > CAPACITY:
            oldest, _ = values.popitem(last=False)
            changes.append(Preference(kind, oldest, ""))
        return changes

    def voice(self, author_key: str) -> str | None:
        """The voice that an author chose."""
        return self._values["voice"].get(author_key)

    def is_off(self, room: str) -> bool:
        """Whether a room's chat is not to be spoken."""
        return room in self._values["off"]
