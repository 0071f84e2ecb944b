"""The picture of a run."""

from pathlib import Path
from typing import Any

from ishowtts_cli.bench_f5.results import BenchResult

_STOCK, _OURS, _FLOOR = "#9aa5b1", "#3366cc", "#dc6900"
_TICKS_MS = (5, 10, 15, 20, 30, 50, 80, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10000)
_LOAD_COLORS = ("#3366cc", "#dc6900", "#2e8b57", "#8a4fbe")


def draw(result: BenchResult, path: Path) -> None:
    """Write a PNG.

    Raises:
        ModuleNotFoundError: matplotlib is not installed.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 8), dpi=110, layout="constrained")
    whole, steps, rates, loads = figure.subplots(2, 2).flat
    _draw_utterances(whole, result)
    _draw_steps(steps, result)
    _draw_throughput(rates, result)
    _draw_loads(loads, result)
    one = result.conditions
    figure.suptitle(
        f"F5-TTS, stock and ours: {one.model} ({one.weights} weights), {one.device}, "
        f"{one.precision}, torch {one.torch}, {result.at[:10]}"
        + (" (quick run)" if one.quick else "")
    )
    figure.savefig(path)


def _names(result: BenchResult) -> list[str]:
    return [
        f"{one.generated_s:g} s\n{one.stock_steps} / {one.our_steps} steps"
        for one in result.utterances
    ]


def _draw_utterances(axes: Any, result: BenchResult) -> None:
    stock = [one.stock.whole.p50_ms or 0 for one in result.utterances]
    ours = [one.ours.whole.p50_ms or 0 for one in result.utterances]
    _pairs(axes, _names(result), stock, ours)
    for index, one in enumerate(result.utterances):
        axes.annotate(
            f"{one.ratio:.1f}x",
            (index + 0.4, ours[index]),
            ha="center",
            va="bottom",
            xytext=(0, 12),
            textcoords="offset points",
            weight="bold",
        )
    axes.margins(y=0.18)
    axes.set(title="One utterance, text to samples (median)", ylabel="ms")
    axes.legend()


def _draw_steps(axes: Any, result: BenchResult) -> None:
    stock = [one.step_ms(one.stock, one.stock_steps) for one in result.utterances]
    ours = [one.step_ms(one.ours, one.our_steps) for one in result.utterances]
    _pairs(axes, _names(result), stock, ours, fmt="%.1f")
    for index, one in enumerate(result.utterances):
        floor_ms = one.step_gflop / result.gemm_gflop_s * 1000
        label = "large products alone" if index == 0 else None
        axes.hlines(floor_ms, index - 0.2, index + 0.6, colors=_FLOOR, lw=2, label=label)
    axes.margins(y=0.12)
    axes.set(title="One step: sampling / steps (median)", ylabel="ms")
    axes.legend()


def _draw_throughput(axes: Any, result: BenchResult) -> None:
    names = [str(one.in_flight) for one in result.throughput]
    stock = [one.stock_per_s for one in result.throughput]
    ours = [one.ours_per_s for one in result.throughput]
    _pairs(axes, names, stock, ours, fmt="%.2f")
    axes.margins(y=0.25)
    steps = result.throughput[0].steps if result.throughput else 0
    title = f"Utterances of about 2 s in a second, {steps} steps"
    axes.set(title=title, xlabel="in flight (stock: always 1)", ylabel="per s")
    if names:
        axes.legend(loc="upper left", ncols=2)


def _draw_loads(axes: Any, result: BenchResult) -> None:
    for one, color in zip(result.loads, _LOAD_COLORS, strict=False):
        curve = one.first_audio.curve_ms
        label = f"{one.rate:g} comments/s at random"
        axes.plot(curve, range(len(curve)), color=color, label=label)
    axes.set(title="Text in to first PCM", xlabel="ms", ylabel="% of comments", xscale="log")
    low, high = axes.get_xlim()
    ticks = [tick for tick in _TICKS_MS if low <= tick <= high]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    if result.loads:
        axes.legend(loc="lower right")


def _pairs(
    axes: Any, names: list[str], stock: list[float], ours: list[float], fmt: str = "%.0f"
) -> None:
    sides = ((stock, _STOCK, "stock"), (ours, _OURS, "ours"))
    for offset, (heights, color, label) in enumerate(sides):
        places = [index + 0.4 * offset for index in range(len(names))]
        bars = axes.bar(places, heights, 0.38, color=color, label=label)
        axes.bar_label(bars, fmt=fmt)
    axes.set_xticks([index + 0.2 for index in range(len(names))], names)
