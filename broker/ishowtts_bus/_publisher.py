"""Publishing as callers see it: time limits, what is dropped, and an end that waits."""

import asyncio
import logging

from ishowtts_bus.counters import Counters
from ishowtts_bus.errors import BusError, BusTimeoutError
from ishowtts_bus.patience import within
from ishowtts_bus.transport import Packet, Transport

_LOG = logging.getLogger("ishowtts.bus")


class Publisher:
    """Hands packets to a transport.

    Attributes:
        fatal: Why nothing can be published any more.
    """

    def __init__(self, transport: Transport, counters: Counters) -> None:
        self.fatal: Exception | None = None
        self._transport = transport
        self._counters = counters
        self._under_way = 0
        self._idle = asyncio.Event()

    async def publish(self, packet: Packet, name: str, timeout_s: float | None = None) -> None:
        """Return when the broker has it; QoS 0 that nobody takes is counted under a topic's name.

        Raises:
            BusTimeoutError: `timeout_s` has passed.
            BusError: The broker will not take it, or nothing can be published.
        """
        if self.fatal is not None:
            raise self.fatal
        self._under_way += 1
        try:
            work = self._transport.publish(packet)
            await (work if timeout_s is None else within(timeout_s, work))
        except asyncio.TimeoutError:
            raise BusTimeoutError("the broker did not take the message in time") from None
        except BusError:
            if packet.qos:
                raise
            self._counters.add("bus_dropped_total", topic=name)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def drain(self, timeout_s: float) -> None:
        """Wait for what is under way, bounded."""
        if not self._under_way:
            return
        self._idle.clear()
        try:
            await asyncio.wait_for(self._idle.wait(), timeout_s)
        except asyncio.TimeoutError:
            _LOG.warning("%d messages were not acknowledged at close", self._under_way)
