"""Twitch chat over IRC: the way that needs no account."""

import asyncio
import functools
from typing import ClassVar

from aiohttp import ClientSession, ClientWebSocketResponse, ClientWSTimeout

from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.network.addresses import LOOPBACK, scheme_and_host
from ishowtts_ingest.network.web import open_session
from ishowtts_ingest.settings.twitch import TwitchIrcSettings
from ishowtts_ingest.source import Channel, ChannelSource, Emit, SourceContext
from ishowtts_ingest.twitch.connection import Wiring
from ishowtts_ingest.twitch.events import PLATFORM, Options, read_event
from ishowtts_ingest.twitch.irc import Line
from ishowtts_ingest.twitch.limits import PERIOD_S, Gate, Turnstile
from ishowtts_ingest.twitch.names import is_login, normalise_login, normalise_token
from ishowtts_ingest.twitch.pool import Pool
from ishowtts_ingest.twitch.session import Account, Pace

LOGINS_PER_10_S = 20
CONNECT_TIMEOUT_S = 15.0
CLOSE_TIMEOUT_S = 0.5


class TwitchIrcSource(ChannelSource):
    """Reads any number of channels; what is downstream never makes it wait."""

    name: ClassVar[str] = "twitch_irc"
    platform: ClassVar[str] = PLATFORM

    def __init__(self, context: SourceContext, settings: TwitchIrcSettings) -> None:
        super().__init__(context)
        self._settings = settings
        self._options = Options()
        self._emit: Emit | None = None
        self._pool: Pool | None = None

    def check(self) -> None:
        _check_url(self._settings)
        _account(self._settings)

    def normalise(self, channel: str) -> str:
        return normalise_login(channel)

    def on_joined(self, channel: Channel) -> None:
        if self._pool is not None:
            self._join(self._pool, channel.name)

    def on_left(self, channel: Channel) -> None:
        if self._pool is not None:
            self._pool.leave(channel.name)

    async def run(self, emit: Emit) -> None:
        account = _account(self._settings)
        self._emit = emit
        self._options = Options(
            own_login=account.nick if account else "",
            shared_chat=self._settings.shared_chat,
            reward_names=self._settings.reward_names,
        )
        async with open_session(self.context.network, timeout_s=CONNECT_TIMEOUT_S) as http:
            pool = self._pool = Pool(
                self._wiring(http, account), self._settings.channels_per_connection
            )
            try:
                for name in self.channels:
                    self._join(pool, name)
                await asyncio.Event().wait()
            finally:
                self._pool = None
                await pool.close()

    def hear(self, line: Line) -> None:
        """Pass on what a line says, if its channel is read."""
        channel = self.channels.get(line.channel)
        if channel is None or self._emit is None:
            return
        reading = read_event(line, channel, self.context.clock_ns(), self._options)
        for fault in reading.faults:
            self.count_invalid(fault)
        if reading.ignored:
            self.context.counters.add(
                "ingest_ignored_total", source=self.name, reason=reading.ignored
            )
        if reading.event is not None:
            self._emit(reading.event)

    def count_reconnect(self) -> None:
        self.context.counters.add("ingest_reconnects_total", source=self.name)

    def _join(self, pool: Pool, name: str) -> None:
        """A name that nobody normalised must not end the connection of the others."""
        if is_login(name):
            pool.join(name)
        else:
            self.set_state(name, "failed", "this is no name of a Twitch channel")

    def _wiring(self, http: ClientSession, account: Account | None) -> Wiring:
        settings = self._settings
        return Wiring(
            open_socket=functools.partial(_open_socket, http, settings.url),
            account=account,
            listener=self,
            pace=Pace(settings.ping_after_s, settings.pong_timeout_s),
            join_gate=Gate(Turnstile(settings.joins_per_10_s, PERIOD_S)),
            login_gate=Gate(Turnstile(LOGINS_PER_10_S, PERIOD_S)),
        )


async def _open_socket(http: ClientSession, url: str) -> ClientWebSocketResponse:
    timeout = ClientWSTimeout(ws_close=CLOSE_TIMEOUT_S)  # type: ignore[call-arg]
    return await http.ws_connect(url, timeout=timeout)  # type: ignore[return-value]


def _check_url(settings: TwitchIrcSettings) -> None:
    scheme, host = scheme_and_host(settings.url)
    if scheme not in {"ws", "wss"}:
        raise SourceError("ingest.twitch_irc.url is no WebSocket address: write wss://host:port")
    if settings.token and scheme == "ws" and host not in LOOPBACK:
        raise SourceError("ingest.twitch_irc.url must begin with wss:// to keep the token secret")


def _account(settings: TwitchIrcSettings) -> Account | None:
    """The account of the settings; None to read as nobody."""
    token = normalise_token(settings.token)
    if not token:
        return None
    if not settings.login:
        raise SourceError("ingest.twitch_irc.token needs the account's name: set login beside it")
    return Account(normalise_login(settings.login), token)
