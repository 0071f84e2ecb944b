"""What is written down of a message on its way, and what is known again after a restart.

Records travel to SQLite as JSON arrays, in the order of their fields.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from ishowtts_filter.preferences import Preference
from ishowtts_schemas import ChatModeration

_ENCODER = msgspec.json.Encoder()

RowState = Literal["waiting", "asked", "ended"]
RowOutcome = Literal["rejected", "spoken", "expired", "cancelled", "shed", "failed"]


class Arrival(Struct, frozen=True, kw_only=True, array_like=True):
    """A message and what was decided about it; times are wall clock.

    Attributes:
        utterance_id: The same for the same message, also where it was rejected.
        outcome: `rejected`, or None for a message that is to be spoken.
        rule: Who rejected it, and `reason` why.
        spoken: As the engine will get it.
        utterance: The whole utterance as JSON, to go on after a restart.
    """

    utterance_id: str
    platform: str
    message_id: str
    room: str
    author: str
    author_id: str | None
    kind: str
    priority: str
    text: str
    received_at_ns: int
    decided_at_ns: int
    state: RowState = "waiting"
    outcome: RowOutcome | None = None
    rule: str | None = None
    reason: str = ""
    ended_at_ns: int | None = None
    spoken: str | None = None
    expires_at_ns: int | None = None
    utterance: str | None = None


class Asked(Struct, frozen=True, kw_only=True, array_like=True):
    """A synth was asked.

    Attributes:
        words: What it is to speak, where that is not the whole of `spoken`.
        offset: Samples that listeners have of what came before those words.
        carrier: The utterance with which it is spoken, where it is not asked for itself.
    """

    utterance_id: str
    engine: str
    voice: str
    attempt: int
    asked_at_ns: int
    words: str | None = None
    offset: int = 0
    carrier: str | None = None


class Taken(Struct, frozen=True, kw_only=True, array_like=True):
    """A synth has it."""

    utterance_id: str
    attempt: int
    synth: str
    incarnation: int


class Reached(Struct, frozen=True, kw_only=True, array_like=True):
    """A synth has come to a later clause than the first.

    Attributes:
        chars: Characters of what was asked for that are spoken before it.
        samples: Where it begins, in samples from the start of the utterance.
    """

    utterance_id: str
    attempt: int
    chars: int
    samples: int


class End(Struct, frozen=True, kw_only=True, array_like=True):
    """The one end of an accepted message."""

    utterance_id: str
    outcome: RowOutcome
    reason: str
    ended_at_ns: int


class Pause(Struct, frozen=True, kw_only=True, array_like=True):
    """A room was paused, or goes on: what waits in it gets the time back."""

    room: str
    at_ns: int
    paused: bool


class OpenRow(NamedTuple):
    """An accepted message without an end; what synths did with it belongs to the last request."""

    utterance_id: str
    utterance: str
    expires_at_ns: int
    decided_at_ns: int
    asked: Asked | None
    taken: Taken | None
    reached: Reached | None


class News(NamedTuple):
    """A rejection or an end, to be told."""

    utterance_id: str
    platform: str
    message_id: str
    room: str
    outcome: RowOutcome
    rule: str | None
    reason: str


class Known(NamedTuple):
    """What was decided about a message: its utterance as JSON while it is open, then its news."""

    utterance: str | None
    news: News


class SeenRow(NamedTuple):
    """A message that was read."""

    platform: str
    message_id: str
    utterance_id: str
    decided_at_ns: int


class Remembered(NamedTuple):
    """What a filter has to know of its predecessor.

    Attributes:
        open: In the order of acceptance.
        untold: Rejections and ends that nobody may have been told of, in the same order.
        seen: Oldest first.
        moderation: What was deleted or removed, and when that was heard.
        paused: Rooms, and since when.
        preferences: What was chosen in chat, oldest first.
    """

    open: list[OpenRow]
    untold: list[News]
    seen: list[SeenRow]
    moderation: list[tuple[int, ChatModeration]]
    paused: dict[str, int]
    preferences: Sequence[Preference] = ()


def to_json(record: Any) -> bytes:
    """As the file keeps it."""
    return _ENCODER.encode(record)
