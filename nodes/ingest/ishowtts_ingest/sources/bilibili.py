"""Chat, gifts and super chats of Bilibili live rooms, from the web or the official API."""

import asyncio
import logging
import re
import time
from typing import Any, ClassVar, NamedTuple

from aiohttp import ClientSession

from ishowtts_ingest.bilibili.connection import Connection, Timing
from ishowtts_ingest.bilibili.entrance import Entrance, Entry
from ishowtts_ingest.bilibili.errors import BilibiliError, RefusedError
from ishowtts_ingest.bilibili.messages import PLATFORM, Scene
from ishowtts_ingest.bilibili.open_live import OpenLiveEntry
from ishowtts_ingest.bilibili.web import MASKED, WebEntry
from ishowtts_ingest.channel_tasks import ChannelTasks
from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.network.addresses import check_address
from ishowtts_ingest.network.backoff import Backoff
from ishowtts_ingest.network.web import NETWORK_ERRORS, open_session
from ishowtts_ingest.settings.bilibili import BilibiliSettings
from ishowtts_ingest.source import Channel, ChannelSource, Emit, SourceContext
from ishowtts_ingest.tasks import run_until_first

_LOG = logging.getLogger("ishowtts.ingest")

_CHANNEL = re.compile(
    r"(?:(?:https?://)?(?:www\.)?live\.bilibili\.com/(?:h5/|blanc/)?)?0*([1-9]\d{0,14})/?(?:[?#]\S*)?",
    re.ASCII,
)
_SECRET = re.compile(r"[\x21-\x3a\x3c-\x7e]*", re.ASCII)

LONGEST_PAUSE_S = 60.0
LONGEST_REFUSED_PAUSE_S = 300.0
STEADY_AFTER_S = 60.0
ADDRESSES = ("api_url", "live_api_url", "open_api_url")
OPEN_LIVE_KEYS = ("access_key_id", "access_key_secret", "app_id", "identity_code")


class _Run(NamedTuple):
    """What lives as long as one `run`."""

    emit: Emit
    session: ClientSession
    entry: Entry


class BilibiliSource(ChannelSource):
    """One task and one WebSocket for each room; a room that fails leaves the others alone."""

    name: ClassVar[str] = "bilibili"
    platform: ClassVar[str] = PLATFORM

    def __init__(
        self,
        context: SourceContext,
        settings: BilibiliSettings,
        timing: Timing = Timing(),  # noqa: B008 - a tuple of numbers
    ) -> None:
        super().__init__(context)
        self._settings = settings
        self._timing = timing
        self._tasks = ChannelTasks()

    def check(self) -> None:
        if self._settings.mode == "open_live":
            missing = [key for key in OPEN_LIVE_KEYS if not getattr(self._settings, key)]
            if missing:
                names = ", ".join(f"ingest.bilibili.{key}" for key in missing)
                raise SourceError(f"the official API of Bilibili needs {names}")
        for key in ("sessdata", "access_key_id", "access_key_secret"):
            if not _SECRET.fullmatch(getattr(self._settings, key)):
                raise SourceError(f"ingest.bilibili.{key} holds characters that cannot be sent")
        for key in ADDRESSES:
            check_address(getattr(self._settings, key), f"ingest.bilibili.{key}", "https")

    def normalise(self, channel: str) -> str:
        found = _CHANNEL.fullmatch(channel)
        if found is None:
            shown = channel[:80]
            raise SourceError(f"{shown!r} is no Bilibili room: give its number or its address")
        return found.group(1)

    async def run(self, emit: Emit) -> None:
        async with open_session(self.context.network) as session:
            run = _Run(emit, session, self._entry(session))
            await self._tasks.run(self.channels, lambda name: self._read_room(name, run))

    def on_joined(self, channel: Channel) -> None:
        self._tasks.start(channel.name)

    def on_left(self, channel: Channel) -> None:
        self._tasks.end(channel.name)

    def _entry(self, session: ClientSession) -> Entry:
        if self._settings.mode == "open_live":
            clock_ns, heartbeat_s = self.context.clock_ns, self._timing.session_s
            return OpenLiveEntry(session, self._settings, clock_ns, heartbeat_s)
        return WebEntry(session, self._settings, self.context.clock_ns)

    async def _read_room(self, name: str, run: _Run) -> None:
        """Follow a room for as long as it is joined, again and again where it fails."""
        lost = Backoff(self._timing.lost_pause_s, LONGEST_PAUSE_S)
        refused = Backoff(self._timing.refused_pause_s, LONGEST_REFUSED_PAUSE_S)
        room = _Room(self, name, run)
        while True:
            started_at = time.monotonic()
            backoff = lost
            try:
                await room.follow(self._timing)
            except Exception as error:  # noqa: BLE001 - the one boundary around a room
                self._say_why(name, error)
                backoff = refused if isinstance(error, RefusedError) else lost
            if time.monotonic() - started_at >= STEADY_AFTER_S:
                lost.reset()
                refused.reset()
            await asyncio.sleep(backoff.next_s())
            self.set_state(name, "connecting", self.state(name).detail)

    def _say_why(self, name: str, error: Exception) -> None:
        reason = str(error) or type(error).__name__
        if isinstance(error, (BilibiliError, *NETWORK_ERRORS)):
            _LOG.warning("bilibili room %s: %s", name, reason)
        else:
            _LOG.error("bilibili room %s failed", name, exc_info=error)
        self.context.counters.add("ingest_reconnects_total", source=self.name)
        self.set_state(name, "failed", reason)


