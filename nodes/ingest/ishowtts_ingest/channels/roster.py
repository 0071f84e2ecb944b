"""Which channels are read: those of the configuration, and what people said since."""

import asyncio
import logging
from typing import NamedTuple

from ishowtts_bus import CommandError, Counters
from ishowtts_ingest.channels.info import channel_info, channel_state
from ishowtts_ingest.channels.memory import (
    ChannelMemory,
    Remembered,
    StartedChannel,
    StoppedChannel,
)
from ishowtts_ingest.channels.names import sources_for, split_room
from ishowtts_ingest.channels.running_sources import RunningSources
from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.settings import IngestSettings
from ishowtts_ingest.source import Channel, ChannelSource, ChannelState
from ishowtts_ingest.sources.registry import CHANNEL_SOURCES
from ishowtts_schemas import ChannelInfo, ChannelStart, ChannelStop, ChannelStopped

_LOG = logging.getLogger("ishowtts.ingest")

MAX_CHANNELS = 500


class Key(NamedTuple):
    """One channel of one source."""

    source: str
    channel: str


class ChannelRoster:
    """Joins and leaves channels, and remembers what was done at run time.

    What was started stays started until it is stopped, over any restart. A configured channel
    that was stopped stays so over a crash; a clean end forgets that, so that the next start
    reads what the configuration says.
    """

    def __init__(
        self,
        settings: IngestSettings,
        sources: RunningSources,
        memory: ChannelMemory,
        counters: Counters,
    ) -> None:
        self._settings = settings
        self._sources = sources
        self._memory = memory
        self._counters = counters
        self._configured: dict[Key, Channel] = {}
        self._started: dict[Key, Channel] = {}
        self._stopped: set[Key] = set()
        self._lost: dict[Key, str] = {}
        self._one_at_a_time = asyncio.Lock()

    def begin(self) -> None:
        """Join what is configured and what was started before.

        Raises:
            SourceError: A configured channel is none, or its source cannot run.
        """
        for name in CHANNEL_SOURCES:
            self._configured.update(self._read_configuration(name))
        remembered = self._memory.load()
        self._stopped = {Key(one.source, one.channel) for one in remembered.stopped}
        self._stopped &= set(self._configured)
        for key, channel in self._configured.items():
            if key not in self._stopped:
                self._join(key, channel)
        for one in remembered.started:
            self._resume(one)

    async def start(self, wanted: ChannelStart) -> ChannelInfo:
        """Read a channel from now on.

        Raises:
            CommandError: It is none, it is read already, or its source cannot run.
        """
        async with self._one_at_a_time:
            key, channel = self._plan(wanted)
            try:
                self._join(key, channel)
            except SourceError as error:
                raise CommandError("unavailable", str(error)) from None
            self._stopped.discard(key)
            for name in sources_for(wanted):
                self._forget(Key(name, key.channel))
            if self._configured.get(key) != channel:
                self._started[key] = channel
            await self._save()
            return next(info for info in self.list() if (info.source, info.channel) == key)

    async def stop(self, unwanted: ChannelStop) -> ChannelStopped:
        """Read a channel no more; of it leaves at most what is on its way to the broker.

        Raises:
            CommandError: It is none.
        """
        async with self._one_at_a_time:
            names = self._concerned(sources_for(unwanted))
            keys = [self._key(name, unwanted.channel) for name in names]
            known = [key for key in keys if key in self._lost or self._is_read(key)]
            for key in known:
                self._leave(key)
            if not known:
                return ChannelStopped(status="idle", channel=None)
            await self._save()
            return ChannelStopped(status="stopped", channel=known[0].channel)

    def list(self) -> list[ChannelInfo]:
        """Every channel that is read or should be."""
        read = [
            channel_info(source.name, channel, channel_state(source, runner, channel.name))
            for source, runner in self._sources.channel_sources
            for channel in source.channels.values()
        ]
        lost = [
            channel_info(key.source, self._started[key], ChannelState("failed", detail))
            for key, detail in self._lost.items()
        ]
        return read + lost

    async def close(self) -> None:
        """The process ends because it was told to."""
        if self._stopped:
            self._stopped.clear()
            await self._save()

    def _read_configuration(self, name: str) -> dict[Key, Channel]:
        section = getattr(self._settings, name)
        found: dict[Key, Channel] = {}
        for text in section.channels:
            source = self._open(name)
            wish, room = split_room(text, section.room)
            try:
                channel = Channel(source.normalise(wish), room)
            except SourceError as error:
                raise SourceError(f"ingest.{name}.channels: {error}") from None
            found[Key(name, channel.name)] = channel
        return found

    def _resume(self, one: StartedChannel) -> None:
        """What was started once must not keep the node from starting."""
        key = Key(one.source, one.channel)
        if one.source not in CHANNEL_SOURCES:
            return
        channel = self._started[key] = Channel(one.channel, one.room, one.voice, one.engine)
        try:
            self._join(key, channel)
        except SourceError as error:
            _LOG.warning("%s is not read as before: %s", one.channel, error)
            self._lost[key] = str(error)

    def _plan(self, wanted: ChannelStart) -> tuple[Key, Channel]:
        """What is to be read, and by which source: the one that runs, or else the first."""
        names = sources_for(wanted)
        name = next((name for name in names if self._sources.find(name)), names[0])
        key = self._named(name, wanted.channel)
        for other in names:
            if self._is_read(Key(other, key.channel)):
                raise CommandError("conflict", f"{key.channel} is read already")
        if len(self.list()) >= MAX_CHANNELS:
            raise CommandError("failed", f"{MAX_CHANNELS} channels are read already")
        room = wanted.room or getattr(self._settings, name).room
        return key, Channel(key.channel, room, wanted.voice, wanted.engine)

    def _named(self, name: str, text: str) -> Key:
        """The channel that a person means."""
        try:
            source = self._sources.find(name) or self._sources.create(name)
        except SourceError as error:
            raise CommandError("unavailable", str(error)) from None
        try:
            return Key(name, _as_channel_source(source).normalise(text.strip()))
        except SourceError as error:
            raise CommandError("bad_request", str(error)) from None

    def _concerned(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those that may read something; the others need not even be imported."""
        lost = {key.source for key in self._lost}
        return tuple(n for n in names if n in lost or self._sources.find(n)) or names[:1]

    def _key(self, name: str, text: str) -> Key:
        """The same, for a source that may not even be installed."""
        try:
            return self._named(name, text)
        except CommandError as error:
            if error.code != "unavailable":
                raise
            return Key(name, text.strip())

    def _open(self, name: str) -> ChannelSource:
        return _as_channel_source(self._sources.open(name))

    def _is_read(self, key: Key) -> bool:
        source = self._sources.find(key.source)
        return isinstance(source, ChannelSource) and key.channel in source.channels

    def _join(self, key: Key, channel: Channel) -> None:
        self._open(key.source).join(channel)

    def _forget(self, key: Key) -> None:
        """What was started before: otherwise two sources might read one channel after a restart."""
        self._lost.pop(key, None)
        self._started.pop(key, None)

    def _leave(self, key: Key) -> None:
        self._forget(key)
        if key in self._configured:
            self._stopped.add(key)
        source = self._sources.find(key.source)
        if isinstance(source, ChannelSource) and source.leave(key.channel):
            self._sources.withdraw(key.source, key.channel)

    async def _save(self) -> None:
        """Reading goes on where it cannot be remembered."""
        remembered = Remembered(
            started=tuple(_started(key, channel) for key, channel in self._started.items()),
            stopped=tuple(
                StoppedChannel(source=key.source, channel=key.channel)
                for key in sorted(self._stopped)
            ),
        )
        try:
            await asyncio.to_thread(self._memory.save, remembered)
        except OSError as error:
            self._counters.add("ingest_channels_unsaved_total")
            _LOG.warning("what is read cannot be remembered: %s", error)


def _as_channel_source(source: object) -> ChannelSource:
    if not isinstance(source, ChannelSource):
        raise SourceError(f"{type(source).__name__} is no source of channels")
    return source


def _started(key: Key, channel: Channel) -> StartedChannel:
    return StartedChannel(
        source=key.source,
        channel=key.channel,
        room=channel.room,
        voice=channel.voice,
        engine=channel.engine,
    )
