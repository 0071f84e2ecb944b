"""The state of a pipeline, as rows and as tables."""

import io
import json

import msgspec
from rich.console import Console

from ishowtts_cli.directory import Directory
from ishowtts_cli.report import build_report
from ishowtts_cli.tables import render
from ishowtts_schemas import ChannelInfo, NodeInfo, NodeState, PlaybackState, VoiceInfo

NOW_NS = 10_000_000_000
QUEUE = {
    "waiting_total": 3,
    "waiting": [],
    "in_flight": [{}],
    "rooms": {"main": {"waiting": 3, "backlog_ms": 0, "paused": False}},
}


def directory(*states, infos=(), rooms=()):
    made = Directory()
    for one in states:
        made.nodes.on_state(one)
    for one in infos:
        made.nodes.on_info(one)
    made.rooms = {one.room: one for one in rooms}
    return made


def state(node, instance="1", health="ready", incarnation=4_000_000_000, detail=""):
    return NodeState(
        node=node,
        instance=instance,
        incarnation=incarnation,
        health=health,
        pid=7,
        detail=detail,
    )


def synth(instance, incarnation=4_000_000_000, voices=("a", "b")):
    return NodeInfo(
        node="synth",
        instance=instance,
        incarnation=incarnation,
        version="1.2",
        engine="espeak",
        engine_label="eSpeak",
        default_voice="a",
        voices=tuple(VoiceInfo(id=voice, label=voice) for voice in voices),
        slots=4,
        device="cpu",
    )


def text_of(report, **options):
    console = Console(file=io.StringIO(), width=160, color_system=None)
    console.print(render(report, **options))
    return console.file.getvalue()


def test_nodes_stand_along_the_way_of_a_message():
    known = directory(state("player"), state("zebra"), state("ingest"), state("filter"))

    rows = build_report(known, None, NOW_NS).nodes

    assert [row.node for row in rows] == ["ingest", "filter", "player", "zebra"]
    assert rows[0].uptime_s == 6.0


def test_a_dead_node_has_no_uptime_and_says_why():
    known = directory(state("filter", health="offline", detail="the process died"))

    (row,) = build_report(known, None, NOW_NS).nodes

    assert (row.uptime_s, row.detail) == (None, "the process died")


def test_facts_of_an_earlier_life_do_not_count():
    known = directory(state("synth", "x"), infos=[synth("x", incarnation=1)])

    (row,) = build_report(known, None, NOW_NS).nodes

    assert (row.version, row.device) == ("", "")


def test_synths_of_one_engine_are_one_row():
    known = directory(
        state("synth", "x"),
        state("synth", "y"),
        state("synth", "z", health="offline"),
        infos=[synth("x"), synth("y", voices=("b", "c")), synth("z")],
    )

    (row,) = build_report(known, None, NOW_NS).engines

    assert (row.synths, row.slots, row.voices) == (2, 8, ["a", "b", "c"])


def test_a_backlog_shrinks_with_time_unless_paused():
    rooms = [
        PlaybackState(room="main", at_ns=NOW_NS - 2_000_000_000, backlog_ms=5000, listeners=2),
        PlaybackState(room="held", at_ns=NOW_NS - 2_000_000_000, backlog_ms=5000, paused=True),
        PlaybackState(room="past", at_ns=NOW_NS - 9_000_000_000, backlog_ms=5000),
    ]

    rows = build_report(directory(rooms=rooms), QUEUE, NOW_NS).rooms

    assert {row.room: row.backlog_ms for row in rows} == {"main": 3000, "held": 5000, "past": 0}
    assert {row.room: row.waiting for row in rows} == {"main": 3, "held": 0, "past": 0}


def test_a_room_that_only_the_filter_knows_is_shown():
    (row,) = build_report(directory(), QUEUE, NOW_NS).rooms

    assert (row.room, row.waiting, row.listeners) == ("main", 3, 0)


def test_json_holds_every_row():
    known = directory(state("synth", "x"), infos=[synth("x")])

    report = json.loads(msgspec.json.encode(build_report(known, QUEUE, NOW_NS)))

    assert set(report) == {"nodes", "engines", "rooms", "queue", "channels"}
    assert report["queue"]["waiting_total"] == 3


def test_the_tables_show_what_a_person_looks_for():
    known = directory(
        state("synth", "espeak-1"),
        state("filter", health="offline", detail="[red]it died[/red]"),
        infos=[synth("espeak-1")],
        rooms=[PlaybackState(room="main", at_ns=NOW_NS, backlog_ms=1500, listeners=2)],
    )

    shown = text_of(build_report(known, QUEUE, NOW_NS))

    for word in ("espeak-1", "ready", "offline", "1.5 s", "3 waiting, 1 in flight", "6s"):
        assert word in shown
    assert "[red]it died[/red]" in shown, "what a node says is text, not markup"


def test_channels_that_fail_stand_out_with_their_reason():
    usual = {"platform": "twitch", "source": "twitch_irc", "room": "main", "engine": None}
    rows = [
        ChannelInfo(**usual, channel="ann", voice=None, state="reading", detail=""),
        ChannelInfo(**usual, channel="bea", voice="alice", state="failed", detail="[b]banned[/b]"),
    ]

    report = build_report(directory(state("ingest")), QUEUE, NOW_NS, rows)
    shown = text_of(report)

    for word in ("ann", "reading", "bea", "alice", "failed", "[b]banned[/b]"):
        assert word in shown
    assert json.loads(msgspec.json.encode(report))["channels"][1]["state"] == "failed"


def test_voices_are_listed_on_demand():
    known = directory(state("synth", "x"), infos=[synth("x")])
    report = build_report(known, None, NOW_NS)

    assert "voices of espeak: a, b" in text_of(report, voices=True)
    assert "voices of espeak" not in text_of(report)


def test_an_empty_broker_says_how_to_start():
    assert "run-all" in text_of(build_report(directory(), None, NOW_NS))
