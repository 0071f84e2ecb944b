"""When audio may leave for a client that plays as it receives."""

import time
from collections.abc import Callable

MS = 1000.0
SHARD_MS = 60
DEFAULT_LEAD_MS = 20.0
SLACK_MS = 1.0
"""A timer that rings this much early is on time: nobody sleeps for less."""


class Pacer:
    """Keeps a client a little ahead of its own playback, and never further.

    The client's playback is taken to begin with the first shard. A client that has run dry, after
    a pause or because the synth is slow, begins anew with the next one: what was not sent in time
    is not made up for.

    Args:
        lead_ms: How much the client has in hand when the next shard leaves.
        now_s: Clock.
    """

    def __init__(
        self, lead_ms: float = DEFAULT_LEAD_MS, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._lead_ms = lead_ms
        self._now_s = now_s
        self._dry_at_s = float("-inf")

    @property
    def ahead_ms(self) -> float:
        """What the client has not played yet."""
        return max(self._dry_at_s - self._now_s(), 0.0) * MS

    def wait_s(self) -> float:
        """How long the next shard has to wait; 0 if it may leave now, else at least a slack."""
        early_ms = self.ahead_ms - self._lead_ms
        return early_ms / MS if early_ms > SLACK_MS else 0.0

    def sent(self, duration_ms: float) -> None:
        """A shard has left."""
        self._dry_at_s = max(self._dry_at_s, self._now_s()) + duration_ms / MS


def shard_bytes(bytes_per_s: int, sample_bytes: int, shard_ms: int = SHARD_MS) -> int:
    """The most whole samples, in bytes, that last no longer than a shard."""
    return max(bytes_per_s * shard_ms // 1000 // sample_bytes, 1) * sample_bytes


def shards(audio: bytes, size: int) -> list[bytes]:
    """Audio in parts of at most `size` bytes."""
    return [audio[start : start + size] for start in range(0, len(audio), size)]
