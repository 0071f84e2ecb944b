import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from ishowtts_bus import Bus, MemoryBroker, Node, NodeError, Received
from ishowtts_schemas import ChatMessage, Command, NodeInfo, NodeState, NodeStats
from ishowtts_schemas.topics import (
    CHAT_MESSAGE,
    NODE_COMMAND,
    NODE_INFO,
    NODE_STATE,
    NODE_STATS,
)
from tests.bus.messages import chat_message

SOON_S = 5.0


class EchoNode(Node):
    kind = "filter"

    def __init__(self, bus: Bus, instance: str = "1") -> None:
        super().__init__(bus, instance)
        self.heard: list[str] = []
        self.broken = False

    async def setup(self) -> None:
        if self.broken:
            raise NodeError("no microphone")
        self.on_command("echo", self._echo)
        self.on_command("stumble", self._stumble)
        self.bus.subscribe(CHAT_MESSAGE, self._hear)

    def info(self) -> NodeInfo:
        return msgspec.structs.replace(super().info(), slots=3)

    async def _echo(self, args: dict[str, Any]) -> Any:
        return args["say"]

    async def _stumble(self, args: dict[str, Any]) -> Any:
        raise RuntimeError(args["over"])

    def _hear(self, received: Received[ChatMessage]) -> None:
        self.heard.append(received.message.text)


