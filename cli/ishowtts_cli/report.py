"""The state of a running pipeline as rows, ready for a table or for JSON."""

from collections.abc import Sequence
from typing import Any

import msgspec

from ishowtts_cli.directory import Directory
from ishowtts_schemas import ChannelInfo, Health, NodeInfo, NodeState, PlaybackState

_KINDS = ("ingest", "filter", "synth", "player")


class NodeRow(msgspec.Struct, kw_only=True):
    node: str
    instance: str
    health: Health
    detail: str
    pid: int
    uptime_s: float | None
    """None where it does not run."""
    version: str = ""
    device: str = ""
    address: str = ""


class EngineRow(msgspec.Struct, kw_only=True):
    engine: str
    label: str
    synths: int
    slots: int
    default_voice: str
    voices: list[str]


class RoomRow(msgspec.Struct, kw_only=True):
    room: str
    listeners: int
    backlog_ms: int
    paused: bool
    now_playing: str | None
    waiting: int | None
    """None where the filter does not answer."""


class StatusReport(msgspec.Struct, kw_only=True):
    """All of it, as `--json` prints it."""

    nodes: list[NodeRow]
    engines: list[EngineRow]
    rooms: list[RoomRow]
    queue: dict[str, Any] | None
    """The filter's own account; None where it does not answer."""
    channels: list[ChannelInfo] = []


def build_report(
    directory: Directory,
    queue: dict[str, Any] | None,
    now_ns: int,
    channels: Sequence[ChannelInfo] = (),
) -> StatusReport:
    """Turn what the bus says into rows."""
    rooms = set(directory.rooms) | set((queue or {}).get("rooms", {}))
    return StatusReport(
        nodes=[
            _node_row(state, directory.nodes.info(state.node, state.instance), now_ns)
            for state in sorted(directory.nodes.states, key=_order)
        ],
        engines=_engine_rows(directory.ready_synths()),
        rooms=[_room_row(room, directory.rooms.get(room), queue, now_ns) for room in sorted(rooms)],
        queue=queue,
        channels=list(channels),
    )


def _order(state: NodeState) -> tuple[int, str, str]:
    """Along the way of a message."""
    rank = _KINDS.index(state.node) if state.node in _KINDS else len(_KINDS)
    return rank, state.node, state.instance


def _node_row(state: NodeState, info: NodeInfo | None, now_ns: int) -> NodeRow:
    current = info if info is not None and info.incarnation == state.incarnation else None
    runs = state.health != "offline"
    return NodeRow(
        node=state.node,
        instance=state.instance,
        health=state.health,
        detail=state.detail,
        pid=state.pid,
        uptime_s=round(max(0, now_ns - state.incarnation) / 1e9, 1) if runs else None,
        version=current.version if current else "",
        device=current.device if current else "",
        address=current.address if current else "",
    )


def _engine_rows(synths: list[NodeInfo]) -> list[EngineRow]:
    rows: dict[str, EngineRow] = {}
    for info in synths:
        key = info.engine or ""
        fresh = EngineRow(
            engine=key,
            label=info.engine_label,
            synths=0,
            slots=0,
            default_voice=info.default_voice or "",
            voices=[],
        )
        row = rows.setdefault(key, fresh)
        row.synths += 1
        row.slots += info.slots
        row.voices = list(dict.fromkeys([*row.voices, *(voice.id for voice in info.voices)]))
    return list(rows.values())


def _room_row(
    room: str, state: PlaybackState | None, queue: dict[str, Any] | None, now_ns: int
) -> RoomRow:
    waiting = None if queue is None else queue.get("rooms", {}).get(room, {}).get("waiting", 0)
    if state is None:
        state = PlaybackState(room=room, at_ns=now_ns, backlog_ms=0)
    age_ms = 0 if state.paused else (now_ns - state.at_ns) / 1e6
    return RoomRow(
        room=room,
        listeners=state.listeners,
        backlog_ms=round(max(0.0, state.backlog_ms - max(0.0, age_ms))),
        paused=state.paused,
        now_playing=state.now_playing,
        waiting=waiting,
    )
