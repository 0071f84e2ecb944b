"""Speaks the texts of one client, or of one of its contexts, in their order."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from ishowtts_player.audio.pacer import MS
from ishowtts_player.dialects.elevenlabs.outlet import Outlet
from ishowtts_player.dialects.elevenlabs.packets import Packet, PacketMaker
from ishowtts_player.dialects.elevenlabs.schedule import FrameSchedule
from ishowtts_player.speech.client import SpeakRequest, SpeechClient


@dataclass(frozen=True)
class Say:
    """A text, in the client's own words and as it is asked for."""

    text: str
    request: SpeakRequest


class Mark(Enum):
    """Ends of what belongs together."""

    FLUSH = auto()
    """The client wants all of it now."""
    FINAL = auto()
    """The client is told that this was all of it, and may go on."""
    LAST = auto()
    """The client is told, and nothing follows."""


class Narrator:
    """Asks for one text after the other and hands the audio to an outlet.

    The synth is free as soon as it has made the audio, however slowly that leaves. Only when much
    of it waits, the next text waits too.

    Args:
        speech: Asked for the audio.
        maker: Makes packets of it.
        outlet: Takes them.
        max_unsent_s: With more than that unsent nothing is asked for.
        on_sound: Told for each text, how long its first audio took, in seconds.

    Attributes:
        waiting_chars: Of all orders that wait; one without text counts as one.
    """

    def __init__(
        self,
        speech: SpeechClient,
        maker: PacketMaker,
        outlet: Outlet,
        max_unsent_s: float,
        on_sound: Callable[[float], None],
    ) -> None:
        self.waiting_chars = 0
        self._speech = speech
        self._maker = maker
        self._outlet = outlet
        self._max_unsent_ms = max_unsent_s * MS
        self._on_sound = on_sound
        self._frames = FrameSchedule()
        self._orders: asyncio.Queue[Say | Mark] = asyncio.Queue()
        self._open = 0

    @property
    def busy(self) -> bool:
        """Whether anything is to be spoken or sent."""
        return bool(self._open) or not self._outlet.empty

    def schedule(self, frames: FrameSchedule) -> None:
        """Join chunks to packets like this, from the next text on."""
        self._frames = frames

    def order(self, order: Say | Mark) -> None:
        """Do this next, behind all that was ordered before."""
        self._open += 1
        self.waiting_chars += _chars(order)
        self._orders.put_nowait(order)

    async def run(self) -> None:
        """Work, until the last order is done. Cancelling it cancels what a synth has in hand.

        Raises:
            ApiError: Something cannot be spoken.
        """
        tasks = [asyncio.create_task(work) for work in (self._outlet.run(), self._work())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # of the two only the outlet ever ends by itself
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            order = await self._orders.get()
            if isinstance(order, Say):
                await self._outlet.wait_below(self._max_unsent_ms)
                self.waiting_chars -= _chars(order)
                await self._speak(order)
            else:
                self.waiting_chars -= _chars(order)
                self._end(order)
            self._open -= 1

    async def _speak(self, order: Say) -> None:
        begun = False
        frames = self._frames
        async with self._speech.speak(order.request) as stream:
            await self._maker.prepare()
            async for pcm in stream:
                if not begun:
                    begun = True
                    self._on_sound(stream.first_audio_s or 0.0)
                    self._put(self._maker.begin(order.text, stream.sample_rate_hz))
                await self._push(frames.push(pcm))
        await self._push(frames.finish())
        if begun:
            self._put(self._maker.end())

    async def _push(self, pcm: bytes) -> None:
        if pcm:
            self._put(await self._maker.push(pcm))

    def _end(self, mark: Mark) -> None:
        self._put(self._maker.finish())
        if mark is not Mark.FLUSH:
            self._frames.restart()
            self._outlet.put(None)
        if mark is Mark.LAST:
            self._outlet.end()

    def _put(self, packets: list[Packet]) -> None:
        for packet in packets:
            self._outlet.put(packet)


def _chars(order: Say | Mark) -> int:
    return len(order.text) if isinstance(order, Say) else 1
