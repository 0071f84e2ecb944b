"""The ingest node: sources from configuration, visible, stopped cleanly."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ishowtts_bus import MemoryBroker, NodeError
from ishowtts_bus.transport import Packet
from ishowtts_ingest.node import IngestNode
from ishowtts_ingest.settings import IngestSettings, ReplaySettings
from ishowtts_ingest.source import Emit, Source, SourceContext
from ishowtts_schemas import ChatMessage, Command, CommandReply, NodeInfo, NodeState
from ishowtts_schemas.topics import CHAT_MESSAGE, NODE_COMMAND, NODE_INFO, NODE_STATE
from tests.ingest.fake_channels import FakeFactory
from tests.observer import SOON_S, Observer


async def test_a_recording_goes_through_and_its_end_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    path.write_text("".join(f'{{"text": "line {number}"}}\n' for number in range(3000)))
    settings = IngestSettings(
        sources=("mqtt_text", "replay"), replay=ReplaySettings(path=str(path), speed=0), buffer=200
    )
    broker = MemoryBroker()
    node, app, events = IngestNode(broker.bus("ingest"), settings), broker.bus("app"), Observer()
    app.subscribe(CHAT_MESSAGE, events.hear)
    app.subscribe(NODE_INFO, events.hear)
    await app.start()
    await app.wait_connected(SOON_S)
    await node.start()
    chats = await events.wait_for(ChatMessage, 3000)
    assert [chat.text for chat in chats] == [f"line {number}" for number in range(3000)]
    (info,) = await events.wait_for(NodeInfo)
    assert info.sources == ("mqtt_text", "replay")
    reply = await app.request(
        NODE_COMMAND, Command(name="sources"), timeout_s=5, node="ingest", instance="1"
    )
    assert reply.result == [
        {"name": "mqtt_text", "state": "running", "error": ""},
        {"name": "replay", "state": "ended", "error": ""},
    ]
    await node.stop()
    await app.close()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (IngestSettings(sources=("mqtt",)), r"no source 'mqtt'.*did you mean mqtt_text\?"),
        (IngestSettings(sources=("replay",)), r"set ingest\.replay\.path"),
    ],
)
async def test_a_source_that_cannot_run_refuses_the_start(
    settings: IngestSettings, said: str
) -> None:
    node = IngestNode(MemoryBroker().bus("ingest"), settings)
    with pytest.raises(NodeError, match=said):
        await node.start()
    await node.stop()


class BrokenSource(Source):
    name = "broken"
    platform = "fake"

    def __init__(self, context: SourceContext, settings: object) -> None:
        super().__init__(context)

    async def run(self, emit: Emit) -> None:
        raise ConnectionError("no route to chat")


async def test_a_failing_source_shows_in_the_nodes_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ishowtts_ingest.sources.stdin.StdinSource", BrokenSource)
    broker = MemoryBroker()
    node = IngestNode(broker.bus("ingest"), IngestSettings(sources=("mqtt_text", "stdin")))
    app, events = broker.bus("app"), Observer()
    app.subscribe(NODE_STATE, events.hear)
    await app.start()
    await node.start()
    await events.wait_until(
        lambda: any(
            (state.health, state.detail) == ("ready", "broken failed: no route to chat")
            for state in events.of(NodeState)
        )
    )
    assert node.bus.counters.get("ingest_restarts_total", source="broken") >= 1
    await asyncio.wait_for(node.stop(), 1)
    await app.close()


async def test_texts_that_come_while_the_node_is_away_are_passed_on_after_its_return() -> None:
    broker, events = MemoryBroker(), Observer()
    app = broker.bus("app")
    app.subscribe(CHAT_MESSAGE, events.hear)
    await app.start()
    await app.wait_connected(SOON_S)
    for text in (b"first", b"second"):
        bus = broker.bus("ingest", session_expiry_s=300)
        node = IngestNode(bus, IngestSettings())
        await node.start()
        await bus.wait_connected(SOON_S)
        await node.stop()
        broker.route(Packet("ishowtts/v1/text/main", text))
    node = IngestNode(broker.bus("ingest", session_expiry_s=300), IngestSettings())
    await node.start()
    chats = await events.wait_for(ChatMessage, 2)
    assert [chat.text for chat in chats] == ["first", "second"]
    await node.stop()
    await app.close()


async def test_stopping_is_prompt_with_an_open_input(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr(
        "ishowtts_ingest.sources.stdin.StdinSource.__init__.__defaults__", (reading,)
    )
    broker = MemoryBroker()
    node = IngestNode(broker.bus("ingest"), IngestSettings(sources=("stdin",)))
    await node.start()
    await asyncio.sleep(0)
    await asyncio.wait_for(node.stop(), 1)
    os.close(reading)
    os.close(writing)


class ChannelStage:
    """An ingest node whose Twitch is a fake, and an app that commands it."""

    def __init__(self, broker: MemoryBroker, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.factory = FakeFactory()
        monkeypatch.setattr(
            "ishowtts_ingest.node.create_source",
            lambda name, context, _settings: self.factory.create(name, context),
        )
        self.node = IngestNode(broker.bus("ingest"), IngestSettings(sources=()), data_dir=folder)
        self.app, self.events = broker.bus("app"), Observer()
        self.app.subscribe(CHAT_MESSAGE, self.events.hear)
        self.app.subscribe(NODE_INFO, self.events.hear)
        self.app.subscribe(NODE_STATE, self.events.hear)

    async def open(self) -> None:
        await self.app.start()
        await self.app.wait_connected(SOON_S)
        await self.node.start()

    async def close(self) -> None:
        await self.node.stop()
        await self.app.close()

    async def command(self, name: str, **args: object) -> CommandReply:
        command = Command(name=name, args=args)
        where = {"node": "ingest", "instance": "1"}
        return await self.app.request(NODE_COMMAND, command, timeout_s=SOON_S, **where)


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ChannelStage]:
    stage = ChannelStage(MemoryBroker(), tmp_path, monkeypatch)
    await stage.open()
    yield stage
    await stage.close()


async def test_a_channel_is_started_read_listed_and_stopped_by_commands(
    stage: ChannelStage, tmp_path: Path
) -> None:
    started = await stage.command("start", platform="Twitch", channel="Ann", room="games")
    row = {"platform": "twitch", "source": "twitch_irc", "channel": "ann", "room": "games"}
    row |= {"voice": None, "engine": None, "state": "reading", "detail": ""}
    assert (started.ok, started.result) == (True, row)
    assert (tmp_path / "ingest-1" / "channels.json").exists()
    assert (await stage.command("list")).result == [row]
    await stage.events.wait_until(
        lambda: any(info.sources == ("twitch_irc",) for info in stage.events.of(NodeInfo))
    )
    stage.factory.running().say("ann", "hello")
    (chat,) = await stage.events.wait_for(ChatMessage)
    assert (chat.text, chat.room, chat.channel) == ("hello", "games", "ann")
    stopped = await stage.command("stop", platform="twitch", channel="ann")
    assert stopped.result == {"status": "stopped", "channel": "ann"}
    stopped = await stage.command("stop", platform="twitch", channel="ann")
    assert stopped.result == {"status": "idle", "channel": None}
    assert (await stage.command("list")).result == []


async def test_what_a_stopped_channel_left_unsent_is_not_sent(
    stage: ChannelStage,
) -> None:
    await stage.command("start", platform="twitch", channel="ann")
    await stage.command("start", platform="twitch", channel="bea")
    source = stage.factory.running()
    for number in range(200):
        source.say("ann", f"a{number}")
    source.say("bea", "b")
    await stage.node._on_stop_command({"platform": "twitch", "channel": "ann"})
    await stage.events.wait_until(
        lambda: any(chat.text == "b" for chat in stage.events.of(ChatMessage))
    )
    assert [chat.text for chat in stage.events.of(ChatMessage)] == ["b"]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ({"platform": "mixer", "channel": "ann"}, "bad_request", "there are twitch"),
        ({"platform": "twitch", "channel": ""}, "bad_request", "$.channel"),
        ({"platform": "twitch", "channel": "x" * 201}, "bad_request", "$.channel"),
        ({"platform": "twitch"}, "bad_request", "missing required field `channel`"),
        ({"platform": "twitch", "channel": "ann", "room": "No Room"}, "bad_request", "$.room"),
        ({"platform": "twitch", "channel": "ann", "voice": 7}, "bad_request", "$.voice"),
        ({"platform": "twitch", "channel": "#+/"}, "bad_request", "not a channel name"),
        ({"platform": "youtube", "channel": "ann"}, "unavailable", "the youtube source needs"),
    ],
)
async def test_a_wrong_command_is_answered_with_why(
    stage: ChannelStage, args: dict[str, object], code: str, said: str
) -> None:
    reply = await stage.command("start", **args)
    assert (reply.ok, reply.code) == (False, code)
    assert said in reply.error
    assert (await stage.command("list")).result == []


async def test_a_failing_channel_shows_in_the_nodes_state(stage: ChannelStage) -> None:
    await stage.command("start", platform="twitch", channel="ann")
    stage.factory.running().set_state("ann", "failed", "no such channel")
    await stage.events.wait_until(
        lambda: any(
            state.detail == "ann failed: no such channel" for state in stage.events.of(NodeState)
        )
    )
    await stage.command("stop", platform="twitch", channel="ann")
    await stage.events.wait_until(lambda: stage.events.of(NodeState)[-1].detail == "")
