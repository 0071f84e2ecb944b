"""The state of a pipeline as tables for a terminal."""

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ishowtts_cli.report import EngineRow, NodeRow, RoomRow, StatusReport
from ishowtts_schemas import ChannelInfo

PLAIN_WIDTH = 160
_HEALTH_STYLE = {"ready": "green", "starting": "yellow", "stopping": "yellow", "offline": "red"}
_PHASE_STYLE = {"reading": "green", "connecting": "yellow", "failed": "red"}
_NUMBERS = frozenset({"pid", "up", "synths", "slots", "voices", "listeners", "waiting"})


def status_console() -> Console:
    """Fits the terminal; where there is none, lines stay whole."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)


def render(report: StatusReport, *, voices: bool = False) -> RenderableType:
    """Tables for a terminal."""
    if not report.nodes:
        return "no node has ever been here; start them with: ishowtts run-all"
    parts: list[RenderableType] = [_node_table(report.nodes)]
    parts.append(_engine_table(report.engines) if report.engines else "no synth is ready\n")
    if report.channels:
        parts.append(channel_table(report.channels))
    if report.rooms:
        parts.append(_room_table(report.rooms))
    parts.append(_queue_line(report.queue))
    if voices:
        parts += [_voice_lines(row) for row in report.engines]
    return Group(*parts)


def render_journal(rows: list[list[str]]) -> RenderableType:
    """One line per message."""
    if not rows:
        return "no such message"
    table = _table("when", "room", "author", "outcome", "text", "why")
    for cells in rows:
        table.add_row(*map(Text, cells))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in _NUMBERS else "left", overflow="fold")
    return table


def _node_table(rows: list[NodeRow]) -> Table:
    told = any(row.detail for row in rows)
    table = _table("node", "health", "up", "pid", "version", "where", *(["detail"] * told))
    for row in rows:
        name = row.node if row.instance == "1" else f"{row.node} {row.instance}"
        health = Text(row.health, style=_HEALTH_STYLE[row.health])
        where = " ".join(filter(None, (row.device, row.address)))
        cells = [Text(name), health, *map(Text, (_duration(row.uptime_s), str(row.pid)))]
        cells += map(Text, (row.version, where, *([row.detail] * told)))
        table.add_row(*cells)
    return table


def _engine_table(rows: list[EngineRow]) -> Table:
    table = _table("engine", "", "synths", "slots", "voices", "default voice")
    for row in rows:
        counts = (str(row.synths), str(row.slots), str(len(row.voices)))
        cells = (row.engine, row.label, *counts, row.default_voice)
        table.add_row(*map(Text, cells))
    return table


def _room_table(rows: list[RoomRow]) -> Table:
    table = _table("room", "listeners", "waiting", "backlog", "playing")
    for row in rows:
        waiting = "?" if row.waiting is None else str(row.waiting)
        playing = "paused" if row.paused else row.now_playing or "-"
        backlog = f"{row.backlog_ms / 1000:.1f} s"
        table.add_row(*map(Text, (row.room, str(row.listeners), waiting, backlog, playing)))
    return table


def channel_table(rows: Sequence[ChannelInfo]) -> Table:
    """The channels that are read; source and voice only where they tell something."""
    voiced = any(row.voice or row.engine for row in rows)
    told = any(row.detail for row in rows)
    more = ["voice"] * voiced + ["detail"] * told
    table = _table("platform", "channel", "room", "source", "state", *more)
    for row in rows:
        voice = " ".join(filter(None, (row.engine, row.voice)))
        cells = [Text(word) for word in (row.platform, row.channel, row.room, row.source)]
        cells.append(Text(row.state, style=_PHASE_STYLE[row.state]))
        cells += [Text(voice)] * voiced + [Text(row.detail)] * told
        table.add_row(*cells)
    return table


def _queue_line(queue: dict[str, Any] | None) -> str:
    if queue is None:
        return "queue: the filter does not answer"
    return f"queue: {queue['waiting_total']} waiting, {len(queue['in_flight'])} in flight"


def _voice_lines(row: EngineRow) -> Text:
    return Text(f"\nvoices of {row.engine}: {', '.join(row.voices)}")


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"
