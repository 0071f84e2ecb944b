"""A source that fails is run again, with growing pauses, and seen to fail."""

import asyncio
import logging

import pytest

from ishowtts_bus import Counters
from ishowtts_ingest.channels.source_runner import LONGEST_PAUSE_S, STEADY_AFTER_S, SourceRunner
from ishowtts_ingest.source import Emit, Source
from tests.ingest.stage import Sink, context


class FlakySource(Source):
    """Fails a number of times, each after some seconds, then ends."""

    name = "flaky"
    platform = "fake"

    def __init__(self, failures: list[float], time: "FakeTime") -> None:
        super().__init__(context())
        self._failures = failures
        self._time = time

    async def run(self, emit: Emit) -> None:
        if self._failures:
            self._time.now += self._failures.pop(0)
            raise ConnectionError("no route to chat")


class FakeTime:
    def __init__(self) -> None:
        self.now = 0.0
        self.naps: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)


async def run(
    failures: list[float], jitter: float = 1.0
) -> tuple[list[float], list[str], Counters]:
    time, counters, states = FakeTime(), Counters(), list[str]()
    runner = SourceRunner(
        FlakySource(failures, time),
        Sink(),
        counters,
        lambda: states.append(f"{runner.state} {runner.error}".strip()),
        clock=time.clock,
        sleep=time.sleep,
        jitter=lambda: jitter,
    )
    await runner.run()
    return time.naps, states, counters


async def test_a_source_that_ends_is_not_run_again() -> None:
    naps, states, _ = await run([])
    assert naps == []
    assert states == ["running", "ended"]


async def test_a_failure_is_shown_counted_logged_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        _, states, counters = await run([0.0])
    assert states == ["running", "failed no route to chat", "running", "ended"]
    assert counters.get("ingest_restarts_total", source="flaky") == 1
    assert "source flaky failed" in caplog.text


async def test_pauses_grow_to_a_bound_and_are_jittered() -> None:
    naps, _, _ = await run([0.0] * 9)
    assert naps == [0.5, 1, 2, 4, 8, 16, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]
    halved, _, _ = await run([0.0] * 3, jitter=0.0)
    assert halved == [0.25, 0.5, 1]


async def test_after_a_steady_time_the_pauses_begin_anew() -> None:
    naps, _, _ = await run([0.0, 0.0, STEADY_AFTER_S, 0.0])
    assert naps == [0.5, 1, 0.5, 1]


async def test_a_cancelled_runner_stops() -> None:
    class Endless(FlakySource):
        async def run(self, emit: Emit) -> None:
            await asyncio.Event().wait()

    runner = SourceRunner(Endless([], FakeTime()), Sink(), Counters(), lambda: None)
    running = asyncio.create_task(runner.run())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
