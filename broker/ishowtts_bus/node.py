"""The chassis of every node: presence, facts, counters, commands, supervised tasks."""

import asyncio
import importlib.metadata
import logging
import os
import time
from collections.abc import Coroutine
from typing import Any, ClassVar

from ishowtts_bus._commands import CommandHandler, CommandTable
from ishowtts_bus._stats import publish_stats
from ishowtts_bus.bus import Bus
from ishowtts_bus.errors import BusError, BusTakenOverError, NodeError
from ishowtts_bus.subscription import Received
from ishowtts_schemas import (
    Command,
    Health,
    NodeInfo,
    NodeKind,
    NodeState,
)
from ishowtts_schemas.topics import NODE_COMMAND, NODE_INFO, NODE_STATE

_LOG = logging.getLogger("ishowtts.node")

FAREWELL_TIMEOUT_S = 1.0


class Node:
    """One process role. Subclasses override `setup`, `teardown` and `info`.

    Attributes:
        kind: Level in the `node` topics.
        session_expiry_s: How long the broker keeps messages for this node while it is away.
    """

    kind: ClassVar[NodeKind]
    session_expiry_s: ClassVar[int] = 300

    def __init__(self, bus: Bus, instance: str = "1") -> None:
        self.bus = bus
        self.instance = instance
        self.incarnation = time.time_ns()
        self._health: Health = "starting"
        self._detail = ""
        self._announced = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._commands = CommandTable(self.kind)
        self._news = asyncio.Event()
        self._heard_itself = asyncio.Event()
        self._stop = asyncio.Event()
        self._error: Exception | None = None

    async def setup(self) -> None:
        """Subscribe, load, spawn.

        Raises:
            NodeError: The node cannot run.
        """

    async def catch_up(self) -> None:
        """Called once messages come in, before the node says that it is ready; bounded."""

    async def teardown(self) -> None:
        """Stop taking work; finish or fail what is under way."""

    def info(self) -> NodeInfo:
        """Facts for other nodes; override with `msgspec.structs.replace(super().info(), ...)`."""
        return NodeInfo(
            node=self.kind,
            instance=self.instance,
            incarnation=self.incarnation,
            version=importlib.metadata.version("ishowtts"),
        )

    def connected(self) -> None:
        """Called after each connect, before messages come; the first may come before `setup`."""

    def spawn(self, coroutine: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run a task for the node's life; if it raises, the node stops with that error."""
        task = asyncio.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)
        return task

    def on_command(self, name: str, handler: CommandHandler) -> None:
        """Answer `Command(name)` with what `handler(args)` returns, or its `CommandError`."""
        self._commands.add(name, handler)

    def report(self, detail: str) -> None:
        """Say in one sentence what the node is busy with; shown by `status`."""
        self._announce(self._health, detail)

    async def heard_retained(self) -> None:
        """Return when the broker has sent what it retained for what `setup` subscribed to.

        Its own state is what the node subscribes to last, and brokers keep to the order.
        """
        await self._heard_itself.wait()

    def announce_again(self) -> None:
        """What `info` says has changed."""
        self._news.set()

    async def start(self) -> None:
        """Announce the node, set it up, and let messages in.

        Raises:
            NodeError: It cannot run.
        """
        self.bus.hold()
        will = self._state("offline", "the process died")
        self.bus.set_will(NODE_STATE, will, node=self.kind, instance=self.instance)
        self.bus.on_connected = self._on_connected
        self.bus.on_fatal_error = self._fail
        await self.bus.start()
        self.spawn(self._keep_announced(), "presence")
        await self.setup()
        self._hear_about_itself()
        self.bus.release()
        await self.catch_up()
        stats = publish_stats(self.bus, self.kind, self.instance, self.incarnation)
        self.spawn(stats, "stats")
        self._announce("ready", "")

    async def stop(self) -> None:
        """Take leave: stop work, say goodbye, disconnect."""
        self._announce("stopping", "")
        await self.teardown()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._say_goodbye()
        await self.bus.close()

    def request_stop(self) -> None:
        """Make `run` return."""
        self._stop.set()

    async def run(self) -> None:
        """Start, serve until `request_stop` or a failure, stop.

        Raises:
            NodeError: It could not run, or one of its tasks failed.
        """
        starting = asyncio.ensure_future(self.start())
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stopping
        finally:
            starting.cancel()
            stopping.cancel()
            await self.stop()
        if self._error is not None:
            raise NodeError(f"{self.kind}: {self._error}") from self._error

    def _on_connected(self) -> None:
        self._news.set()
        self.connected()

    def _hear_about_itself(self) -> None:
        kind, instance = self.kind, self.instance
        self.bus.subscribe(NODE_STATE, self._on_own_state, node=kind, instance=instance)
        self.bus.subscribe(
            NODE_COMMAND, self._on_command, concurrency=4, node=kind, instance=instance
        )

    def _task_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            _LOG.error("task %s failed", task.get_name(), exc_info=error)
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._error = self._error or error
        self._stop.set()

    def _announce(self, health: Health, detail: str) -> None:
        self._health, self._detail = health, detail
        self._news.set()

    def _state(self, health: Health, detail: str) -> NodeState:
        return NodeState(
            node=self.kind,
            instance=self.instance,
            incarnation=self.incarnation,
            health=health,
            pid=os.getpid(),
            detail=detail,
        )

    async def _keep_announced(self) -> None:
        """Publish state and facts after each change and each connect; the last one wins."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self.bus.connected:
                await self._publish_presence()

    async def _publish_presence(self) -> None:
        kind, instance = self.kind, self.instance
        if self._health == "ready":
            await self.bus.publish(NODE_INFO, self.info(), node=kind, instance=instance)
        state = self._state(self._health, self._detail)
        await self.bus.publish(NODE_STATE, state, node=kind, instance=instance)
        self._announced = True  # what the broker kept of an earlier life is overwritten

    async def _say_goodbye(self) -> None:
        if not self.bus.connected:
            return
        state = self._state("offline", str(self._error or "stopped"))
        try:
            await self.bus.publish(
                NODE_STATE,
                state,
                timeout_s=FAREWELL_TIMEOUT_S,
                node=self.kind,
                instance=self.instance,
            )
        except BusError as error:
            _LOG.warning("could not say goodbye: %s", error)

    def _on_own_state(self, received: Received[NodeState]) -> None:
        """Tell a dead predecessor's late will from a living successor."""
        state = received.message
        if state.incarnation == self.incarnation:
            self._heard_itself.set()
        if state.incarnation < self.incarnation:
            self._news.set()
        elif state.incarnation > self.incarnation and self._announced and state.health != "offline":
            # Mosquitto 2.0 closes the older connection without a reason: both would fight for it.
            name = f"{self.kind} {self.instance}"
            self._fail(BusTakenOverError(f"another process runs as {name}; give one --instance"))

    async def _on_command(self, received: Received[Command]) -> None:
        reply = await self._commands.execute(received.message)
        if received.reply_to is not None:
            await self.bus.reply(received.reply_to, reply)
