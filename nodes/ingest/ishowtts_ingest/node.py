"""The ingest node: runs the sources and puts what they read on the bus."""

from pathlib import Path
from typing import Any, ClassVar, TypeVar

import msgspec
from msgspec.structs import replace

from ishowtts_bus import Bus, CommandError, Node, NodeError
from ishowtts_ingest.channels.memory import ChannelMemory
from ishowtts_ingest.channels.roster import ChannelRoster
from ishowtts_ingest.channels.running_sources import RunningSources
from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.settings import IngestSettings
from ishowtts_ingest.source import SourceContext
from ishowtts_ingest.sources.registry import create_source
from ishowtts_schemas import (
    ChannelInfo,
    ChannelStart,
    ChannelStop,
    ChannelStopped,
    NodeInfo,
    NodeKind,
)

T = TypeVar("T")

MEMORY_FILE = "channels.json"
MAX_NAMED = 5
"""Failures that the node's state names; `list` has all."""


class IngestNode(Node):
    """Chat in: each source has its own task, its own outbox and its own back-off.

    Args:
        bus: Not started.
        settings: What is read from the start.
        instance: Distinguishes several ingest nodes.
        data_dir: Where it keeps what was started at run time; None keeps nothing.
    """

    kind: ClassVar[NodeKind] = "ingest"

    def __init__(
        self,
        bus: Bus,
        settings: IngestSettings,
        instance: str = "1",
        data_dir: Path | None = None,
    ) -> None:
        super().__init__(bus, instance)
        self._settings = settings
        self._context = SourceContext(bus, network=settings.network)
        self._sources = RunningSources(
            bus,
            settings.buffer,
            lambda name: create_source(name, self._context, settings),
            self.spawn,
            self._report,
        )
        folder = None if data_dir is None else data_dir / f"ingest-{instance}"
        memory = ChannelMemory(None if folder is None else folder / MEMORY_FILE)
        self._channels = ChannelRoster(settings, self._sources, memory, bus.counters)

    async def setup(self) -> None:
        self.on_command("sources", self._on_sources_command)
        self.on_command("start", self._on_start_command)
        self.on_command("stop", self._on_stop_command)
        self.on_command("list", self._on_list_command)
        try:
            for name in self._settings.sources:
                self._sources.open(name)
            self._channels.begin()
        except SourceError as error:
            raise NodeError(str(error)) from None

    async def teardown(self) -> None:
        self._context.leaving = True
        await self._sources.close()
        if self._error is None:
            await self._channels.close()

    def info(self) -> NodeInfo:
        names = (runner.name for runner in self._sources.runners)
        return replace(super().info(), sources=tuple(names))

    def _report(self) -> None:
        """Name the sources and channels that fail, where `status` shows it."""
        failed = [runner for runner in self._sources.runners if runner.state == "failed"]
        told = [f"{one.name} failed: {one.error}" for one in failed]
        names = {one.name for one in failed}
        told += [
            f"{info.channel} failed: {info.detail}"
            for info in self._channels.list()
            if info.state == "failed" and info.source not in names
        ]
        more = [f"and {len(told) - MAX_NAMED} more"] if len(told) > MAX_NAMED else []
        self.report("; ".join(told[:MAX_NAMED] + more))

    async def _on_sources_command(self, _args: dict[str, Any]) -> list[dict[str, str]]:
        return [
            {"name": runner.name, "state": runner.state, "error": runner.error}
            for runner in self._sources.runners
        ]

    async def _on_start_command(self, args: dict[str, Any]) -> ChannelInfo:
        return await self._channels.start(_arguments(args, ChannelStart))

    async def _on_stop_command(self, args: dict[str, Any]) -> ChannelStopped:
        return await self._channels.stop(_arguments(args, ChannelStop))

    async def _on_list_command(self, _args: dict[str, Any]) -> list[ChannelInfo]:
        return self._channels.list()


def _arguments(args: dict[str, Any], kind: type[T]) -> T:
    try:
        return msgspec.convert(args, kind)
    except msgspec.ValidationError as error:
        raise CommandError("bad_request", str(error)) from None
