"""One handler's view of a topic: what it receives, and in which order it works."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from ishowtts_bus.counters import Counters
from ishowtts_bus.transport import ReplyTo
from ishowtts_schemas import InvalidMessageError, Part, Topic

_LOG = logging.getLogger("ishowtts.bus")

M = TypeVar("M", bound=Part)

MAX_WAITING = 10_000


class Received(msgspec.Struct, Generic[M], frozen=True):
    """A message and how it came.

    Attributes:
        ids: The levels of the topic that vary, `{"room": "main"}`. Not to be changed.
        reply_to: Where the sender wants an answer.
        retained: Whether it is an old state that the broker kept, not news.
        correlation: On an answer, what the request sent along.
    """

    message: M
    topic: Topic[M]
    ids: dict[str, str]
    reply_to: ReplyTo | None = None
    retained: bool = False
    correlation: bytes | None = None


class Invalid(msgspec.Struct, frozen=True):
    """A payload that its topic does not carry."""

    topic: Topic[Any]
    ids: dict[str, str]
    error: InvalidMessageError
    reply_to: ReplyTo | None = None


class Cleared(msgspec.Struct, frozen=True):
    """A retained message was taken back."""

    topic: Topic[Any]
    ids: dict[str, str]


Handler = Callable[[Received[M]], Awaitable[None] | None]
InvalidHandler = Callable[[Invalid], Awaitable[None] | None]
Event = Received[Any] | Invalid | Cleared
ClearedHandler = Callable[[Cleared], Awaitable[None] | None]


class Handlers(NamedTuple):
    """What is called for each kind of event; None where nobody is."""

    received: Handler[Any]
    invalid: InvalidHandler | None = None
    cleared: ClearedHandler | None = None

    def of(self, event: Event) -> Callable[[Any], Awaitable[None] | None] | None:
        if isinstance(event, Invalid):
            return self.invalid
        return self.cleared if isinstance(event, Cleared) else self.received


class Subscription:
    """One handler: plain functions run at once, coroutines `concurrency` at a time in order."""

    def __init__(
        self,
        address_filter: str,
        ids: dict[str, str],
        handlers: Handlers,
        concurrency: int,
        counters: Counters,
    ) -> None:
        self.address_filter = address_filter
        self.ids = ids
        self._handlers = handlers
        self._concurrency = concurrency
        self._counters = counters
        self._waiting: deque[tuple[Awaitable[None], Callable[[], None]]] = deque()
        self.running: set[asyncio.Future[None]] = set()

    def wants(self, ids: dict[str, str]) -> bool:
        return all(ids[level] == value for level, value in self.ids.items())

    def offer(self, event: Event, ack: Callable[[], None]) -> None:
        """Run the handler, now or in its turn, then acknowledge."""
        handler = self._handlers.of(event)
        if handler is None:
            ack()
        elif len(self._waiting) >= MAX_WAITING:
            self._counters.add("bus_overflow_total", topic=event.topic.name)
            ack()
        else:
            self._begin(handler, event, ack)

    def _begin(
        self, handler: Callable[[Any], Awaitable[None] | None], event: Any, ack: Callable[[], None]
    ) -> None:
        try:
            work = handler(event)
        except Exception as error:  # noqa: BLE001 - one handler's fault is not another's
            self._failed(error)
            work = None
        if work is None:
            ack()
        elif len(self.running) < self._concurrency:
            self._run(work, ack)
        else:
            self._waiting.append((work, ack))

    def _run(self, work: Awaitable[None], ack: Callable[[], None]) -> None:
        task = asyncio.ensure_future(work)
        self.running.add(task)
        task.add_done_callback(partial(self._finished, ack))

    def _finished(self, ack: Callable[[], None], task: "asyncio.Future[None]") -> None:
        self.running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._failed(error)
        ack()
        if self._waiting and len(self.running) < self._concurrency:
            self._run(*self._waiting.popleft())

    def abandon(self) -> None:
        """Forget what waits, unacknowledged: the broker still has it."""
        while self._waiting:
            work, _ = self._waiting.popleft()
            asyncio.ensure_future(work).cancel()

    def _failed(self, error: BaseException) -> None:
        self._counters.add("bus_handler_errors_total")
        _LOG.error("a handler of %s failed", self.address_filter, exc_info=error)
