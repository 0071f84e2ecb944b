"""Lives of an ingest node's channels, one after the other, on one file."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from ishowtts_bus import CommandError, MemoryBroker
from ishowtts_ingest.channels.memory import ChannelMemory
from ishowtts_ingest.channels.roster import ChannelRoster
from ishowtts_ingest.channels.running_sources import RunningSources
from ishowtts_ingest.settings import IngestSettings
from ishowtts_ingest.settings.twitch import TwitchIrcSettings
from ishowtts_ingest.source import SourceContext
from ishowtts_schemas import ChannelStart, ChannelStop
from tests.ingest.fake_channels import FakeFactory


class Life:
    """One life of an ingest node's channels; the file is all that outlives it."""

    def __init__(self, file: Path | None, settings: IngestSettings) -> None:
        self.bus = MemoryBroker().bus("ingest")
        self.factory = FakeFactory()
        self.changes = 0
        context = SourceContext(self.bus)
        self.sources = RunningSources(
            self.bus,
            settings.buffer,
            lambda name: self.factory.create(name, context),
            self._spawn,
            self._changed,
        )
        self.channels = ChannelRoster(
            settings, self.sources, ChannelMemory(file), self.bus.counters
        )
        self._tasks: list[asyncio.Task[Any]] = []

    async def start(self, channel: str = "ann", platform: str = "twitch", **more: Any):
        return await self.channels.start(ChannelStart(platform=platform, channel=channel, **more))

    async def stop(self, channel: str = "ann", platform: str = "twitch", **more: Any):
        return await self.channels.stop(ChannelStop(platform=platform, channel=channel, **more))

    def read(self) -> dict[str, str]:
        """Channel to room, of all that are read."""
        return {one.channel: one.room for one in self.channels.list() if one.state == "reading"}

    async def kill(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, coroutine: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        self._tasks.append(asyncio.create_task(coroutine, name=name))
        return self._tasks[-1]

    def _changed(self) -> None:
        self.changes += 1


class Lives:
    def __init__(self, file: Path) -> None:
        self.file = file
        self._lives: list[Life] = []

    def new(self, settings: IngestSettings | None = None, *, begin: bool = True) -> Life:
        life = Life(self.file, settings or IngestSettings())
        self._lives.append(life)
        if begin:
            life.channels.begin()
        return life

    async def end(self) -> None:
        for life in self._lives:
            await life.kill()


def configured(*channels: str, room: str = "main") -> IngestSettings:
    return IngestSettings(twitch_irc=TwitchIrcSettings(channels=channels, room=room))


async def refused(work: Coroutine[Any, Any, Any]) -> tuple[str, str]:
    with pytest.raises(CommandError) as caught:
        await work
    return caught.value.code, str(caught.value)
