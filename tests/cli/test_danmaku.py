"""`ishowtts danmaku`: what is sent to an ingest node, and what a person is told."""

import json

import pytest

from ishowtts_bus import MemoryBroker
from ishowtts_cli import danmaku
from ishowtts_cli.app import main
from ishowtts_cli.danmaku import Wish
from ishowtts_cli.directory import Directory
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_schemas import ChannelInfo, CommandReply, NodeInfo, NodeState, VoiceInfo
from ishowtts_schemas.topics import NODE_COMMAND, NODE_INFO, NODE_STATE
from tests.broker import free_port

SOON_S = 5.0
ROW = {"platform": "twitch", "source": "twitch_irc", "channel": "ann", "room": "games"}
ROW |= {"voice": None, "engine": None, "state": "connecting", "detail": ""}


class Stage:
    """A command's bus, and ingest nodes that answer what a test says."""

    def __init__(self):
        broker = MemoryBroker()
        self.bus, self.nodes = broker.bus("cli"), broker.bus("nodes")
        self.directory = Directory()
        self.heard = []
        self.reply = CommandReply(ok=True, result=ROW)

    async def ingest(self, *instances, health="ready"):
        for instance in instances:
            state = NodeState(node="ingest", instance=instance, incarnation=1, health=health, pid=1)
            await self.nodes.publish(NODE_STATE, state, node="ingest", instance=instance)
        await self.directory.follow(self.bus)

    async def synth(self, *voices):
        info = NodeInfo(
            node="synth",
            instance="1",
            incarnation=1,
            version="0",
            engine="tone",
            voices=tuple(VoiceInfo(id=voice, label=voice) for voice in voices),
        )
        state = NodeState(node="synth", instance="1", incarnation=1, health="ready", pid=1)
        await self.nodes.publish(NODE_INFO, info, node="synth", instance="1")
        await self.nodes.publish(NODE_STATE, state, node="synth", instance="1")

    async def on_command(self, received):
        command = received.message
        self.heard.append((received.ids["instance"], command.name, command.args))
        await self.nodes.reply(received.reply_to, self.reply)


@pytest.fixture
async def stage():
    stage = Stage()
    for bus in (stage.bus, stage.nodes):
        await bus.start()
        await bus.wait_connected(SOON_S)
    stage.nodes.subscribe(NODE_COMMAND, stage.on_command, node="ingest")
    yield stage
    await stage.bus.close()
    await stage.nodes.close()


async def test_a_start_says_what_is_known_and_leaves_the_rest_out(stage):
    await stage.ingest("1")

    info = await danmaku.start_channel(stage.bus, stage.directory, Wish("twitch", "ann"))
    await danmaku.start_channel(
        stage.bus, stage.directory, Wish("twitch", "ann", "games", "alice", "tone")
    )

    assert info == ChannelInfo(**ROW)
    plain = {"platform": "twitch", "channel": "ann"}
    more = {"room": "games", "voice": "alice", "engine": "tone"}
    assert stage.heard == [("1", "start", plain), ("1", "start", plain | more)]


async def test_a_stop_and_a_list(stage):
    await stage.ingest("1")
    stage.reply = CommandReply(ok=True, result={"status": "idle", "channel": None})
    stopped = await danmaku.stop_channel(stage.bus, stage.directory, "twitch", "ann")
    stage.reply = CommandReply(ok=True, result=[ROW])
    rows = await danmaku.list_channels(stage.bus, stage.directory)

    assert stopped.status == "idle"
    assert rows == [ChannelInfo(**ROW)]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("bad_request", ExitCode.USAGE),
        ("conflict", ExitCode.FAILED),
        ("unavailable", ExitCode.FAILED),
    ],
)
async def test_a_refusal_is_the_nodes_own_sentence(stage, code, status):
    await stage.ingest("1")
    stage.reply = CommandReply(ok=False, error="because", code=code)

    with pytest.raises(CliError, match="because") as caught:
        await danmaku.start_channel(stage.bus, stage.directory, Wish("twitch", "ann"))

    assert caught.value.code == status


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish("twitch", ""), "channel: expected `str` of length >= 1"),
        (Wish("twitch", "x" * 201), "channel: expected `str` of length <= 200"),
        (Wish("twitch", "ann", room="No Room"), "room: expected `str` matching"),
        (Wish("twitch", "ann", voice="../x"), "voice: expected `str` matching"),
    ],
)
async def test_what_can_be_no_name_is_not_even_sent(stage, wish, said):
    await stage.ingest("1")

    with pytest.raises(CliError, match=said) as caught:
        await danmaku.start_channel(stage.bus, stage.directory, wish)

    assert (caught.value.code, stage.heard) == (ExitCode.USAGE, [])


