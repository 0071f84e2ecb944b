"""The bounded line between a source, which never waits, and the broker, which may be away."""

import asyncio
import logging
from typing import Any

from ishowtts_bus import Bus, BusError
from ishowtts_ingest.sources.base import SourceEvent
from ishowtts_schemas import Topic
from ishowtts_schemas.topics import CHAT_MESSAGE, CHAT_MODERATION, CHAT_REJECTED

_LOG = logging.getLogger("ishowtts.ingest")

_TOPICS: dict[str, Topic[Any]] = {
    "ChatMessage": CHAT_MESSAGE,
    "ChatModeration": CHAT_MODERATION,
    "ChatRejected": CHAT_REJECTED,
}

_Entry = tuple[SourceEvent, "asyncio.Future[bool]"]


class EventBuffer:
    """Keeps a source's events in order until the broker has them.

    Full, it drops the oldest: nobody wants to hear old chat, and the sender's socket must be
    read whatever happens. Every drop is counted.
    """

    def __init__(self, bus: Bus, source: str, capacity: int) -> None:
        self._bus = bus
        self._source = source
        self._line: asyncio.Queue[_Entry] = asyncio.Queue(capacity)
        self._pending: set[asyncio.Future[bool]] = set()
        self._closed = False

    def put(self, event: SourceEvent) -> asyncio.Future[bool]:
        """Pass an event on; see `Emit`."""
        taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self._closed:
            taken.cancel()
            return taken
        if self._line.full():
            self._drop(self._line.get_nowait(), "full")
            self._line.task_done()
        self._pending.add(taken)
        taken.add_done_callback(self._pending.discard)
        self._line.put_nowait((event, taken))
        return taken

    async def publish_forever(self) -> None:
        """Publish one event after the other. Run several at once: they keep the order."""
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
        try:
            await asyncio.wait_for(self._line.join(), timeout_s)
        except asyncio.TimeoutError:
            _LOG.warning("%s: %d messages were not published", self._source, len(self._pending))
        self._closed = True
        for taken in list(self._pending):
            taken.cancel()

    async def _publish(self, entry: _Entry) -> None:
        event, taken = entry
        topic = _TOPICS[type(event).__name__]
        try:
            await self._bus.publish(topic, event, platform=event.platform, room=event.room)
        except BusError as error:
            _LOG.warning("%s: could not publish: %s", self._source, error)
            self._drop(entry, "refused")
        else:
            self._bus.counters.add("ingest_messages_total", source=self._source, kind=topic.name)
            _resolve(taken, sent=True)

    def _drop(self, entry: _Entry, reason: str) -> None:
        self._bus.counters.add("ingest_dropped_total", source=self._source, reason=reason)
        _resolve(entry[1], sent=False)


def _resolve(taken: asyncio.Future[bool], *, sent: bool) -> None:
    if not taken.done():
        taken.set_result(sent)