class Watcher:
    """Sees what every node says of itself."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.states: list[NodeState] = []
        self.infos: list[NodeInfo] = []
        self.stats: list[NodeStats] = []
        self._grown = asyncio.Event()

    async def start(self) -> None:
        for topic, log in (
            (NODE_STATE, self.states),
            (NODE_INFO, self.infos),
            (NODE_STATS, self.stats),
        ):
            self.bus.subscribe(topic, lambda received, log=log: self._put(log, received.message))
        await self.bus.start()

    def _put(self, log: list[Any], message: Any) -> None:
        log.append(message)
        self._grown.set()

    async def until_health(self, health: str, count: int = 1) -> None:
        async def seen() -> None:
            while sum(state.health == health for state in self.states) < count:
                self._grown.clear()
                await self._grown.wait()

        await asyncio.wait_for(seen(), SOON_S)

    async def until_counted(self, name: str, value: float) -> None:
        async def seen() -> None:
            while not any(
                sample.name == name and sample.value == value
                for stats in self.stats
                for sample in stats.samples
            ):
                self._grown.clear()
                await self._grown.wait()

        await asyncio.wait_for(seen(), SOON_S)


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker()


@pytest.fixture
async def watcher(broker: MemoryBroker) -> AsyncIterator[Watcher]:
    watcher = Watcher(broker.bus("watcher", session_expiry_s=60))
    await watcher.start()
    yield watcher
    await watcher.bus.close()


async def test_a_node_is_announced_with_its_facts_and_takes_leave(
    broker: MemoryBroker, watcher: Watcher
) -> None:
    node = EchoNode(broker.bus("node"))
    await node.start()
    await watcher.until_health("ready")
    assert watcher.infos[-1].slots == 3
    assert watcher.infos[-1].incarnation == node.incarnation
    await node.stop()
    await watcher.until_health("offline")
    assert watcher.states[-1].detail == "stopped"


async def test_a_killed_node_is_reported_by_its_will(
    broker: MemoryBroker, watcher: Watcher
) -> None:
    node = EchoNode(broker.bus("node"))
    await node.start()
    await watcher.until_health("ready")
    node.bus._transport.crash()  # type: ignore[attr-defined]
    await watcher.until_health("offline")
    assert watcher.states[-1].detail == "the process died"
    await node.stop()


async def test_a_late_will_does_not_mark_the_successor_dead(
    broker: MemoryBroker, watcher: Watcher
) -> None:
    node = EchoNode(broker.bus("node"))
    await node.start()
    await watcher.until_health("ready")
    late = NodeState(
        node="filter",
        instance="1",
        incarnation=node.incarnation - 1,
        health="offline",
        pid=1,
    )
    await watcher.bus.publish(NODE_STATE, late, node="filter", instance="1")
    await watcher.until_health("ready", count=2)
    assert watcher.states[-1].incarnation == node.incarnation
    await node.stop()


def _successor_of(node: Node) -> NodeState:
    return NodeState(
        node="filter", instance="1", incarnation=node.incarnation + 1, health="ready", pid=1
    )


async def test_a_node_gives_way_to_a_later_process_of_its_name(
    broker: MemoryBroker, watcher: Watcher
) -> None:
    node = EchoNode(broker.bus("node"))
    run = asyncio.create_task(node.run())
    await watcher.until_health("ready")
    await watcher.bus.publish(NODE_STATE, _successor_of(node), node="filter", instance="1")
    with pytest.raises(NodeError, match="another process runs as filter 1"):
        await asyncio.wait_for(run, SOON_S)


async def test_what_the_broker_kept_of_a_life_before_the_clock_was_set_back_is_overwritten(
    broker: MemoryBroker, watcher: Watcher
) -> None:
    node = EchoNode(broker.bus("node"))
    await watcher.bus.publish(NODE_STATE, _successor_of(node), node="filter", instance="1")
    await watcher.until_health("ready")
    run = asyncio.create_task(node.run())
    await watcher.until_health("ready", count=2)
    assert watcher.states[-1].incarnation == node.incarnation
    node.request_stop()
    await asyncio.wait_for(run, SOON_S)


async def test_a_node_announces_itself_again_after_an_outage(
    broker: MemoryBroker, watcher: Watcher
) -> None:
    node = EchoNode(broker.bus("node"))
    await node.start()
    await watcher.until_health("ready")
    broker.go_down()
    broker.come_back()
    await watcher.until_health("ready", count=2)
    await node.stop()


async def test_commands_are_answered(broker: MemoryBroker, watcher: Watcher) -> None:
    node = EchoNode(broker.bus("node"))
    await node.start()
    await watcher.until_health("ready")
    ids = {"node": "filter", "instance": "1"}

    async def ask(command: Command) -> Any:
        return await watcher.bus.request(NODE_COMMAND, command, timeout_s=SOON_S, **ids)

    assert (await ask(Command(name="echo", args={"say": [1, "二"]}))).result == [1, "二"]
    unknown = await ask(Command(name="sing"))
    assert not unknown.ok
    assert "echo" in unknown.error
    missing = await ask(Command(name="echo"))
    assert not missing.ok
    stumbled = await ask(Command(name="stumble", args={"over": "its secret"}))
    assert stumbled.code == "failed"
    assert "secret" not in stumbled.error
    await node.stop()


async def test_messages_kept_while_the_node_was_away_reach_its_successor(
    broker: MemoryBroker, watcher: Watcher
) -> None:
    first = EchoNode(broker.bus("node", session_expiry_s=60))
    await first.start()
    await watcher.until_health("ready")
    await first.stop()
    message = chat_message("while you were out")
    await watcher.bus.publish(CHAT_MESSAGE, message, platform="mqtt", room="main")
    second = EchoNode(broker.bus("node", session_expiry_s=60))
    await second.start()
    await watcher.until_health("ready", count=2)
    assert second.heard == ["while you were out"]
    await second.stop()


async def test_counters_are_published(broker: MemoryBroker, watcher: Watcher) -> None:
    node = EchoNode(broker.bus("node"))
    await node.start()
    node.bus.counters.add("apples_total", 2, colour="red")
    await watcher.until_counted("apples_total", 2)
    await node.stop()


async def test_a_node_that_cannot_run_says_why(broker: MemoryBroker, watcher: Watcher) -> None:
    node = EchoNode(broker.bus("node"))
    node.broken = True
    with pytest.raises(NodeError, match="no microphone"):
        await node.run()


async def test_a_node_stops_with_the_error_of_its_task(
    broker: MemoryBroker, watcher: Watcher
) -> None:
    node = EchoNode(broker.bus("node"))

    async def dies() -> None:
        raise RuntimeError("tape is full")

    run = asyncio.create_task(node.run())
    await watcher.until_health("ready")
    node.spawn(dies(), "dies")
    with pytest.raises(NodeError, match="tape is full"):
        await asyncio.wait_for(run, SOON_S)
    await watcher.until_health("offline")
    assert "tape is full" in watcher.states[-1].detail


async def test_a_node_that_is_still_loading_can_be_stopped(
    broker: MemoryBroker, watcher: Watcher
) -> None:
    class SlowNode(Node):
        kind = "synth"

        async def setup(self) -> None:
            self.report("loading")
            await asyncio.Event().wait()

    node = SlowNode(broker.bus("node"))
    run = asyncio.create_task(node.run())
    await watcher.until_health("starting")
    node.request_stop()
    await asyncio.wait_for(run, SOON_S)
    await watcher.until_health("offline")
