"""`ishowtts bench`: run the measurements, print them, write them down."""

import asyncio
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from ishowtts_cli.bench.decide import measure_deciding
from ishowtts_cli.bench.files import write_result
from ishowtts_cli.bench.hop import measure_hop
from ishowtts_cli.bench.interfaces import measure_interfaces
from ishowtts_cli.bench.machine import describe_machine
from ishowtts_cli.bench.measure import Bench, highest_rates
from ishowtts_cli.bench.publisher import TextPublisher
from ishowtts_cli.bench.results import BenchResult, Hop, InterfaceRun, RateStep, StreamRun, judge
from ishowtts_cli.bench.stack import HOST, BenchStack
from ishowtts_cli.bench.tables import print_result
from ishowtts_cli.client import run_async


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    starts: int = 3
    rates: tuple[int, ...] = (10, 50)
    stream_s: float = 30.0
    crowds: tuple[int, ...] = (1, 50, 200)
    crowd_s: float = 10.0
    first_rate: int = 50
    step_s: float = 5.0
    hop_bytes: tuple[int, ...] = (4_000, 240_000)
    hops: int = 500
    asks: int = 300
    deciding: tuple[int, float] = (1000, 20.0)


QUICK = Plan(
    starts=1,
    stream_s=8,
    crowds=(1, 50),
    crowd_s=4,
    first_rate=100,
    step_s=2,
    hops=100,
    asks=60,
    deciding=(1000, 5.0),
)
SMALLEST = Plan(
    starts=1,
    rates=(10,),
    stream_s=1,
    crowds=(2,),
    crowd_s=1,
    first_rate=2048,
    step_s=0.02,
    hop_bytes=(4_000,),
    hops=5,
    asks=2,
    deciding=(100, 0.2),
)
"""For the tests of the bench itself."""


def bench(folder: Path, *, quick: bool) -> int:
    """Measure, print, and write `<time>.json` and `<time>.png` into the folder.

    Raises:
        CliError: The pipeline does not come up.
        ModuleNotFoundError: The extra `bench` is not installed.
    """
    import psutil  # noqa: F401, fails before minutes of measuring, not after
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    result = run_async(measure(QUICK if quick else Plan(), quick=quick))
    print_result(result)
    write(result, folder)
    return 0


async def measure(plan: Plan, *, quick: bool) -> BenchResult:
    """Start pipelines, measure one of them, stop them."""
    starts = [await _time_start(number, plan.starts) for number in range(1, plan.starts)]
    stack = BenchStack()
    publisher = TextPublisher(HOST, stack.broker.port)
    try:
        _tell("starting a pipeline")
        await stack.start()
        await publisher.start()
        bench = Bench(stack, publisher)
        streams = [await _stream(bench, rate, plan.stream_s, 1) for rate in plan.rates]
        memory = stack.memory_mb()
        hops = [await _hop(stack, size, plan.hops) for size in plan.hop_bytes]
        interfaces = await _interfaces(stack, plan.asks)
        crowds = [await _stream(bench, 10, plan.crowd_s, count) for count in plan.crowds]
        steps = await bench.accounted(plan.first_rate, plan.step_s, _tell)
        restarts = stack.restarts()
        await publisher.close()
    finally:
        await stack.stop()
    rate, seconds = plan.deciding
    _tell(f"ingest and filter alone: {rate}/s for {seconds:g} s")
    deciding = await measure_deciding(rate, seconds)
    result = _result(streams, crowds, steps, hops, quick=quick)
    result.start_s = [round(seconds, 2) for seconds in (*starts, stack.start_s)]
    result.memory_mb = memory
    result.interfaces = interfaces
    result.deciding = deciding
    result.restarts = restarts
    result.goals = judge(result)
    return result


def _result(
    streams: list[StreamRun],
    crowds: list[StreamRun],
    steps: list[RateStep],
    hops: list[Hop],
    *,
    quick: bool,
) -> BenchResult:
    accounted, spoken = highest_rates(steps)
    return BenchResult(
        at=datetime.now(timezone.utc).isoformat("T", "seconds"),
        quick=quick,
        machine=describe_machine(),
        start_s=[],
        streams=streams,
        crowds=crowds,
        accounted=sorted(steps, key=lambda step: step.rate),
        accounted_per_s=accounted,
        spoken_per_s=spoken,
        hops=hops,
        memory_mb={},
    )


def write(result: BenchResult, folder: Path) -> None:
    """Write the JSON, and the plot where matplotlib is installed."""

    def draw(path: Path) -> None:
        from ishowtts_cli.bench import plot

        plot.draw(result, path)

    stem = folder / f"bench-{result.at[:19].replace(':', '')}"
    write_result(result, stem, draw, _tell)


async def _time_start(number: int, of: int) -> float:
    _tell(f"start {number} of {of}")
    stack = BenchStack()
    try:
        await stack.start()
    finally:
        await stack.stop()
    return stack.start_s


async def _stream(bench: Bench, rate: int, seconds: float, listeners: int) -> StreamRun:
    _tell(f"{rate}/s for {seconds:g} s, listeners: {listeners}")
    return await bench.stream(rate, seconds, listeners)


async def _hop(stack: BenchStack, size: int, hops: int) -> Hop:
    _tell(f"{hops} hops of {size} bytes")
    return await measure_hop(stack.broker, size, hops)


async def _interfaces(stack: BenchStack, asks: int) -> list[InterfaceRun]:
    _tell(f"{asks} requests over each interface")
    return await measure_interfaces(stack, asks)


def _tell(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()
