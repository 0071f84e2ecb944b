"""Publishes in order without making the event handlers wait."""

import asyncio
import logging
from typing import Any

from ishowtts_bus import Bus, BusError
from ishowtts_schemas import Part, Topic

_LOG = logging.getLogger("ishowtts.filter")


class Outbox:
    """A bounded line of messages to publish. Where it is full the oldest is dropped, counted."""

    def __init__(self, bus: Bus, name: str, capacity: int) -> None:
        self._bus = bus
        self._name = name
        self._line: asyncio.Queue[tuple[Topic[Any], Part, dict[str, Any]]] = asyncio.Queue(capacity)

    def put(self, topic: Topic[Any], message: Part, **ids: str) -> None:
        """Publish soon; never waits."""
        if self._line.full():
            dropped, _, _ = self._line.get_nowait()
            self._line.task_done()
            self._drop(dropped, "full")
        self._line.put_nowait((topic, message, ids))

    async def publish_forever(self) -> None:
        """Publish one after the other. Run several at once: they keep the order of starts."""
        while True:
            topic, message, ids = await self._line.get()
            try:
                await self._bus.publish(topic, message, **ids)
            except BusError as error:
                _LOG.warning("could not publish on %s: %s", topic.name, error)
                self._drop(topic, "refused")
            finally:
                self._line.task_done()

    async def drain(self, timeout_s: float) -> None:
        """Wait until all is published, bounded."""
        try:
            await asyncio.wait_for(self._line.join(), timeout_s)
        except asyncio.TimeoutError:
            _LOG.warning("%d %s messages were not published", self._line.qsize(), self._name)

    def _drop(self, topic: Topic[Any], reason: str) -> None:
        self._bus.counters.add("filter_unpublished_total", topic=topic.name, reason=reason)
