"""Publishes on their way to the broker."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from ishowtts_bus._recent import RecentPackets
from ishowtts_bus.errors import BusError, BusRefusedError
from ishowtts_bus.transport import Packet

MAX_PENDING = 10_000
MAX_IN_FLIGHT = 1000

Send = Callable[[Packet], int]
"""Begins to send a packet, and returns its packet id; raises ValueError where it cannot be sent."""


@dataclass(eq=False)
class _Publish:
    packet: Packet
    done: "asyncio.Future[None]"


class PendingPublishes:
    """QoS 1 publishes until the broker has them: in order, no more in flight than it takes.

    What a lost connection left unacknowledged is sent again over the next one. Before it come
    the latest acknowledged ones that bear it: a killed broker has forgotten them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._send: Send | None = None
        self._max_in_flight = 0
        self._again: deque[Packet] = deque()
        self._waiting: OrderedDict[_Publish, None] = OrderedDict()
        self._in_flight: dict[int, _Publish | None] = {}
        self._recent = RecentPackets()
        self._lost_at: float | None = None
        self._closed = False

    async def publish(self, packet: Packet) -> None:
        """Return when the broker has it; cancelled, it is not sent again.

        Raises:
            BusRefusedError: The broker will not take it.
            BusError: Closed, or too many wait.
        """
        if self._closed:
            raise BusError("the bus was closed")
        if len(self._waiting) + len(self._in_flight) >= MAX_PENDING:
            raise BusError(f"{MAX_PENDING} messages already wait for the broker")
        publish = _Publish(packet, asyncio.get_running_loop().create_future())
        self._waiting[publish] = None
        self._send_more()
        try:
            await publish.done
        finally:
            self._waiting.pop(publish, None)

    def connected(self, send: Send, receive_maximum: int) -> None:
        """Send what waits.

        Args:
            send: Sends over this connection.
            receive_maximum: How many the broker takes at once before it acknowledges one.
        """
        self._send = send
        self._max_in_flight = min(receive_maximum, MAX_IN_FLIGHT)
        if self._lost_at is not None:
            self._again.extend(self._recent.send_again(self._lost_at, self._clock()))
        self._send_more()

    def disconnected(self) -> None:
        """Nothing can be sent, and no acknowledgement comes any more."""
        self._send = None
        self._lost_at = self._clock()
        self._again.clear()
        for publish in reversed(self._in_flight.values()):
            if publish is not None and not publish.done.done():
                self._waiting[publish] = None
                self._waiting.move_to_end(publish, last=False)
        self._in_flight.clear()

    def acknowledged(self, packet_id: int, refusal: str) -> None:
        """The broker has one, or refuses it for a reason."""
        publish = self._in_flight.pop(packet_id, None)
        if publish is not None:
            if refusal:
                _settle(publish, BusRefusedError(f"{publish.packet.address}: {refusal}"))
            else:
                _settle(publish, None)
                self._recent.add(publish.packet, self._clock())
        self._send_more()

    def close(self) -> None:
        """Give up what is left."""
        self._closed = True
        for publish in (*self._in_flight.values(), *self._waiting):
            if publish is not None:
                _settle(publish, BusError("the bus was closed"))
        self._in_flight.clear()
        self._waiting.clear()

    def _send_more(self) -> None:
        while self._send is not None and len(self._in_flight) < self._max_in_flight:
            if self._again:
                self._in_flight[self._send(self._again.popleft())] = None
            elif self._waiting:
                publish, _ = self._waiting.popitem(last=False)
                self._begin(publish, self._send)
            else:
                return

    def _begin(self, publish: _Publish, send: Send) -> None:
        try:
            self._in_flight[send(publish.packet)] = publish
        except ValueError as error:
            _settle(publish, BusRefusedError(str(error)))


def _settle(publish: _Publish, error: BusError | None) -> None:
    if publish.done.done():
        return
    if error is None:
        publish.done.set_result(None)
    else:
        publish.done.set_exception(error)
