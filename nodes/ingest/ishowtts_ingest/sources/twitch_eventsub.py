"""Twitch chat and events through EventSub: with an account, and with channel points."""

import asyncio
import importlib
import importlib.util
import sys
from typing import Any, ClassVar

from aiohttp import ClientSession, ClientWSTimeout

from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.network.addresses import check_address
from ishowtts_ingest.network.web import open_session
from ishowtts_ingest.seen_ids import SeenIds
from ishowtts_ingest.settings.twitch import TwitchEventsubSettings
from ishowtts_ingest.source import Channel, ChannelSource, Emit, SourceContext
from ishowtts_ingest.sources.registry import missing_text
from ishowtts_ingest.twitch.events import PLATFORM, Options
from ishowtts_ingest.twitch.eventsub_events import Scene, read_notification
from ishowtts_ingest.twitch.eventsub_link import Api, Link
from ishowtts_ingest.twitch.eventsub_payloads import Frame
from ishowtts_ingest.twitch.eventsub_session import OpenSocket, Timing
from ishowtts_ingest.twitch.names import normalise_login, normalise_token
from ishowtts_ingest.twitch.redemptions import Redemptions

LINKS = 3
CHANNELS_PER_LINK = 50
"""Twitch allows three connections per account, each with 300 subscriptions: six a channel."""
REMEMBERED_IDS = 10_000
CONNECT_TIMEOUT_S = 15.0
CLOSE_TIMEOUT_S = 0.5
SECTION = "ingest.twitch_eventsub"
_FULL = f"EventSub reads {LINKS * CHANNELS_PER_LINK} channels at most: use twitch_irc for more"


class TwitchEventsubSource(ChannelSource):
    """Reads what Twitch pushes; each notification counts once, however often it comes."""

    name: ClassVar[str] = "twitch_eventsub"
    platform: ClassVar[str] = PLATFORM

    def __init__(
        self,
        context: SourceContext,
        settings: TwitchEventsubSettings,
        timing: Timing = Timing(),  # noqa: B008 - a tuple of numbers
    ) -> None:
        super().__init__(context)
        self._settings = settings
        self._timing = timing
        self._options = Options(
            shared_chat=settings.shared_chat, reward_names=settings.reward_names
        )
        self._redemptions = Redemptions()
        self._seen = SeenIds(REMEMBERED_IDS)
        self._emit: Emit | None = None
        self._run: _Run | None = None

    def check(self) -> None:
        _check_installation()
        _check_settings(self._settings)

    def normalise(self, channel: str) -> str:
        return normalise_login(channel)

    def on_joined(self, channel: Channel) -> None:
        if self._run is not None:
            self._run.join(channel.name)

    def on_left(self, channel: Channel) -> None:
        if self._run is not None:
            self._run.leave(channel.name)

    async def run(self, emit: Emit) -> None:
        self._emit = emit
        # Half a second of imports, in which other sources are to be read.
        module = await asyncio.to_thread(
            importlib.import_module, "ishowtts_ingest.twitch.eventsub_api"
        )
        async with open_session(self.context.network, timeout_s=CONNECT_TIMEOUT_S) as http:
            api: Any = module.TwitchApi(http, self._settings)
            self._run = _Run(api, self, _opener(http), self._url(), self._timing)
            try:
                for channel in self.channels.values():
                    self.on_joined(channel)
                await asyncio.Event().wait()
            finally:
                run, self._run = self._run, None
                await run.close()
                await api.close()

    def hear(self, frame: Frame, name: str) -> None:
        """Pass on what a notification says, if its channel is read and it is new."""
        channel = self.channels.get(name)
        if channel is None or self._emit is None:
            return
        if not self._seen.add(frame.metadata.message_id):
            self.context.counters.add("ingest_repeated_total", source=self.name)
            return
        options = self._options._replace(own_login=self._run.login if self._run else "")
        scene = Scene(channel, self.context.clock_ns(), options, self._redemptions)
        reading = read_notification(frame, scene)
        for fault in reading.faults:
            self.count_invalid(fault)
        if reading.event is not None:
            self._emit(reading.event)

    def learn_rewards(self, titles: dict[str, str]) -> None:
        """Keep the names of channel-point rewards."""
        for reward_id, title in titles.items():
            self._redemptions.learn(reward_id, title)

    def _url(self) -> str:
        return f"{self._settings.url}?keepalive_timeout_seconds={self._settings.keepalive_s}"


class _Run:
    """The links of one `run`, and the channels for which they have no place."""

    def __init__(
        self,
        api: Api,
        source: TwitchEventsubSource,
        open_socket: OpenSocket,
        url: str,
        timing: Timing,
    ) -> None:
        self._api = api
        self._source = source
        self._open_link = lambda: Link(api, source, open_socket, url, timing)
        self._links: dict[Link, asyncio.Task[None]] = {}
        self._waiting: dict[str, None] = {}

    @property
    def login(self) -> str:
        return self._api.login

    def join(self, name: str) -> None:
        """Read a channel, now or when there is a place for it."""
        link = self._link_with_room()
        if link is not None:
            link.join(name)
        else:
            self._waiting[name] = None
            self._source.set_state(name, "failed", _FULL)

    def leave(self, name: str) -> None:
        """Stop reading a channel; who waited longest has its place."""
        self._waiting.pop(name, None)
        for link in self._links:
            if name in link.channels:
                link.leave(name)
                self._give_place(link)

    def _give_place(self, link: Link) -> None:
        name = next(iter(self._waiting), None)
        if name is not None:
            del self._waiting[name]
            self._source.set_state(name, "connecting")
            link.join(name)

    def _link_with_room(self) -> Link | None:
        for link in self._links:
            if len(link.channels) < CHANNELS_PER_LINK:
                return link
        if len(self._links) >= LINKS:
            return None
        link = self._open_link()
        self._links[link] = asyncio.create_task(link.run())
        return link

    async def close(self) -> None:
        """Close every socket."""
        for task in self._links.values():
            task.cancel()
        await asyncio.gather(*self._links.values(), return_exceptions=True)


def _opener(http: ClientSession) -> OpenSocket:
    async def open_socket(url: str) -> Any:
        timeout = ClientWSTimeout(ws_close=CLOSE_TIMEOUT_S)  # type: ignore[call-arg]
        return await http.ws_connect(url, timeout=timeout)

    return open_socket


def _check_installation() -> None:
    if sys.version_info < (3, 11):
        raise SourceError(
            "the twitch_eventsub source needs Python 3.11 or newer; twitch_irc reads chat with any"
        )
    if importlib.util.find_spec("twitchio") is None:
        raise SourceError(missing_text("twitch_eventsub", "twitchio"))


def _check_settings(settings: TwitchEventsubSettings) -> None:
    missing = [key for key in ("client_id", "token") if not getattr(settings, key)]
    if missing:
        names = " and ".join(f"{SECTION}.{key}" for key in missing)
        raise SourceError(f"the twitch_eventsub source needs an account: set {names}")
    if settings.refresh_token and not settings.client_secret:
        raise SourceError(f"{SECTION}.refresh_token needs client_secret beside it")
    normalise_token(settings.token, f"{SECTION}.token")
    for key, scheme in (("url", "wss"), ("api_url", "https"), ("id_url", "https")):
        check_address(getattr(settings, key), f"{SECTION}.{key}", scheme)
