"""The ingest node: runs the sources and puts what they read on the bus."""

import asyncio
from typing import Any, ClassVar

from msgspec.structs import replace

from ishowtts_bus import Bus, Node, NodeError, Outbox
from ishowtts_ingest.outbox import emit_into, open_outbox
from ishowtts_ingest.runner import SourceRunner
from ishowtts_ingest.settings import IngestSettings
from ishowtts_ingest.sources.base import Source, SourceContext, SourceError
from ishowtts_ingest.sources.registry import build_source
from ishowtts_schemas import NodeInfo, NodeKind

PUBLISHERS = 32
CLOSE_TIMEOUT_S = 1.0


class IngestNode(Node):
    """Chat in: each source has its own task, its own outbox and its own back-off."""

    kind: ClassVar[NodeKind] = "ingest"

    def __init__(self, bus: Bus, settings: IngestSettings, instance: str = "1") -> None:
        super().__init__(bus, instance)
        self._settings = settings
        self._context = SourceContext(bus, network=settings.network)
        self._runners: dict[str, SourceRunner] = {}
        self._running: list[asyncio.Task[Any]] = []
        self._outboxes: list[Outbox] = []

    async def setup(self) -> None:
        self.on_command("sources", self._on_sources_command)
        try:
            names = dict.fromkeys(self._settings.sources)
            sources = [build_source(name, self._context, self._settings) for name in names]
        except SourceError as error:
            raise NodeError(str(error)) from None
        for source in sources:
            self._start_source(source)

    async def teardown(self) -> None:
        self._context.leaving = True
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        timeout_s = CLOSE_TIMEOUT_S if self.bus.connected else 0.0
        await asyncio.gather(*(outbox.close(timeout_s) for outbox in self._outboxes))

    def info(self) -> NodeInfo:
        return replace(super().info(), sources=tuple(self._runners))

    def _start_source(self, source: Source) -> None:
        outbox = open_outbox(self.bus, source.name, self._settings.buffer)
        runner = SourceRunner(source, emit_into(outbox), self.bus.counters, self._report)
        self._outboxes.append(outbox)
        self._runners[source.name] = runner
        for number in range(PUBLISHERS):
            self.spawn(outbox.publish_forever(), f"publish-{source.name}-{number}")
        self._running.append(self.spawn(runner.run(), f"source-{source.name}"))

    def _report(self) -> None:
        """Name the sources that fail, where `status` shows it."""
        failed = [runner for runner in self._runners.values() if runner.state == "failed"]
        self.report("; ".join(f"{one.name} failed: {one.error}" for one in failed))

    async def _on_sources_command(self, _args: dict[str, Any]) -> list[dict[str, str]]:
        return [
            {"name": runner.name, "state": runner.state, "error": runner.error}
            for runner in self._runners.values()
        ]
