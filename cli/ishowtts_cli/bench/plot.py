"""The picture of a bench run."""

from pathlib import Path
from typing import Any

from ishowtts_cli.bench.results import GOAL_NODE_MB, GOAL_P50_MS, GOAL_P99_MS, BenchResult

_TICKS_MS = (1, 2, 5, 10, 15, 20, 50, 100, 200, 500, 1000, 5000, 20000)
_COLORS = ("#3366cc", "#dc6900", "#2e8b57", "#8a4fbe")


def draw(result: BenchResult, path: Path) -> None:
    """Write a PNG.

    Raises:
        ModuleNotFoundError: matplotlib is not installed.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 8), dpi=110, layout="constrained")
    latency, crowd, rates, memory = figure.subplots(2, 2).flat
    _draw_latency(latency, result)
    _draw_crowd(crowd, result)
    _draw_rates(rates, result)
    _draw_memory(memory, result)
    machine = result.machine
    figure.suptitle(
        f"iShowTTS {machine.versions.get('ishowtts', '')}, embedded voice, "
        f"{machine.cpus} CPUs, Python {machine.python}, {result.at[:10]}"
        + (" (quick run)" if result.quick else "")
    )
    figure.savefig(path)


def _draw_latency(axes: Any, result: BenchResult) -> None:
    for run, color in zip(result.streams, _COLORS, strict=False):
        curve = run.first_chunk.curve_ms
        axes.plot(curve, range(len(curve)), color=color, label=f"{run.rate}/s")
    axes.axvline(GOAL_P50_MS, color="gray", ls=":", lw=1)
    axes.axvline(GOAL_P99_MS, color="gray", ls="--", lw=1)
    axes.set(
        title="Text published to first audio in the event stream",
        xlabel="ms (dotted: p50 goal, dashed: p99 goal)",
        ylabel="% of messages",
        xscale="log",
    )
    low, high = axes.get_xlim()
    ticks = [tick for tick in _TICKS_MS if low <= tick <= high]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.legend()


def _draw_crowd(axes: Any, result: BenchResult) -> None:
    names = [str(run.listeners) for run in result.crowds]
    for offset, (label, field) in enumerate((("p50", "p50_ms"), ("p99", "p99_ms"))):
        heights = [getattr(run.all_listeners, field) or 0 for run in result.crowds]
        places = [index + 0.4 * offset for index in range(len(names))]
        bars = axes.bar(places, heights, 0.38, color=_COLORS[offset], label=label)
        axes.bar_label(bars, fmt="%.0f")
    axes.set_xticks([index + 0.2 for index in range(len(names))], names)
    axes.set(title="First audio at any listener, 10/s", xlabel="listeners", ylabel="ms")
    axes.legend()


def _draw_rates(axes: Any, result: BenchResult) -> None:
    steps = sorted(result.accounted, key=lambda step: step.rate)
    names = [f"{step.rate}" for step in steps]
    bottom = [0.0] * len(steps)
    outcomes = dict.fromkeys(name for step in steps for name in step.outcomes)
    for outcome, color in zip(outcomes, _COLORS, strict=False):
        shares = [100 * step.outcomes.get(outcome, 0) / step.sent for step in steps]
        axes.bar(names, shares, bottom=bottom, color=color, label=outcome)
        bottom = [low + share for low, share in zip(bottom, shares, strict=True)]
    missing = [100 * step.missing / step.sent for step in steps]
    axes.bar(names, missing, bottom=bottom, color="#c00000", label="missing")
    axes.set(title="What became of messages", xlabel="published per s", ylabel="%", ylim=(0, 125))
    if steps:
        axes.legend(loc="upper center", ncols=len(outcomes) + 1)


def _draw_memory(axes: Any, result: BenchResult) -> None:
    bars = axes.barh(list(result.memory_mb), list(result.memory_mb.values()), color=_COLORS[0])
    axes.bar_label(bars, fmt="%.0f", padding=2)
    axes.margins(x=0.12)
    axes.axvline(GOAL_NODE_MB, color="gray", ls="--", lw=1)
    axes.invert_yaxis()
    axes.set(title="Memory after the load", xlabel="MB resident (dashed: goal of ingest, filter)")
