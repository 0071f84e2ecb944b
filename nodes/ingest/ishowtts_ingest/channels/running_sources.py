"""The sources of this node while they run."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from ishowtts_bus import Bus, Outbox
from ishowtts_ingest.channels.source_runner import SourceRunner
from ishowtts_ingest.outbox import emit_into, open_outbox
from ishowtts_ingest.source import ChannelSource, Source
from ishowtts_schemas import ChatMessage, Part

PUBLISHERS = 32
CLOSE_TIMEOUT_S = 1.0


class _Running(NamedTuple):
    source: Source
    runner: SourceRunner
    outbox: Outbox


class RunningSources:
    """Sources by name, each with its own task, outbox and back-off.

    Args:
        bus: Where their events go.
        buffer: Events kept for each while the broker is away.
        create: Makes a source, unchecked; raises SourceError where it cannot.
        spawn: Runs a task for the node's life.
        on_change: Called when a source or one of its channels fares differently.
    """

    def __init__(
        self,
        bus: Bus,
        buffer: int,
        create: Callable[[str], Source],
        spawn: Callable[[Coroutine[Any, Any, Any], str], asyncio.Task[Any]],
        on_change: Callable[[], None],
    ) -> None:
        self.create = create
        self._bus = bus
        self._buffer = buffer
        self._spawn = spawn
        self._on_change = on_change
        self._running: dict[str, _Running] = {}
        self._tasks: list[asyncio.Task[Any]] = []

    @property
    def runners(self) -> list[SourceRunner]:
        return [running.runner for running in self._running.values()]

    @property
    def channel_sources(self) -> list[tuple[ChannelSource, SourceRunner]]:
        """Those whose channels come and go."""
        return [
            (running.source, running.runner)
            for running in self._running.values()
            if isinstance(running.source, ChannelSource)
        ]

    def find(self, name: str) -> Source | None:
        """A source that runs."""
        running = self._running.get(name)
        return None if running is None else running.source

    def open(self, name: str) -> Source:
        """The source of that name; it runs from now on if it did not.

        Raises:
            SourceError: There is none, or it cannot run.
        """
        known = self.find(name)
        if known is not None:
            return known
        source = self.create(name)
        source.check()
        self._run(name, source)
        return source

    def withdraw(self, name: str, channel: str) -> None:
        """Drop what a source has read of a channel and is not on its way to the broker yet."""
        self._running[name].outbox.withdraw(lambda message: _is_of(message, channel))

    async def close(self) -> None:
        """Stop reading, then wait, bounded, until what was read is published."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        timeout_s = CLOSE_TIMEOUT_S if self._bus.connected else 0.0
        outboxes = [running.outbox for running in self._running.values()]
        await asyncio.gather(*(outbox.close(timeout_s) for outbox in outboxes))

    def _run(self, name: str, source: Source) -> None:
        outbox = open_outbox(self._bus, source.name, self._buffer)
        runner = SourceRunner(source, emit_into(outbox), self._bus.counters, self._on_change)
        if isinstance(source, ChannelSource):
            source.on_state = self._on_change
        self._running[name] = _Running(source, runner, outbox)
        for number in range(PUBLISHERS):
            self._spawn(outbox.publish_forever(), f"publish-{name}-{number}")
        self._tasks.append(self._spawn(runner.run(), f"source-{name}"))
        self._on_change()


def _is_of(message: Part, channel: str) -> bool:
    return isinstance(message, ChatMessage) and message.channel == channel
