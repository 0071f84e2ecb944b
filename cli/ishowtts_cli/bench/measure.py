"""The measurements, each against a running pipeline."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable

from ishowtts_cli.bench.numbers import highest_passing, next_rate, percentile, summarise
from ishowtts_cli.bench.publisher import TextPublisher
from ishowtts_cli.bench.results import RateStep, StreamRun
from ishowtts_cli.bench.stack import HOST, ROOM, BenchStack
from ishowtts_cli.bench.stream import Listener

WARMUP_S = 2.0
DRAIN_TIMEOUT_S = 20.0
STALL_TIMEOUT_S = 6.0
SETTLE_TIMEOUT_S = 90.0
"""Longer than a message may wait in the queue."""
POLL_INTERVAL_S = 0.02
MAX_RATE = 2048
FINEST_STEP = 0.15

Progress = Callable[[str], None]


class Bench:
    """One publisher and its measurements."""

    def __init__(self, stack: BenchStack, publisher: TextPublisher) -> None:
        self._stack = stack
        self._publisher = publisher
        self._runs = 0

    async def stream(self, rate: int, seconds: float, listeners: int = 1) -> StreamRun:
        """Publish at a steady rate and watch the event stream."""
        crowd = [await Listener.open(HOST, self._stack.port, ROOM) for _ in range(listeners)]
        try:
            await self._settle(crowd[0], await self._publish(rate, WARMUP_S))
            before = [Counter(listener.counts) for listener in crowd]
            sent = await self._publish(rate, seconds)
            await self._settle(crowd[0], sent)
            await self._wait(lambda: all(sent.keys() <= one.stopped for one in crowd))
            return _stream_run(rate, seconds, sent, crowd, before)
        finally:
            for listener in crowd:
                listener.close()

    async def rate_step(self, rate: int, seconds: float) -> RateStep:
        """Publish at a rate and count the ends of the messages."""
        listener = await Listener.open(HOST, self._stack.port, ROOM)
        try:
            began = time.perf_counter()
            sent = await self._publish(rate, seconds)
            published = time.perf_counter()
            await self._settle(listener, sent)
            ended = {one: outcome for one, outcome in listener.outcomes.items() if one in sent}
            return RateStep(
                rate=rate,
                achieved=round(len(sent) / (published - began), 1),
                sent=len(sent),
                outcomes=dict(Counter(ended.values())),
                missing=len(sent) - len(ended),
                drained_s=round(time.perf_counter() - published, 2),
            )
        finally:
            listener.close()

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

    async def _publish(self, rate: int, seconds: float) -> dict[str, tuple[float, float]]:
        """Send evenly; message id to when it was sent and how late that was, in seconds."""
        self._runs += 1
        sent: dict[str, tuple[float, float]] = {}
        began = time.perf_counter()
        for number in range(round(rate * seconds)):
            due = began + number / rate
            ahead = due - time.perf_counter()
            if ahead > 0:
                await asyncio.sleep(ahead)
            elif number % 16 == 0:
                await asyncio.sleep(0)
            message_id = f"bench-{self._runs}-{number}"
            now = time.perf_counter()
            sent[message_id] = (now, max(0.0, now - due))
            self._publisher.publish(message_id)
        return sent

    async def _settle(self, listener: Listener, sent: dict[str, tuple[float, float]]) -> None:
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

    async def _wait(self, done: Callable[[], bool]) -> None:
        deadline = time.perf_counter() + DRAIN_TIMEOUT_S
        # A poll disturbs what is measured less than two hundred listeners that wake us.
        while not done() and time.perf_counter() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(POLL_INTERVAL_S)


def highest_rates(steps: list[RateStep]) -> tuple[int | None, int | None]:
    """The highest rate with every message accounted for, and with every message spoken."""
    rates = [step.rate for step in steps]
    return (
        highest_passing(rates, [step.passed for step in steps]),
        highest_passing(rates, [step.all_spoken for step in steps]),
    )


def _stream_run(
    rate: int,
    seconds: float,
    sent: dict[str, tuple[float, float]],
    crowd: list[Listener],
    before: list[Counter[bytes]],
) -> StreamRun:
    first = crowd[0]
    spoken = sum(first.outcomes.get(one) == "spoken" for one in sent)
    slips = sorted(late for _, late in sent.values())
    return StreamRun(
        rate=rate,
        listeners=len(crowd),
        seconds=seconds,
        sent=len(sent),
        spoken=spoken,
        lost=sum(one not in first.heard or one not in first.outcomes for one in sent),
        complete_listeners=_complete(sent, crowd, before),
        first_start=summarise(
            [first.started[one] - at for one, (at, _) in _both(sent, first.started)]
        ),
        first_chunk=summarise([first.heard[one] - at for one, (at, _) in _both(sent, first.heard)]),
        all_listeners=summarise(
            [one.heard[key] - at for one in crowd for key, (at, _) in _both(sent, one.heard)]
        ),
        publish_slip_ms=round(percentile(slips, 99) * 1000, 2),
    )


def _both(
    sent: dict[str, tuple[float, float]], seen: dict[str, float]
) -> list[tuple[str, tuple[float, float]]]:
    return [(one, when) for one, when in sent.items() if one in seen]


def _complete(
    sent: dict[str, tuple[float, float]], crowd: list[Listener], before: list[Counter[bytes]]
) -> int:
    """How many listeners heard every utterance to its end, with as many pieces as the most."""
    pieces = [
        listener.counts[b"audio_chunk"] - old[b"audio_chunk"]
        for listener, old in zip(crowd, before, strict=True)
    ]
    return sum(
        sent.keys() <= listener.stopped and count == max(pieces)
        for listener, count in zip(crowd, pieces, strict=True)
    )
