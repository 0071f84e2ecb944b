"""One connection's voice: texts in, audio events out, one after another, never two at once."""

import asyncio
from dataclasses import dataclass

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event, async_write_event
from wyoming.tts import SynthesizeStopped

from ishowtts_bus.patience import within
from ishowtts_player.bridge import Bridge
from ishowtts_player.directory import Voice
from ishowtts_player.errors import SynthesisError, UnavailableError
from ishowtts_player.speech.client import SpeakRequest
from ishowtts_schemas import SAMPLE_BYTES

MAX_WAITING_CHARS = 20_000
STALL_S = 30.0
"""A client that reads nothing for so long is given up."""
SILENT_RATE_HZ = 24_000
MS = 1000


@dataclass(frozen=True)
class Begin:
    """A request begins."""

    voice: Voice
    language: str | None


@dataclass(frozen=True)
class Say:
    text: str


@dataclass(frozen=True)
class End:
    """A request is complete."""

    streamed: bool


class Speaker:
    """Speaks what it is given, in order.

    Args:
        bridge: Where speech comes from.
        writer: Where it goes.
    """

    def __init__(self, bridge: Bridge, writer: asyncio.StreamWriter) -> None:
        self._bridge = bridge
        self._writer = writer
        self._steps: asyncio.Queue[Begin | Say | End] = asyncio.Queue()
        self._waiting_chars = 0
        self._request: Begin | None = None
        self._busy = False
        self._rate_hz = 0
        self._samples = 0

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is spoken."""
        return not self._busy and self._steps.empty()

    def add(self, step: Begin | Say | End) -> None:
        """Have something spoken.

        Raises:
            UnavailableError: More waits than anybody would listen to.
        """
        self._waiting_chars += len(step.text) if isinstance(step, Say) else 1
        if self._waiting_chars > MAX_WAITING_CHARS:
            raise UnavailableError("too much text at once", "SERVER_BUSY")
        self._steps.put_nowait(step)

    async def run(self) -> None:
        """Speak until cancelled, which cancels the speech.

        Raises:
            ApiError: It cannot be spoken.
            OSError: The client has left or does not read.
        """
        while True:
            self._busy = False
            step = await self._steps.get()
            self._busy = True
            self._waiting_chars -= len(step.text) if isinstance(step, Say) else 1
            if isinstance(step, Begin):
                self._request, self._samples = step, 0
            elif isinstance(step, Say):
                await self._say(step.text)
            else:
                await self._end(streamed=step.streamed)

    async def write(self, event: Event) -> None:
        """Send an event; whole events from several tasks do not mix.

        Raises:
            OSError: The client has left or does not read.
        """
        try:
            await within(STALL_S, async_write_event(event, self._writer))
        except asyncio.TimeoutError:
            raise ConnectionError("the client does not read") from None

    async def _say(self, text: str) -> None:
        if self._request is None:
            return
        wanted = self._request
        request = SpeakRequest(text, wanted.voice, language=wanted.language, may_be_silent=True)
        async with self._bridge.speech.speak(request) as stream:
            async for pcm in stream:
                await self._send(pcm, stream.sample_rate_hz)
            if stream.first_audio_s is not None:
                self._bridge.metrics.api_sounds(stream.first_audio_s)

    async def _send(self, pcm: bytes, rate_hz: int) -> None:
        if not self._samples:
            await self._start(rate_hz)
        elif rate_hz != self._rate_hz:
            # Whoever writes a WAV file of it has written its header.
            raise SynthesisError("the synths of this engine speak at different sample rates")
        at_ms = self._at_ms
        self._samples += len(pcm) // SAMPLE_BYTES
        chunk = AudioChunk(self._rate_hz, SAMPLE_BYTES, 1, pcm, timestamp=at_ms)
        await self.write(chunk.event())

    async def _start(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        await self.write(AudioStart(rate_hz, SAMPLE_BYTES, 1, timestamp=0).event())

    async def _end(self, *, streamed: bool) -> None:
        """An end also for a text that does not sound: somebody waits for it."""
        if not self._samples:
            await self._start(SILENT_RATE_HZ)
        await self.write(AudioStop(timestamp=self._at_ms).event())
        if streamed:
            await self.write(SynthesizeStopped().event())
        self._request = None

    @property
    def _at_ms(self) -> int:
        return self._samples * MS // self._rate_hz
