"""An utterance on its way to listeners' ears."""

from dataclasses import dataclass
from typing import Literal

GAP_S = 0.15
"""The pause that the page leaves after an utterance."""

StopReason = Literal["done", "cancelled", "failed"]


@dataclass
class RoomUtterance:
    """How far it is.

    Attributes:
        attempt: The latest that was begun.
        next_offset: First sample that listeners were not sent.
        sent: Samples that they were sent, now.
        played_s: How much of it they have heard.
        ended: Whether they were told its end.
        orphaned_at_s: Since when nobody works on it.
        detail: Why.
    """

    id: str
    message_id: str | None
    rate_hz: int
    attempt: int
    news_at_s: float
    next_offset: int = 0
    sent: int = 0
    played_s: float = 0.0
    ended: bool = False
    orphaned_at_s: float | None = None
    detail: str = ""

    @property
    def length_s(self) -> float:
        """As far as it is known."""
        return self.sent / self.rate_hz + (GAP_S if self.ended else 0.0)

    @property
    def left_s(self) -> float:
        return max(0.0, self.length_s - self.played_s)


@dataclass(frozen=True)
class Stop:
    """The end of an utterance, to be told."""

    utterance_id: str
    reason: StopReason
    samples: int
    detail: str = ""
