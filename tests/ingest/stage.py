"""What the tests of the sources share."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from ishowtts_bus import MemoryBroker, Received
from ishowtts_ingest.sources.base import SourceContext, SourceEvent
from ishowtts_schemas import ChatMessage, ChatRejected, Part

M = TypeVar("M", bound=Part)
SOON_S = 5.0
NOW_NS = 1_700_000_000_000_000_000


def context() -> SourceContext:
    """A context with a bus that nobody listens on, and a clock that stands still."""
    return SourceContext(MemoryBroker().bus("ingest"), clock_ns=lambda: NOW_NS)


class Sink:
    """An `emit` that keeps what it gets; `taken` says what becomes of it."""

    def __init__(self, *, taken: bool | None = True) -> None:
        self.events: list[SourceEvent] = []
        self.taken = taken

    def __call__(self, event: SourceEvent) -> "asyncio.Future[bool]":
        self.events.append(event)
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self.taken is not None:
            future.set_result(self.taken)
        return future

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, ChatMessage)]

    @property
    def reasons(self) -> list[str]:
        return [event.reason for event in self.events if isinstance(event, ChatRejected)]


class Observer:
    """Keeps what it hears on the bus and lets a test wait for it."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self._news = asyncio.Event()

    def hear(self, received: Received[Any]) -> None:
        self.heard.append(received.message)
        self._news.set()

    def of(self, kind: type[M]) -> list[M]:
        return [message for message in self.heard if isinstance(message, kind)]

    async def wait_for(self, kind: type[M], count: int = 1) -> list[M]:
        """The first `count` messages of a kind."""
        await self.wait_until(lambda: len(self.of(kind)) >= count)
        return self.of(kind)[:count]

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        async def loop() -> None:
            while not condition():
                self._news.clear()
                await self._news.wait()

        await asyncio.wait_for(loop(), SOON_S)
