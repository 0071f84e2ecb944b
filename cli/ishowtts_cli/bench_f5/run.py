"""Which measurements a run makes, in which order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ishowtts_cli.bench_f5.bench import ROWS, Bench
from ishowtts_cli.bench_f5.flops import gemm_flop_s
from ishowtts_cli.bench_f5.footprint import count_launches, measure_memory
from ishowtts_cli.bench_f5.measure import measure_throughput, measure_utterance
from ishowtts_cli.bench_f5.results import FirstAudio, Load, Throughput, Utterance
from ishowtts_cli.bench_f5.speech import COMMENTS, DANMAKU, measure_first_audio, measure_load

Tell = Callable[[str], None]
COMMENT_S = 2.0


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        utterances: Seconds that are generated, stock's steps, our steps.
        repeats: Of single utterances.
        warmups: Before them.
        in_flight: How many side by side, from few to many.
        runs: Of each throughput.
        rates: Comments a second.
        shares: The same, as shares of the highest throughput that was found.
        load_s: How long each load lasts.
        least: Comments of a load that comes slowly.
        steps: Of throughput and memory.
        parity_cases: How many are compared first.
    """

    utterances: tuple[tuple[float, int, int], ...]
    repeats: int
    warmups: int = 1
    in_flight: tuple[int, ...] = (1, 4, ROWS)
    runs: int = 3
    texts: tuple[str, ...] = COMMENTS
    rates: tuple[float, ...] = ()
    shares: tuple[float, ...] = (0.5, 0.8)
    load_s: float = 20.0
    least: int = 20
    steps: int = 16
    parity_cases: int = 3


CUDA = Plan(
    ((2.0, 16, 16), (5.0, 16, 16), (10.0, 16, 16), (2.0, 7, 7), (2.0, 32, 7)),
    repeats=30,
    rates=(50.0, 100.0),
    steps=7,  # at 16 no H200 could speak the 125 utterances a second that are wanted
)
CUDA_QUICK = Plan(
    ((2.0, 16, 16), (10.0, 16, 16), (2.0, 7, 7)),
    repeats=10,
    runs=1,
    rates=(50.0,),
    load_s=5.0,
    steps=7,
)
CPU = Plan(CUDA.utterances, repeats=7, steps=7)
CPU_QUICK = Plan(((2.0, 16, 16), (5.0, 7, 7)), repeats=3, runs=1, load_s=5.0, steps=7)
HEAVY = Plan(
    ((2.0, 4, 4),),
    repeats=1,
    warmups=0,
    in_flight=(),
    texts=DANMAKU,
    shares=(),
    steps=4,
    parity_cases=1,
)
"""A model that the device can hardly bear: v1 Base on a CPU."""
SMALLEST = Plan(
    ((0.2, 2, 2),),
    repeats=1,
    in_flight=(2,),
    runs=1,
    texts=("你好",),
    shares=(0.5,),
    load_s=0.1,
    least=2,
    steps=2,
    parity_cases=1,
)
"""For the tests of the bench itself."""


def plan_for(device: str, *, heavy: bool, quick: bool) -> Plan:
    if heavy:
        return HEAVY
    if device == "cuda":
        return CUDA_QUICK if quick else CUDA
    return CPU_QUICK if quick else CPU


def run(bench: Bench, plan: Plan, tell: Tell) -> dict[str, Any]:
    """Measure; what a `BenchResult` holds beside conditions and parity."""
    tell("multiplying matrices")
    gemm = gemm_flop_s(bench.device, bench.dtype)
    utterances = [_utterance(bench, plan, tell, *one) for one in plan.utterances]
    throughput = [_throughput(bench, plan, tell, count) for count in plan.in_flight]
    tell("counting launches and memory")
    launches = count_launches(bench, COMMENT_S)
    memory = measure_memory(bench, COMMENT_S, plan.steps)
    first_audio, loads = _speech(bench, plan, throughput, tell)
    gemm = max(gemm, gemm_flop_s(bench.device, bench.dtype))
    return {
        "gemm_gflop_s": gemm / 1e9,
        "utterances": utterances,
        "throughput": throughput,
        "launches": launches,
        "memory": memory,
        "first_audio": first_audio,
        "loads": loads,
    }


def _utterance(
    bench: Bench, plan: Plan, tell: Tell, generated_s: float, stock_steps: int, our_steps: int
) -> Utterance:
    tell(f"{generated_s:g} s of speech, {stock_steps} steps of stock and {our_steps} of ours")
    times = plan.repeats, plan.warmups
    return measure_utterance(bench, generated_s, stock_steps, our_steps, *times)


def _throughput(bench: Bench, plan: Plan, tell: Tell, in_flight: int) -> Throughput:
    tell(f"{in_flight} in flight")
    return measure_throughput(bench, in_flight, COMMENT_S, plan.steps, plan.runs)


def _speech(
    bench: Bench, plan: Plan, throughput: list[Throughput], tell: Tell
) -> tuple[list[FirstAudio], list[Load]]:
    if not plan.texts:
        return [], []
    engine = bench.engine()
    tell("text in to first audio out")
    times = plan.repeats, plan.warmups
    first = [measure_first_audio(bench, engine, text, *times) for text in plan.texts]
    capacity = max((one.ours_per_s for one in throughput), default=0.0)
    rates = [*(round(share * capacity, 2) for share in plan.shares if capacity), *plan.rates]
    loads: list[Load] = []
    for rate in rates:
        tell(f"{rate:g} comments a second at random")
        loads.append(measure_load(engine, rate, max(plan.least, round(rate * plan.load_s))))
    engine.close()
    return first, loads
