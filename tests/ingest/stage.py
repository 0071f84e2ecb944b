"""What the tests of the sources share."""

import asyncio

from ishowtts_bus import MemoryBroker
from ishowtts_ingest.source import SourceContext, SourceEvent
from ishowtts_schemas import ChatMessage, ChatRejected

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
