"""What waits for one client, and when it leaves."""

import asyncio
from collections.abc import Awaitable, Callable

from ishowtts_player.audio.pacer import Pacer
from ishowtts_player.dialects.elevenlabs.packets import Packet

Deliver = Callable[[Packet | None], Awaitable[None]]
"""Sends a packet; None tells the client that there is no more."""

_END = object()


class Outlet:
    """A queue of packets in front of a client that takes its time.

    Args:
        deliver: Sends one.
        pacer: When the next one may leave; None lets them go as they come.
        sleep: For tests.
    """

    def __init__(
        self,
        deliver: Deliver,
        pacer: Pacer | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.unsent_ms = 0.0
        self._deliver = deliver
        self._pacer = pacer
        self._sleep = sleep
        self._queue: asyncio.Queue[object] = asyncio.Queue()
        self._open = 0
        self._sent = asyncio.Event()

    @property
    def empty(self) -> bool:
        """Whether all that was put here has left."""
        return not self._open

    def put(self, packet: Packet | None) -> None:
        """Queue a packet; None for the word that there is no more."""
        self._open += 1
        self.unsent_ms += packet.duration_ms if packet else 0.0
        self._queue.put_nowait(packet)

    async def wait_below(self, limit_ms: float) -> None:
        """Wait until less than that is unsent."""
        while self.unsent_ms > limit_ms:
            self._sent.clear()
            await self._sent.wait()

    def end(self) -> None:
        """Nothing follows."""
        self._queue.put_nowait(_END)

    async def run(self) -> None:
        """Send what is put here, until its end."""
        while (item := await self._queue.get()) is not _END:
            packet = item if isinstance(item, Packet) else None
            if packet is not None:
                await self._turn(packet.duration_ms)
            await self._deliver(packet)
            if packet is not None:
                self._passed(packet.duration_ms)
            self._open -= 1
            self._sent.set()

    async def _turn(self, duration_ms: float) -> None:
        if self._pacer is None or not duration_ms:
            return
        while wait_s := self._pacer.wait_s():
            await self._sleep(wait_s)

    def _passed(self, duration_ms: float) -> None:
        self.unsent_ms -= duration_ms
        if self._pacer is not None:
            self._pacer.sent(duration_ms)
