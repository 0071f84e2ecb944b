"""A run as tables for a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from ishowtts_cli.bench.numbers import Latency
from ishowtts_cli.bench.tables import PLAIN_WIDTH, plain_table
from ishowtts_cli.bench_f5.results import BenchResult, Conditions, Parity, Utterance

DASH = "-"


def print_conditions(conditions: Conditions) -> None:
    """What the figures hold for."""
    graphs = ", graphs" if conditions.graphs else ""
    cuda = f", CUDA {conditions.cuda}{graphs}" if conditions.kind == "cuda" else ""
    threads = f", threads: {conditions.threads}" if conditions.kind == "cpu" else ""
    _console().print(
        f"\n{conditions.device}, torch {conditions.torch}{cuda}{threads}, {conditions.precision}; "
        f"{conditions.model} ({conditions.parameters_m:.1f} M parameters, weights "
        f"{conditions.weights}), a reference of {conditions.reference_s:g} s, guidance 2"
        + (" (quick run)" if conditions.quick else "")
    )


def print_parity(parity: Sequence[Parity]) -> None:
    shown = plain_table(
        "Ours against stock, same seed", "what", "error", "allowed", "criterion", ""
    )
    for one in parity:
        verdict = "[green]same[/]" if one.fine else "[red]different[/]"
        shown.add_row(one.what, f"{one.error:.1e}", f"{one.allowed:.1e}", one.criterion, verdict)
    _console().print(shown)


def print_result(result: BenchResult) -> None:
    """Print everything that was measured."""
    machine = result.machine
    console = _console()
    console.print(
        f"\n{machine.cpus} CPUs ({machine.cpu}), {machine.memory_gb:g} GB, {machine.system}, "
        f"Python {machine.python}; large products: {result.gemm_gflop_s:,.0f} GFLOP/s\n"
    )
    for shown in (_utterances(result), _steps(result), _throughput(result)):
        console.print(shown)
    for shown in (_first_audio(result), _loads(result)):
        if shown.row_count:
            console.print(shown)
    console.print(_footprint(result))
    console.print(_goals(result))


def _utterances(result: BenchResult) -> Table:
    shown = plain_table(
        "One utterance, text to samples, in turns (ms)",
        *("generated, steps", "stock p50", "p99", "ours p50", "p99", "ratio"),
        *("stock RTF", "our RTF"),
    )
    for one in result.utterances:
        stock, ours = one.stock.whole, one.ours.whole
        times = [_ms(value) for value in (stock.p50_ms, stock.p99_ms, ours.p50_ms, ours.p99_ms)]
        factors = f"{one.rtf(one.stock):.3f}", f"{one.rtf(one.ours):.3f}"
        shown.add_row(_name(one), *times, f"{one.ratio:.2f}x", *factors)
    return shown


def _steps(result: BenchResult) -> Table:
    shown = plain_table(
        "One step (sampling / steps), and what large products alone would take",
        *("generated, steps", "frames", "GFLOP", "floor", "stock ms", "ours ms"),
        *("stock's share of the floor's rate", "our share"),
    )
    for one in result.utterances:
        floor_ms = one.step_gflop / result.gemm_gflop_s * 1000
        sides = (one.stock, one.stock_steps), (one.ours, one.our_steps)
        times = [one.step_ms(side, steps) for side, steps in sides]
        work = str(one.frames), f"{one.step_gflop:,.1f}", f"{floor_ms:.2f}"
        shares = [f"{floor_ms / time_ms:.0%}" for time_ms in times]
        shown.add_row(_name(one), *work, *(f"{time_ms:.2f}" for time_ms in times), *shares)
    return shown


def _throughput(result: BenchResult) -> Table:
    shown = plain_table(
        "Utterances a second, ours side by side, stock one by one",
        *("in flight", "about", "steps", "utterances", "stock", "ours", "ratio"),
    )
    for one in result.throughput:
        facts = f"{one.generated_s:g} s", str(one.steps), str(one.utterances)
        rates = f"{one.stock_per_s:.2f}", f"{one.ours_per_s:.2f}"
        ratio = f"{one.ours_per_s / one.stock_per_s:.2f}x"
        shown.add_row(str(one.in_flight), *facts, *rates, ratio)
    return shown


def _first_audio(result: BenchResult) -> Table:
    shown = plain_table(
        "Text in to first PCM out of the engine; of stock, to its only PCM (ms)",
        *("text", "characters", "frames", "steps", "ours p50", "p99", "stock p50", "p99", "ratio"),
    )
    for one in result.first_audio:
        facts = str(one.characters), str(one.frames), str(one.steps)
        ratio = f"{one.ratio:.2f}x"
        shown.add_row(one.text, *facts, *_both(one.ours), *_both(one.stock), ratio)
    return shown


def _loads(result: BenchResult) -> Table:
    shown = plain_table(
        "Comments at random times, to first PCM (ms)",
        *("a second", "comments", "about", "steps", "rows", "p50", "p99", "max", "failed"),
    )
    for one in result.loads:
        facts = str(one.utterances), f"{one.generated_s:.1f} s", str(one.steps), str(one.rows)
        heard = one.first_audio
        times = (*_both(heard), _ms(heard.max_ms))
        shown.add_row(f"{one.rate:g}", *facts, *times, str(one.failed))
    return shown


def _footprint(result: BenchResult) -> Table:
    launches, memory = result.launches, result.memory
    shown = plain_table("Footprint", "what", "stock", "ours")
    shown.add_row(f"{launches.what} a step", f"{launches.stock:.0f}", f"{launches.ours:.0f}")
    shown.add_row("weights, MB", _mb(memory.stock_weights), _mb(memory.our_weights))
    if memory.stock_peak is not None:
        shown.add_row("beside them at most, MB", _mb(memory.stock_peak), _mb(memory.our_peak))
    shown.add_row("peak of this process with both, MB", "", _mb(memory.process_peak))
    return shown


def _goals(result: BenchResult) -> Table:
    shown = plain_table(
        "Goals of v1 Base on an H200 in fp16", "what", "goal", "stretch", "here", "verdict"
    )
    for one in result.goals:
        shown.add_row(one.name, one.goal, one.stretch, one.found, one.verdict)
    return shown


def _name(one: Utterance) -> str:
    same = one.stock_steps == one.our_steps
    steps = str(one.our_steps) if same else f"{one.stock_steps} / {one.our_steps}"
    return f"{one.generated_s:g} s, {steps}"


def _both(latency: Latency) -> tuple[str, str]:
    return _ms(latency.p50_ms), _ms(latency.p99_ms)


def _ms(value: float | None) -> str:
    return DASH if value is None else f"{value:.1f}"


def _mb(value: float | None) -> str:
    return DASH if value is None else f"{value:,.0f}"


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)
