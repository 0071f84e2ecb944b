"""YouTube live chat through the official API."""

import asyncio
import logging
import random
import re
from typing import ClassVar

from ishowtts_ingest.channel_tasks import ChannelTasks
from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.network.addresses import check_address
from ishowtts_ingest.network.backoff import Backoff
from ishowtts_ingest.network.web import open_session
from ishowtts_ingest.settings.youtube import YoutubeSettings
from ishowtts_ingest.source import Channel, ChannelSource, Emit, SourceContext
from ishowtts_ingest.youtube.api import YoutubeApi
from ishowtts_ingest.youtube.errors import (
    NotLiveError,
    OverError,
    QuotaError,
    RefusedError,
    YoutubeError,
)
from ishowtts_ingest.youtube.events import PLATFORM, Reading
from ishowtts_ingest.youtube.names import is_video, normalise
from ishowtts_ingest.youtube.quota import Quota
from ishowtts_ingest.youtube.reader import Pauses, Reader

_LOG = logging.getLogger("ishowtts.ingest")

LONGEST_LOST_PAUSE_S = 60.0
LONGEST_REFUSED_PAUSE_S = 3600.0
LONGEST_IDLE_PAUSE_S = 300.0
SPREAD_S = 30.0
"""When the quota begins anew, not everybody is to ask at once."""
_KEY = re.compile(r"[\x21-\x7e]*")


class YoutubeSource(ChannelSource):
    """One task for each video or channel; all of them share the key's quota."""

    name: ClassVar[str] = "youtube"
    platform: ClassVar[str] = PLATFORM

    def __init__(
        self,
        context: SourceContext,
        settings: YoutubeSettings,
        pauses: Pauses = Pauses(),  # noqa: B008 - a tuple of numbers
    ) -> None:
        super().__init__(context)
        self._settings = settings
        self._pauses = pauses
        self._quota = Quota(settings.daily_units, settings.stream_hours * 3600)
        self._tasks = ChannelTasks()
        self._reading: set[str] = set()

    def check(self) -> None:
        if not self._settings.api_key:
            raise SourceError("the youtube source needs a key: set ingest.youtube.api_key")
        if not _KEY.fullmatch(self._settings.api_key):
            raise SourceError("ingest.youtube.api_key holds characters that cannot be sent")
        check_address(self._settings.api_url, "ingest.youtube.api_url", "https")

    def normalise(self, channel: str) -> str:
        return normalise(channel)

    def on_joined(self, channel: Channel) -> None:
        self._tasks.start(channel.name)

    def on_left(self, channel: Channel) -> None:
        self._reading.discard(channel.name)
        self._tasks.end(channel.name)

    async def run(self, emit: Emit) -> None:
        async with open_session(self.context.network) as session:
            api = YoutubeApi(session, self._settings, self._quota, self._now_s)
            try:
                await self._tasks.run(
                    self.channels, lambda name: _Follower(self, name, emit, api).run()
                )
            finally:
                self._reading.clear()

    def reader(self, name: str, listener: "_Follower", api: YoutubeApi) -> Reader:
        """A reader of one channel."""
        return Reader(
            api,
            listener,
            channel=lambda: self.channels[name],
            pace_s=lambda: self._quota.pause_s(len(self._reading), self._now_s()),
            now_ns=self.context.clock_ns,
            pauses=self._pauses,
        )

    def tell_reading(self, name: str, note: str) -> None:
        """A channel's chat has been looked into."""
        self._reading.add(name)
        self.set_state(name, "reading", note)

    def tell_failed(self, name: str, reason: str) -> None:
        """A channel cannot be read now."""
        self._reading.discard(name)
        if name in self.channels and self.state(name).detail != reason:
            _LOG.warning("youtube %s: %s", name, reason)
        self.set_state(name, "failed", reason)

    @property
    def pauses(self) -> Pauses:
        return self._pauses

    def _now_s(self) -> float:
        return self.context.clock_ns() / 1e9


class _Follower:
    """Reads one channel for as long as it is joined, again and again where that fails."""

    def __init__(self, source: YoutubeSource, name: str, emit: Emit, api: YoutubeApi) -> None:
        self._source = source
        self._name = name
        self._emit = emit
        self._reader = source.reader(name, self, api)
        pauses = source.pauses
        self._lost = Backoff(pauses.lost_s, LONGEST_LOST_PAUSE_S)
        self._refused = Backoff(pauses.refused_s, LONGEST_REFUSED_PAUSE_S)
        self._idle = Backoff(pauses.idle_s, LONGEST_IDLE_PAUSE_S)

    async def run(self) -> None:
        """Until cancelled, or until a video's chat is over."""
        while True:
            pause_s = await self._follow()
            if pause_s is None:
                return
            await asyncio.sleep(pause_s)

    def hear(self, reading: Reading) -> None:
        if reading.event is not None:
            self._emit(reading.event)

    def count(self, counter: str, reason: str) -> None:
        self._source.context.counters.add(counter, source=self._source.name, reason=reason)

    def on_reading(self, note: str) -> None:
        for backoff in (self._lost, self._refused, self._idle):
            backoff.reset()
        self._source.tell_reading(self._name, note)

    async def _follow(self) -> float | None:
        """Read until that fails; the pause before the next try, None for no other."""
        try:
            await self._reader.follow()
        except YoutubeError as error:
            self._source.tell_failed(self._name, str(error))
            return self._pause_s(error)
        except Exception as error:  # noqa: BLE001 - the one boundary around a channel
            _LOG.exception("youtube %s failed", self._name)
            self._source.tell_failed(self._name, str(error) or type(error).__name__)
        return self._lost.next_s()

    def _pause_s(self, error: YoutubeError) -> float | None:
        match error:
            case QuotaError():
                return error.wait_s + random.random() * SPREAD_S
            case OverError() if is_video(self._name):
                return None
            case OverError() | NotLiveError():
                return self._idle.next_s()
            case RefusedError():
                return self._refused.next_s()
            case _:
                return self._lost.next_s()
