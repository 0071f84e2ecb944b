"""The measurements, each against a running pipeline."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ishowtts_cli.bench.numbers import highest_passing, next_rate, percentile, summarise
from ishowtts_cli.bench.publisher import TextPublisher
from ishowtts_cli.bench.results import RateStep, StreamRun
from ishowtts_cli.bench.stack import HOST, ROOM, BenchStack
from ishowtts_cli.bench.stream import Listener

WARMUP_S = 2.0
MESSAGES_PER_ROOM = 500
DRAIN_TIMEOUT_S = 20.0
STALL_TIMEOUT_S = 6.0
SETTLE_TIMEOUT_S = 90.0
"""Longer than a message may wait in the queue."""
POLL_INTERVAL_S = 0.02
MAX_RATE = 2048
FINEST_STEP = 0.15

Progress = Callable[[str], None]


Sent = dict[str, tuple[float, float]]
"""Message id to when it was sent and how late that was, in seconds of `time.perf_counter()`."""


@dataclass
class Heard:
    """What one listener got of a run, over all rooms of the run."""

    started: dict[str, float] = field(default_factory=dict[str, float])
    first: dict[str, float] = field(default_factory=dict[str, float])
    stopped: set[str] = field(default_factory=set[str])
    outcomes: dict[str, str] = field(default_factory=dict[str, str])
    pieces: int = 0

    def add(self, listener: Listener) -> None:
        self.started |= listener.started
        self.first |= listener.heard
        self.stopped |= listener.stopped
        self.outcomes |= listener.outcomes
        self.pieces += listener.counts[b"audio_chunk"]


class Bench:
    """One publisher and its measurements."""

    def __init__(self, stack: BenchStack, publisher: TextPublisher) -> None:
        self._stack = stack
        self._publisher = publisher
        self._rooms = 0

    async def stream(self, rate: int, seconds: float, listeners: int = 1) -> StreamRun:
        """Publish at a steady rate and watch the event stream.

        Nobody could listen to 50 messages a second, and a room keeps only so many for its
        listeners: a long run goes on in another room before that.
        """
        await self.rate_step(rate, WARMUP_S)
        parts = math.ceil(rate * seconds / MESSAGES_PER_ROOM)
        rooms = [await self._open(listeners) for _ in range(parts)]
        sent: Sent = {}
        heard = [Heard() for _ in range(listeners)]
        for room, crowd in rooms:
            part = await self._publish(room, rate, seconds / parts)
            await self._settle(crowd[0], part)
            await self._wait(crowd, part)
            sent |= part
        for _, crowd in rooms:
            for one, listener in zip(heard, crowd, strict=True):
                one.add(listener)
                listener.close()
        return _stream_run(rate, seconds, sent, heard)

    async def rate_step(self, rate: int, seconds: float) -> RateStep:
        """Publish at a rate and count the ends of the messages."""
        room, (listener,) = await self._open(1)
        began = time.perf_counter()
        sent = await self._publish(room, rate, seconds)
        published = time.perf_counter()
        await self._settle(listener, sent)
        listener.close()
        ended = {one: outcome for one, outcome in listener.outcomes.items() if one in sent}
        return RateStep(
            rate=rate,
            achieved=round(len(sent) / (published - began), 1),
            sent=len(sent),
            outcomes=dict(Counter(ended.values())),
            missing=len(sent) - len(ended),
            drained_s=round(time.perf_counter() - published, 2),
        )

    async def accounted(self, first: int, seconds: float, tell: Progress) -> list[RateStep]:
        """Steps up to where messages get lost, and between the last two."""
        steps: list[RateStep] = []
        passed, failed, rate = 0, None, first
        while failed is None or failed - passed > FINEST_STEP * failed:
            step = await self.rate_step(rate, seconds)
            steps.append(step)
            tell(f"{rate}/s: {step.outcomes or 'nothing ended'}, {step.missing} missing")
            if step.passed:
                passed = rate
            else:
                failed = rate
            rate = next_rate(passed, failed)
            if rate > MAX_RATE or rate <= passed:
                break
        return steps

    async def _open(self, listeners: int) -> tuple[str, list[Listener]]:
        """A fresh room and listeners in it."""
        self._rooms += 1
        room = f"{ROOM}-{self._rooms}"
        return room, [await Listener.open(HOST, self._stack.port, room) for _ in range(listeners)]

    async def _publish(self, room: str, rate: int, seconds: float) -> Sent:
        """Send evenly."""
        sent: Sent = {}
        began = time.perf_counter()
        for number in range(round(rate * seconds)):
            due = began + number / rate
            ahead = due - time.perf_counter()
            if ahead > 0:
                await asyncio.sleep(ahead)
            elif number % 16 == 0:
                await asyncio.sleep(0)
            message_id = f"{room}-{number}"
            now = time.perf_counter()
            sent[message_id] = (now, max(0.0, now - due))
            self._publisher.publish(room, message_id)
        return sent

    async def _settle(self, listener: Listener, sent: Sent) -> None:
        """Wait until every message has ended, or nothing more ends for a while."""
        began = changed = time.perf_counter()
        seen = -1
        while not sent.keys() <= listener.outcomes.keys() and not listener.broken:
            now = time.perf_counter()
            if len(listener.outcomes) != seen:
                seen, changed = len(listener.outcomes), now
            if now - changed > STALL_TIMEOUT_S or now - began > SETTLE_TIMEOUT_S:
                return
            await asyncio.sleep(POLL_INTERVAL_S)

    async def _wait(self, crowd: list[Listener], sent: Sent) -> None:
        """Wait until everybody has everything, or for a while."""
        deadline = time.perf_counter() + DRAIN_TIMEOUT_S
        # A poll disturbs what is measured less than two hundred listeners that wake us.
        while not all(sent.keys() <= one.stopped for one in crowd):
            if time.perf_counter() > deadline:
                return
            await asyncio.sleep(POLL_INTERVAL_S)


def highest_rates(steps: list[RateStep]) -> tuple[int | None, int | None]:
    """The highest rate with every message accounted for, and with every message spoken."""
    rates = [step.rate for step in steps]
    return (
        highest_passing(rates, [step.passed for step in steps]),
        highest_passing(rates, [step.all_spoken for step in steps]),
    )


def _stream_run(rate: int, seconds: float, sent: Sent, heard: list[Heard]) -> StreamRun:
    first = heard[0]
    slips = sorted(late for _, late in sent.values())
    pieces = max(one.pieces for one in heard)
    return StreamRun(
        rate=rate,
        listeners=len(heard),
        seconds=seconds,
        sent=len(sent),
        spoken=sum(first.outcomes.get(one) == "spoken" for one in sent),
        lost=sum(one not in first.first or one not in first.outcomes for one in sent),
        complete_listeners=sum(
            sent.keys() <= one.stopped and one.pieces == pieces for one in heard
        ),
        first_start=summarise(_delays(sent, first.started)),
        first_chunk=summarise(_delays(sent, first.first)),
        all_listeners=summarise([delay for one in heard for delay in _delays(sent, one.first)]),
        publish_slip_ms=round(percentile(slips, 99) * 1000, 2),
    )


def _delays(sent: Sent, seen: dict[str, float]) -> list[float]:
    return [seen[one] - at for one, (at, _) in sent.items() if one in seen]