async def test_an_argument_that_is_no_text_is_sent_as_one(stage):
    await stage.ingest("1")

    await danmaku.start_channel(stage.bus, stage.directory, Wish("twitch", "a\udcff"))

    assert stage.heard[0][2]["channel"] == "a?"


async def test_a_voice_that_no_synth_has_is_told_before_anything_is_read(stage):
    await stage.synth("alice")
    await stage.ingest("1")

    with pytest.raises(CliError, match="no voice 'alcie'; did you mean alice"):
        await danmaku.start_channel(
            stage.bus, stage.directory, Wish("twitch", "ann", voice="alcie")
        )

    assert stage.heard == []


async def test_without_an_ingest_node_that_is_said(stage):
    await stage.ingest("1", health="offline")

    with pytest.raises(CliError, match="no ingest node is ready"):
        await danmaku.list_channels(stage.bus, stage.directory)


async def test_with_several_ingest_nodes_one_is_chosen_and_all_are_listed(stage):
    await stage.ingest("1", "two")
    with pytest.raises(CliError, match="--instance: 1, two") as caught:
        await danmaku.start_channel(stage.bus, stage.directory, Wish("twitch", "ann"))
    assert caught.value.code == ExitCode.USAGE
    with pytest.raises(CliError, match="no ingest node 'three' is ready; ready: 1, two"):
        await danmaku.start_channel(stage.bus, stage.directory, Wish("twitch", "ann"), "three")

    await danmaku.start_channel(stage.bus, stage.directory, Wish("twitch", "ann"), "two")
    stage.reply = CommandReply(ok=True, result=[ROW])
    rows = await danmaku.list_channels(stage.bus, stage.directory)

    assert [instance for instance, _, _ in stage.heard] == ["two", "1", "two"]
    assert len(rows) == 2


@pytest.mark.parametrize(
    "words",
    [
        ["start", "twitch", "ann"],
        ["stop", "twitch", "ann"],
        ["list"],
        ["list", "--json"],
    ],
)
def test_without_a_broker_it_is_one_sentence(words, monkeypatch, capfd):
    monkeypatch.setenv("ISHOWTTS__BROKER__PORT", str(free_port()))

    status = main(["danmaku", *words])

    said = capfd.readouterr()
    assert (status, said.out) == (ExitCode.FAILED, "")
    assert "start the pipeline with: ishowtts run-all" in said.err
    assert len(said.err.splitlines()) == 1


def test_what_is_printed(monkeypatch, capsys):
    def answer(reply):
        monkeypatch.setattr(danmaku, "with_pipeline", lambda _config, _work: reply)

    answer(ChannelInfo(**ROW))
    assert main(["danmaku", "start", "twitch", "ann"]) == 0
    assert capsys.readouterr().out == "twitch ann: connecting, room games\n"
    answer(danmaku.ChannelStopped(status="stopped", channel="ann"))
    assert main(["danmaku", "stop", "twitch", "ANN"]) == 0
    assert capsys.readouterr().out == "twitch ann: stopped\n"
    answer(danmaku.ChannelStopped(status="idle", channel=None))
    assert main(["danmaku", "stop", "twitch", "ann"]) == 0
    assert capsys.readouterr().out == "twitch ann: was not read\n"
    answer([ChannelInfo(**ROW)])
    assert main(["danmaku", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [ROW]
    assert main(["danmaku", "list"]) == 0
    assert "games" in capsys.readouterr().out
    answer([])
    assert main(["danmaku", "list"]) == 0
    assert "ishowtts danmaku start" in capsys.readouterr().out
