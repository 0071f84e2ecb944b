"""A bench result as tables for a terminal."""

from rich import box
from rich.console import Console
from rich.table import Table

from ishowtts_cli.bench.numbers import Latency
from ishowtts_cli.bench.results import BenchResult, StreamRun

PLAIN_WIDTH = 140
BUSY_SLIP_MS = 5.0


def print_result(result: BenchResult) -> None:
    """Print everything that was measured, the goals last."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PLAIN_WIDTH)
    machine = result.machine
    console.print(
        f"\n{machine.cpus} CPUs ({machine.cpu}), {machine.memory_gb:g} GB, {machine.system}, "
        f"Python {machine.python}\n"
    )
    tables = (_streams, _rates, _deciding, _hops, _interfaces, _memory, _goals)
    for make in tables:
        console.print(make(result))
    slip_ms = max((run.publish_slip_ms for run in (*result.streams, *result.crowds)), default=0)
    if slip_ms > BUSY_SLIP_MS:
        console.print(
            f"The publisher itself was up to {slip_ms:.0f} ms late (p99): something else keeps "
            "this machine busy, or the load is more than it can carry. Latencies include that.\n"
        )


def plain_table(title: str, *columns: str) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left")
    return table


def _streams(result: BenchResult) -> Table:
    table = plain_table(
        "Text published to first audio chunk in the event stream (ms)",
        *("rate, listeners", "sent", "spoken", "lost", "whole listeners"),
        *("p50", "p95", "p99", "max", "audio_start p50", "publisher slip"),
    )
    for run in (*result.streams, *result.crowds):
        table.add_row(*_stream_cells(run))
    return table


def _stream_cells(run: StreamRun) -> list[str]:
    heard = run.all_listeners
    counts = (run.sent, run.spoken, run.lost)
    whole = f"{run.complete_listeners}/{run.listeners}"
    times = (heard.p50_ms, heard.p95_ms, heard.p99_ms, heard.max_ms, run.first_start.p50_ms)
    shown = [_ms(value) for value in (*times, run.publish_slip_ms)]
    return [f"{run.rate}/s, {run.listeners}", *map(str, counts), whole, *shown]


def _rates(result: BenchResult) -> Table:
    table = plain_table(
        "What became of every message",
        *("published per s", "reached", "sent", "ended", "missing", "last end after"),
    )
    for step in result.accounted:
        ended = ", ".join(f"{name} {count}" for name, count in sorted(step.outcomes.items()))
        counts = (f"{step.achieved:g}", str(step.sent), ended, str(step.missing))
        table.add_row(str(step.rate), *counts, f"{step.drained_s:g} s")
    return table


def _deciding(result: BenchResult) -> Table:
    table = plain_table(
        "Ingest and filter alone",
        *("published per s", "for", "sent", "decided", "behind at most", "last decision after"),
    )
    found = result.deciding
    if found is not None:
        counts = (str(found.sent), str(found.decided), str(found.furthest_behind))
        table.add_row(str(found.rate), f"{found.seconds:g} s", *counts, f"{found.drained_s:g} s")
    return table


def _hops(result: BenchResult) -> Table:
    table = plain_table(
        "One hop, client to broker to client (ms)",
        *("bytes", "bus p50", "bus p99", "bare socket p50", "bare socket p99"),
    )
    for hop in result.hops:
        table.add_row(str(hop.payload_bytes), *_hop_cells(hop.bus), *_hop_cells(hop.socket))
    return table


def _hop_cells(latency: Latency) -> tuple[str, str]:
    return _ms(latency.p50_ms, 3), _ms(latency.p99_ms, 3)


def _interfaces(result: BenchResult) -> Table:
    table = plain_table(
        "First audio over each interface, and what it adds to the engine (ms)",
        *("interface", "asked", "engine p50", "first audio p50"),
        *("added p50", "added p95", "added p99"),
    )
    for run in result.interfaces:
        name = f"{run.name} (whole)" if run.whole else run.name
        added = (run.overhead.p50_ms, run.overhead.p95_ms, run.overhead.p99_ms)
        shown = [_ms(value) for value in (run.engine.p50_ms, run.first_audio.p50_ms, *added)]
        table.add_row(name, str(run.overhead.count), *shown)
    if result.interfaces:
        table.caption = "The F5 service's interface needs an engine that clones: not asked here."
        table.caption_justify = "left"
    return table


def _memory(result: BenchResult) -> Table:
    table = plain_table("Start and memory", "what", "")
    table.add_row("start to ready", ", ".join(f"{seconds:.2f} s" for seconds in result.start_s))
    table.add_row("processes that died", str(result.restarts))
    for role, megabytes in result.memory_mb.items():
        table.add_row(role, f"{megabytes:.0f} MB")
    return table


def _goals(result: BenchResult) -> Table:
    table = plain_table("Goals", "goal", "wanted", "measured", "")
    for goal in result.goals:
        verdict = "[green]met[/]" if goal.met else "[red]missed[/]"
        table.add_row(goal.name, goal.wanted, goal.measured, verdict)
    return table


def _ms(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
