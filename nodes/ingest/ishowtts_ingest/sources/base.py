"""What a source is, and what it is given."""

import asyncio
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Protocol

from ishowtts_bus import Bus, Counters
from ishowtts_schemas import ChatMessage, ChatModeration, ChatRejected

SourceEvent = ChatMessage | ChatModeration | ChatRejected
"""`ChatRejected` is for input that is no message at all; its rule is `payload`."""

PAYLOAD_RULE = "payload"
CATCH_UP_EVENTS = 100
CATCH_UP_TIMEOUT_S = 1.0


class SourceError(Exception):
    """The source cannot run as configured; the text is one sentence for a person."""


class Emit(Protocol):
    """Hands an event over. Returns at once, whatever happens downstream."""

    def __call__(self, event: SourceEvent) -> asyncio.Future[bool]:
        """Pass an event on, in order.

        Returns:
            Whether the broker has it, for sources that must know before they let go of
            their input. False: it was dropped and counted.
        """
        ...


class SourceContext:
    """What every source may use.

    Attributes:
        bus: For sources that listen on the bus; events leave through `emit` only.
        counters: Count input that is no message here, by source.
        clock_ns: Wall clock.
        leaving: The process is about to end: what the broker would keep for its successor
            is to be kept.
    """

    def __init__(self, bus: Bus, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self.bus = bus
        self.clock_ns = clock_ns
        self.leaving = False

    @property
    def counters(self) -> Counters:
        return self.bus.counters


class Source(ABC):
    """One origin of chat. Its constructor takes a `SourceContext` and its settings.

    A source waits for its input and for nothing else: `emit` never blocks, so that pings are
    answered and sockets are read whatever the rest of the pipeline does.
    """

    name: ClassVar[str]
    """Module, section of the settings, and label in counters."""
    platform: ClassVar[str]
    """Topic level of what it emits."""

    def __init__(self, context: SourceContext) -> None:
        self.context = context
        self._emitted = 0

    def check(self) -> None:  # noqa: B027 - most sources can always run
        """Say why the source cannot run, before anything is opened.

        Raises:
            SourceError: It cannot.
        """

    @abstractmethod
    async def run(self, emit: Emit) -> None:
        """Read until the input ends, or until cancelled; then leave nothing open.

        An exception means that the input failed: the source is run again after a pause.
        """

    def count_invalid(self, reason: str) -> None:
        """Count input that could not be read as a message."""
        self.context.counters.add("ingest_invalid_total", source=self.name, reason=reason)

    def rejected(self, room: str, reason: str) -> ChatRejected:
        """Input that is no message, told to whoever watches the room."""
        return ChatRejected(
            message_id=uuid.uuid4().hex,
            platform=self.platform,
            room=room,
            rule=PAYLOAD_RULE,
            reason=reason,
            at_ns=self.context.clock_ns(),
        )

    async def let_catch_up(self, last: asyncio.Future[bool]) -> None:
        """Called after each event, wait now and then, for a bounded time, until it has left.

        For input that comes faster than anybody chats, a file or a pipe.
        """
        self._emitted += 1
        if self._emitted % CATCH_UP_EVENTS == 0:
            await asyncio.wait([last], timeout=CATCH_UP_TIMEOUT_S)
