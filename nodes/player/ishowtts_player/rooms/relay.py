"""A room's audio for programs: one utterance after the other, without the page's events."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ishowtts_bus import Bus, Received
from ishowtts_bus.counters import Counters
from ishowtts_bus.patience import within
from ishowtts_player.dedupe import new_part
from ishowtts_schemas import SAMPLE_BYTES, AudioChunk, AudioEvent, AudioStart, AudioStop
from ishowtts_schemas.topics import AUDIO

MAX_BYTES = 16 * 1024 * 1024
"""Unsent for one listener: 5 minutes at 24 kHz."""
MAX_UTTERANCES = 64
STALE_S = 5.0
"""An utterance that goes on after so long a silence holds back those behind it no longer."""


@dataclass(frozen=True)
class RelayedAudio:
    """A part of an utterance: mono s16le."""

    utterance_id: str
    text: str
    rate_hz: int
    pcm: bytes


@dataclass
class _Utterance:
    id: str
    text: str
    rate_hz: int
    heard_at_s: float
    next_offset: int = 0
    over: bool = False
    heard: bool = False
    parts: deque[RelayedAudio] = field(default_factory=deque)


class RelayQueue:
    """What waits for one listener, in the order in which utterances began.

    Args:
        counters: Told what is dropped.
        now_s: Clock.
    """

    def __init__(self, counters: Counters, now_s: Callable[[], float] = time.monotonic) -> None:
        self._counters = counters
        self._now_s = now_s
        self._utterances: dict[str, _Utterance] = {}
        self._bytes = 0
        self._changed = asyncio.Event()

    def on_event(self, event: AudioEvent) -> None:
        """Take what a synth published."""
        if isinstance(event, AudioStart):
            self._on_start(event)
        elif (utterance := self._utterances.get(event.utterance_id)) is not None:
            utterance.heard_at_s = self._now_s()
            if isinstance(event, AudioStop):
                self._on_stop(utterance, event)
            elif not utterance.over:
                self._on_chunk(utterance, event)
        self._changed.set()

    async def next(self) -> RelayedAudio | None:
        """The next part; None at the end of each utterance of which something was heard."""
        while True:
            head = next(iter(self._utterances.values()), None)
            if head is not None and head.parts:
                part = head.parts.popleft()
                head.heard = True
                self._bytes -= len(part.pcm)
                return part
            if head is not None and (head.over or self._stale(head)):
                del self._utterances[head.id]
                if head.heard:
                    return None
                continue
            await self._wait()

    async def _wait(self) -> None:
        self._changed.clear()
        if len(self._utterances) <= 1:
            await self._changed.wait()
            return
        with contextlib.suppress(asyncio.TimeoutError):
            await within(STALE_S, self._changed.wait())

    def _stale(self, head: _Utterance) -> bool:
        return len(self._utterances) > 1 and self._now_s() - head.heard_at_s >= STALE_S

    def _on_start(self, start: AudioStart) -> None:
        known = self._utterances.get(start.utterance_id)
        if known is not None:
            known.rate_hz = start.sample_rate_hz  # another attempt, perhaps another engine's
            return
        if len(self._utterances) >= MAX_UTTERANCES:
            self._counters.add("player_relay_dropped_total", reason="too_many")
            return
        self._utterances[start.utterance_id] = _Utterance(
            start.utterance_id, start.text, start.sample_rate_hz, self._now_s()
        )

    def _on_chunk(self, utterance: _Utterance, chunk: AudioChunk) -> None:
        piece = new_part(chunk, utterance.next_offset)
        if piece is None:
            return
        utterance.next_offset = piece.offset + len(piece.pcm) // SAMPLE_BYTES
        if self._bytes + len(piece.pcm) > MAX_BYTES:
            self._counters.add("player_relay_dropped_total", reason="too_slow")
            self._drop(utterance)
            return
        self._bytes += len(piece.pcm)
        utterance.parts.append(
            RelayedAudio(utterance.id, utterance.text, utterance.rate_hz, piece.pcm)
        )

    def _on_stop(self, utterance: _Utterance, stop: AudioStop) -> None:
        utterance.over = True
        if stop.reason == "cancelled":
            self._drop(utterance)

    def _drop(self, utterance: _Utterance) -> None:
        """What has not been sent of it, and what may follow."""
        self._bytes -= sum(len(part.pcm) for part in utterance.parts)
        utterance.parts.clear()
        utterance.over = True


class AudioRelay:
    """Hands the audio of rooms to programs that listen.

    Args:
        bus: Where it is heard.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._queues: dict[str, list[RelayQueue]] = {}

    def start(self) -> None:
        """Subscribe."""
        self._bus.subscribe(AUDIO, self._on_audio)

    @contextlib.contextmanager
    def listen(self, room: str) -> Iterator[RelayQueue]:
        """Hear a room from now on; what is being said already is left out."""
        queue = RelayQueue(self._bus.counters)
        self._queues.setdefault(room, []).append(queue)
        try:
            yield queue
        finally:
            self._queues[room].remove(queue)
            if not self._queues[room]:
                del self._queues[room]

    def _on_audio(self, received: Received[AudioEvent]) -> None:
        for queue in self._queues.get(received.ids["room"], ()):
            queue.on_event(received.message)
