"""A command's connection to a real broker."""

import asyncio
import os
import signal
import socket

import pytest

from ishowtts_bus import BrokerSettings
from ishowtts_cli.client import connected, run_async
from ishowtts_cli.directory import Directory
from ishowtts_cli.errors import CliError
from ishowtts_cli.status import read_report
from ishowtts_schemas import Command, NodeState
from ishowtts_schemas.topics import NODE_COMMAND, NODE_STATE
from tests.broker import MosquittoServer, free_port


async def test_nothing_that_listens_is_told_at_once():
    with pytest.raises(CliError, match=r"no broker at .*run-all"):
        async with connected(BrokerSettings(port=free_port())):
            pass


async def test_something_that_is_no_broker_is_told(monkeypatch):
    monkeypatch.setattr("ishowtts_cli.client.CONNECT_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings = BrokerSettings(port=server.getsockname()[1])
        with pytest.raises(CliError, match="cannot be reached"):
            async with connected(settings):
                pass


async def test_everything_retained_has_arrived_after_follow(mosquitto: MosquittoServer):
    states = [
        NodeState(node="synth", instance=f"x{n}", incarnation=1, health="ready", pid=n)
        for n in range(300)
    ]
    async with connected(mosquitto.settings) as bus:
        for state in states:
            await bus.publish(NODE_STATE, state, node=state.node, instance=state.instance)

    async with connected(mosquitto.settings) as bus:
        directory = Directory()
        await directory.follow(bus)

    assert len(directory.nodes.states) == 300


async def test_the_report_asks_the_filter(mosquitto: MosquittoServer):
    state = NodeState(node="filter", instance="1", incarnation=1, health="ready", pid=1)
    queue = {"waiting_total": 2, "in_flight": [], "rooms": {"main": {"waiting": 2}}}
    async with connected(mosquitto.settings) as node, connected(mosquitto.settings) as bus:
        from ishowtts_schemas import CommandReply

        async def on_command(received):
            assert received.message == Command(name="queue")
            await node.reply(received.reply_to, CommandReply(ok=True, result=queue))

        node.subscribe(NODE_COMMAND, on_command, node="filter")
        await node.publish(NODE_STATE, state, node="filter", instance="1")
        directory = Directory()
        await directory.follow(bus)
        report = await read_report(bus, directory)

    assert report.queue == queue
    assert [row.waiting for row in report.rooms] == [2]


async def test_a_filter_that_does_not_answer_leaves_the_rest(mosquitto, monkeypatch):
    monkeypatch.setattr("ishowtts_cli.status.ANSWER_TIMEOUT_S", 0.05)
    state = NodeState(node="filter", instance="1", incarnation=1, health="ready", pid=1)
    async with connected(mosquitto.settings) as bus:
        await bus.publish(NODE_STATE, state, node="filter", instance="1")
        directory = Directory()
        await directory.follow(bus)
        report = await read_report(bus, directory)

    assert report.queue is None
    assert [row.health for row in report.nodes] == ["ready"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_and_lets_the_command_say_goodbye(number):
    said = []

    async def command():
        try:
            os.kill(os.getpid(), number)
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            said.append("goodbye")

    with pytest.raises(KeyboardInterrupt):
        run_async(command())
    assert said == ["goodbye"]
