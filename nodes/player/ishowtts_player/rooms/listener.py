"""One open event stream: a bounded queue between a room and a connection."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Literal

BATCH_BYTES = 256 * 1024
"""Events that wait are sent together, up to this, so that a burst costs few writes."""

Ending = Literal["left", "slow", "shutdown"]


class Listener:
    """Holds what one connection has not sent yet. A full queue ends the connection.

    Args:
        max_events: Events that may wait.
        max_bytes: Bytes that may wait.
        abort: Breaks the connection even while a write to it hangs.

    Attributes:
        unseen: Utterances whose start this listener missed; it hears nothing of them.
        ending: Why the stream is over; None while it is not.
    """

    def __init__(
        self, max_events: int, max_bytes: int, abort: Callable[[], None] | None = None
    ) -> None:
        self.unseen: set[str] = set()
        self.ending: Ending | None = None
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._abort = abort
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._wake = asyncio.Event()

    def prefill(self, events: Iterable[bytes]) -> None:
        """Put what comes first. It does not count as waiting: a long replay is no slowness."""
        for data in events:
            self._waiting.append(data)
            self._waiting_bytes += len(data)
            self._max_events += 1
        self._max_bytes += self._waiting_bytes
        self._wake.set()

    def offer(self, data: bytes) -> bool:
        """Queue an event; False when it does not fit, and the listener has to go."""
        if self.ending is not None:
            return True
        if len(self._waiting) >= self._max_events:
            return False
        if self._waiting_bytes + len(data) > self._max_bytes:
            return False
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        self._wake.set()
        return True

    def end(self, ending: Ending) -> None:
        """End the stream at once; what waits is forgotten, the ring still has it."""
        if self.ending is not None:
            return
        self.ending = ending
        self._waiting.clear()
        self._waiting_bytes = 0
        self._wake.set()
        if ending == "slow" and self._abort is not None:
            self._abort()

    async def take(self) -> bytes | None:
        """The next events, joined; None when the stream is over."""
        while self.ending is None and not self._waiting:
            self._wake.clear()
            await self._wake.wait()
        return None if self.ending is not None else self._batch()

    def _batch(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while self._waiting and (not parts or size + len(self._waiting[0]) <= BATCH_BYTES):
            parts.append(self._waiting.popleft())
            size += len(parts[-1])
        self._waiting_bytes -= size
        return parts[0] if len(parts) == 1 else b"".join(parts)
