"""What v1 Base is to reach on an H200 in fp16, and whether a run did."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ishowtts_cli.bench_f5.results import BenchResult, Judgement, Load, Utterance
from ishowtts_cli.bench_f5.speech import COMMENT
from ishowtts_synth.f5.options import FAST_STEPS

_SAMPLE_STEPS, _STOCK_STEPS = 16, 32
_FLIGHT = 16
NO_GPU = "not measured here (no GPU)"
NOT_IN_RUN = "not measured in this run"
_AT_MOST = "ms"


@dataclass(frozen=True)
class _Goal:
    """Something to reach: at most so many ms, at least so much of anything else.

    Attributes:
        limit: None where only the stretch is set.
        stretch: What would be better still.
        found: In a run; None where it was not measured.
    """

    name: str
    unit: str
    limit: float | None
    stretch: float | None
    found: Callable[[BenchResult], float | None]


def judge(result: BenchResult) -> list[Judgement]:
    """Hold a run against all goals; without a GPU none of them was measured."""
    return [_judge(goal, result) for goal in _GOALS]


def _judge(goal: _Goal, result: BenchResult) -> Judgement:
    found = goal.found(result) if result.conditions.kind == "cuda" else None
    return Judgement(
        name=goal.name,
        goal=_shown(goal.limit, goal.unit),
        stretch=_shown(goal.stretch, goal.unit),
        found=_shown(found, goal.unit),
        verdict=_verdict(goal, found, result.conditions.kind),
    )


def _verdict(goal: _Goal, found: float | None, kind: str) -> str:
    if found is None:
        return NOT_IN_RUN if kind == "cuda" else NO_GPU
    for limit, verdict in ((goal.stretch, "reached, and the stretch"), (goal.limit, "reached")):
        if limit is not None and _reaches(found, limit, goal.unit):
            return verdict
    wanted = goal.stretch if goal.limit is None else goal.limit
    return f"missed: {found / (wanted or 1):.0%} of it"


def _reaches(found: float, limit: float, unit: str) -> bool:
    return found <= limit if unit == _AT_MOST else found >= limit


def _shown(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.3g} {unit}"


def _utterance(
    result: BenchResult, generated_s: float, stock_steps: int, our_steps: int
) -> Utterance | None:
    wanted = generated_s, stock_steps, our_steps
    for one in result.utterances:
        if (one.generated_s, one.stock_steps, one.our_steps) == wanted:
            return one
    return None


def _ratio(
    result: BenchResult, *, generated_s: float, stock_steps: int, our_steps: int
) -> float | None:
    one = _utterance(result, generated_s, stock_steps, our_steps)
    return one and one.ratio


def _share(result: BenchResult, *, generated_s: float) -> float | None:
    one = _utterance(result, generated_s, _SAMPLE_STEPS, _SAMPLE_STEPS)
    if one is None:
        return None
    return 100 * one.step_gflop / result.gemm_gflop_s * 1000 / one.step_ms(one.ours, one.our_steps)


def _side_by_side(result: BenchResult, *, against_stock: bool) -> float | None:
    for one in result.throughput:
        if one.in_flight == _FLIGHT:
            return one.ours_per_s / one.stock_per_s if against_stock else one.ours_per_s
    return None


def _first_audio(result: BenchResult, *, percentile: str) -> float | None:
    heard = (one.ours for one in result.first_audio if one.text == COMMENT)
    return next((getattr(latency, percentile) for latency in heard), None)


def _under_load(result: BenchResult, *, rate: float) -> float | None:
    return next((_p99_ms(one) for one in result.loads if one.rate == rate), None)


def _p99_ms(load: Load) -> float | None:
    """A comment that nobody heard was not in time."""
    return math.inf if load.failed else load.first_audio.p99_ms


def _alone(generated_s: float, limit: float, stretch: float) -> _Goal:
    steps = {"stock_steps": _SAMPLE_STEPS, "our_steps": _SAMPLE_STEPS}
    found = partial(_ratio, generated_s=generated_s, **steps)
    return _Goal(f"{generated_s:g} s, 16 steps, to stock", "x", limit, stretch, found)


def _of_products(generated_s: float, frames: int, limit: float, stretch: float) -> _Goal:
    name = f"a step of {frames} frames, of the rate of large products"
    return _Goal(name, "%", limit, stretch, partial(_share, generated_s=generated_s))


_GOALS = (
    _alone(2.0, 5, 6.5),
    _alone(5.0, 4, 4.5),
    _alone(10.0, 2.5, 3),
    _of_products(2.0, 656, 40, 50),
    _of_products(5.0, 938, 50, 60),
    _of_products(10.0, 1406, 55, 65),
    _Goal(
        "16 in flight, to stock one by one", "x", 8, 9, partial(_side_by_side, against_stock=True)
    ),
    _Goal(
        "the same, utterances of 2 s a second",
        *("/s", 125, None),
        partial(_side_by_side, against_stock=False),
    ),
    _Goal(
        "a comment of 2 s, 7 steps, to first PCM, p50",
        *("ms", 20, 15),
        partial(_first_audio, percentile="p50_ms"),
    ),
    _Goal("the same, p99", "ms", 35, 25, partial(_first_audio, percentile="p99_ms")),
    _Goal("50 comments a second, to first PCM, p99", "ms", 80, None, partial(_under_load, rate=50)),
    _Goal("100 a second, the same", "ms", None, 150, partial(_under_load, rate=100)),
    _Goal(
        "fast (approximate): 7 steps to stock at 32, 2 s",
        *("x", 20, 25),
        partial(_ratio, generated_s=2.0, stock_steps=_STOCK_STEPS, our_steps=FAST_STEPS),
    ),
)
