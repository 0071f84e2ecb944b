"""Publishes in order for those who must not wait."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from ishowtts_bus.bus import Bus
from ishowtts_bus.errors import BusError
from ishowtts_schemas import Part, Topic

_LOG = logging.getLogger("ishowtts.bus")

DropReason = Literal["full", "refused", "withdrawn"]


class _Entry(NamedTuple):
    topic: Topic[Any]
    message: Part
    ids: dict[str, Any]
    sent: "asyncio.Future[bool]"


class Outbox:
    """A bounded line of messages to publish, kept in order until the broker has them.

    Full, it drops the oldest: late speech is worse than none, and nobody may be held up.

    Args:
        name: For the log.
        on_sent: Called with the topic of each message that the broker has.
        on_dropped: Called with the topic of each that it will never have, to be counted.
    """

    def __init__(
        self,
        bus: Bus,
        name: str,
        capacity: int,
        *,
        on_dropped: Callable[[Topic[Any], DropReason], None],
        on_sent: Callable[[Topic[Any]], None] | None = None,
    ) -> None:
        self._bus = bus
        self._name = name
        self._on_dropped = on_dropped
        self._on_sent = on_sent
        self._line: asyncio.Queue[_Entry] = asyncio.Queue(capacity)
        self._unsettled: set[asyncio.Future[bool]] = set()
        self._closed = False

    def put(self, topic: Topic[Any], message: Part, **ids: str) -> "asyncio.Future[bool]":
        """Publish soon; never waits.

        Returns:
            Whether the broker has it; False where it was dropped. Cancelled where the outbox
            closed first: nobody knows.
        """
        sent: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self._closed:
            sent.cancel()
            return sent
        if self._line.full():
            self._drop(self._line.get_nowait(), "full")
            self._line.task_done()
        self._unsettled.add(sent)
        self._line.put_nowait(_Entry(topic, message, ids, sent))
        return sent

    def withdraw(self, unwanted: Callable[[Part], bool]) -> None:
        """Drop what nobody wants any more and is not on its way yet; the rest keeps its order."""
        for _ in range(self._line.qsize()):
            entry = self._line.get_nowait()
            self._line.task_done()
            if unwanted(entry.message):
                self._drop(entry, "withdrawn")
            else:
                self._line.put_nowait(entry)

    async def publish_forever(self) -> None:
        """Publish one after the other. Run several at once: they keep the order of starts."""
        while True:
            entry = await self._line.get()
            try:
                await self._publish(entry)
            finally:
                self._line.task_done()

    async def close(self, timeout_s: float) -> None:
        """Wait until all is published, bounded, and give up the rest.

        Whoever waits to know about the rest is cancelled: its input is not let go of.
        """
        if self._unsettled:
            await asyncio.wait(self._unsettled, timeout=timeout_s)
        if self._unsettled:
            _LOG.warning("%s: %d messages were not published", self._name, len(self._unsettled))
        self._closed = True
        for sent in self._unsettled:
            sent.cancel()
        self._unsettled.clear()

    async def _publish(self, entry: _Entry) -> None:
        try:
            await self._bus.publish(entry.topic, entry.message, **entry.ids)
        except (BusError, ValueError, OverflowError) as error:
            # What cannot be encoded is one lost message, not the end of the node.
            _LOG.warning("%s: could not publish on %s: %s", self._name, entry.topic.name, error)
            self._drop(entry, "refused")
        else:
            if self._on_sent is not None:
                self._on_sent(entry.topic)
            self._settle(entry, sent=True)

    def _drop(self, entry: _Entry, reason: DropReason) -> None:
        self._on_dropped(entry.topic, reason)
        self._settle(entry, sent=False)

    def _settle(self, entry: _Entry, *, sent: bool) -> None:
        self._unsettled.discard(entry.sent)
        if not entry.sent.done():
            entry.sent.set_result(sent)
