"""What every message on the bus has in common, and the one way it can be unreadable."""

from typing import Literal

from msgspec import Struct

Nanoseconds = int
"""Wall-clock time since the Unix epoch. Machines that share a broker should share NTP."""

InvalidReason = Literal["oversized", "malformed", "too_deep", "wrong_type", "not_utf8"]


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all that is sent. New fields need a default, so that old and new nodes can mix."""


class Message(Part, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """A whole payload, told apart by its `type`. Subclasses name it: `tag="chat_message"`."""


class InvalidMessageError(ValueError):
    """A payload that is not what its topic carries.

    Attributes:
        reason: A stable word for counters.
    """

    def __init__(self, reason: InvalidReason, text: str) -> None:
        super().__init__(text)
        self.reason: InvalidReason = reason
