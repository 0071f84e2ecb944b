"""Percentiles and the summary of a set of latencies."""

import math
from collections.abc import Sequence

import msgspec


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all do not exceed (nearest rank).

    Args:
        ordered: Ascending, at least one.
        percent: 0 to 100.

    Raises:
        ValueError: There are no values.
    """
    if not ordered:
        raise ValueError("no values")
    rank = math.ceil(len(ordered) * percent / 100)
    return ordered[min(max(rank, 1), len(ordered)) - 1]


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Latencies in milliseconds; all None where nothing was measured."""

    count: int
    mean_ms: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    max_ms: float | None = None
    curve_ms: list[float] = []
    """Percentiles 0 to 100, for the plot."""


def summarise(seconds: Sequence[float]) -> Latency:
    """Summarise latencies given in seconds."""
    if not seconds:
        return Latency(count=0)
    ordered = sorted(value * 1000 for value in seconds)
    return Latency(
        count=len(ordered),
        mean_ms=_rounded(sum(ordered) / len(ordered)),
        p50_ms=_rounded(percentile(ordered, 50)),
        p95_ms=_rounded(percentile(ordered, 95)),
        p99_ms=_rounded(percentile(ordered, 99)),
        max_ms=_rounded(ordered[-1]),
        curve_ms=[_rounded(percentile(ordered, percent)) for percent in range(101)],
    )


def _rounded(value: float) -> float:
    return round(value, 3)


def highest_passing(rates: Sequence[int], passed: Sequence[bool]) -> int | None:
    """The highest rate that passed with every lower one tried."""
    best = None
    for rate, fine in sorted(zip(rates, passed, strict=True)):
        if not fine:
            return best
        best = rate
    return best


def next_rate(passed: int, failed: int | None) -> int:
    """Where to look next: double while all passes, then halve the gap."""
    return passed * 2 if failed is None else (passed + failed) // 2