class _Room:
    """One room while it is joined."""

    def __init__(self, source: BilibiliSource, name: str, run: _Run) -> None:
        self._source = source
        self._name = name
        self._run = run
        self._attempt = 0
        self._alarmed = False

    async def follow(self, timing: Timing) -> None:
        """Enter, and read until that fails.

        Raises:
            BilibiliError: The platform refused, or the connection broke.
            aiohttp.ClientError: It cannot be reached.
        """
        async with self._run.entry.enter(self._name) as entrance:
            connection = Connection(
                self._run.session,
                timing,
                on_ready=lambda: self._ready(entrance),
                on_command=lambda command: self._hear(command, entrance),
                on_invalid=self._invalid,
            )
            url = entrance.urls[self._attempt % len(entrance.urls)]
            self._attempt += 1
            await run_until_first(connection.follow(url, entrance.auth), entrance.keep_alive())

    def _ready(self, entrance: Entrance) -> None:
        self._alarmed = bool(entrance.notice)
        if entrance.notice:
            _LOG.warning("bilibili room %s: %s", self._name, entrance.notice)
        self._source.set_state(self._name, "reading", entrance.notice)

    def _hear(self, command: dict[str, Any], entrance: Entrance) -> None:
        context = self._source.context
        scene = Scene(
            self._source.channels[self._name],
            entrance.room_id,
            entrance.owner,
            context.clock_ns(),
        )
        try:
            reading = entrance.read(command, scene)
        except ValueError as error:
            self._invalid("malformed", str(error))
            return
        if reading.ignored:
            context.counters.add(
                "ingest_ignored_total", source=self._source.name, reason=reading.ignored
            )
        if reading.masked:
            self._alarm()
        for event in reading.events:
            self._run.emit(event)

    def _alarm(self) -> None:
        """Whoever is masked cannot be told from others: said once, shown all the time."""
        self._source.context.counters.add("ingest_masked_total", source=self._source.name)
        if not self._alarmed:
            self._alarmed = True
            _LOG.warning("bilibili room %s: %s", self._name, MASKED)
            self._source.set_state(self._name, "reading", MASKED)

    def _invalid(self, reason: str, error: str) -> None:
        self._source.count_invalid(reason)
        _LOG.debug("bilibili room %s: %s", self._name, error)
