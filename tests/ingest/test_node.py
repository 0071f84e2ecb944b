"""The ingest node: sources from configuration, visible, stopped cleanly."""

import asyncio
import os
from pathlib import Path

import pytest

from ishowtts_bus import MemoryBroker, NodeError
from ishowtts_bus.transport import Packet
from ishowtts_ingest.node import IngestNode
from ishowtts_ingest.settings import IngestSettings, ReplaySettings
from ishowtts_ingest.sources.base import Emit, Source, SourceContext
from ishowtts_schemas import ChatMessage, Command, NodeInfo, NodeState
from ishowtts_schemas.topics import CHAT_MESSAGE, NODE_COMMAND, NODE_INFO, NODE_STATE
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
