"""What the reader of a recording gives to the `replay` source."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from ishowtts_schemas import ChatMessage, ChatModeration

MAX_REASON_CHARS = 200


class Recorded(NamedTuple):
    """One event of a recording.

    Attributes:
        number: Line of the file, or element of it, from 1; for people, and for the id of a
            message that has none.
        at_ms: Milliseconds on any clock: only differences count. None: at once.
        event: As recorded. The source sets platform and times, and the room and the id of a
            message where they are empty.
    """

    number: int
    at_ms: float | None
    event: ChatMessage | ChatModeration


class Unreadable(NamedTuple):
    """A part of a recording that is no event.

    Attributes:
        number: Line or element, from 1.
        kind: Why, as a word for counters: `malformed`, `oversized`.
        error: Why, to a person.
    """

    number: int
    kind: str
    error: str


class RecordingReader(Protocol):
    """Reads a file from its start, bit by bit; blank parts are left out without a word."""

    def __call__(self, path: Path) -> Iterator[Recorded | Unreadable]:
        """The file's events, in its order.

        Raises:
            OSError: The file cannot be read.
        """
        ...
