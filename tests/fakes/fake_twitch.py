"""Twitch's chat on loopback: IRC over WebSocket, as far as a reader meets it."""

import asyncio
import contextlib
import itertools
import time
import uuid
from collections.abc import AsyncIterator
from typing import NamedTuple

from aiohttp import WSMsgType, web
from msgspec.structs import replace

from ishowtts_ingest.settings.twitch import TwitchIrcSettings
from ishowtts_ingest.source import SourceContext
from ishowtts_ingest.sources.twitch_irc import TwitchIrcSource
from tests.fakes.serving import serving

_SERVER = "tmi.twitch.tv"
_ESCAPES = {"\\": "\\\\", ";": "\\:", " ": "\\s", "\r": "\\r", "\n": "\\n"}


class Join(NamedTuple):
    """A JOIN that came: when, on the loop's clock, and on which connection."""

    at_s: float
    channel: str
    connection: int


class Client:
    """One connection of a reader."""

    def __init__(self, number: int, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.number = number
        self.socket = socket
        self.nick = ""
        self.channels: set[str] = set()
        self.pongs: asyncio.Queue[str] = asyncio.Queue()
        self._request = request

    async def send(self, *lines: str) -> None:
        """Send whole lines in one frame."""
        await self.send_frame("".join(f"{line}\r\n" for line in lines))

    async def send_frame(self, frame: str | bytes) -> None:
        """Send a frame as it is; a reader that is gone does not matter."""
        with contextlib.suppress(ConnectionError):
            if isinstance(frame, bytes):
                await self.socket.send_bytes(frame)
            else:
                await self.socket.send_str(frame)

    def cut(self) -> None:
        """Break the connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()


class FakeTwitch:
    """A server whose behaviour a test may spoil.

    Attributes:
        received: Every command that came, in order.
        joins: Every JOIN that came.
        logins_s: When each login came, on the loop's clock.
        contacts: Connections so far.
        clients: Connections that are open.
        refusal: What a login is answered with, if anything.
        accounts_count: Whether a login with an account is taken.
        missing: Channels that do not exist: nothing is answered for them.
        suspended: Channels that are closed.
        deaf: Whether nothing is answered any more.
    """

    def __init__(self) -> None:
        self.received: list[str] = []
        self.joins: list[Join] = []
        self.logins_s: list[float] = []
        self.contacts = 0
        self.clients: list[Client] = []
        self.refusal = ""
        self.accounts_count = True
        self.missing: set[str] = set()
        self.suspended: set[str] = set()
        self.deaf = False
        self.port = 0
        self._runner: web.AppRunner | None = None
        self._pings = itertools.count(1)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        """Listen; a second start listens on the same port again."""
        app = web.Application()
        app.router.add_get("/", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port or self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Break every connection and listen no more."""
        self.cut()
        if self._runner is not None:
            await self._runner.cleanup()

    def reading(self, channel: str) -> list[Client]:
        """Who has joined a channel."""
        return [client for client in self.clients if channel in client.channels]

    async def say(self, channel: str, text: str, nick: str = "ann", **tags: str) -> str:
        """A message in a channel; gives its id."""
        line, message_id = chat_line(channel, text, nick, **tags)
        await self.broadcast(channel, line)
        return message_id

    async def broadcast(self, channel: str, *lines: str) -> None:
        """Raw lines to all who read a channel, in one frame."""
        for client in self.reading(channel):
            await client.send(*lines)

    async def frames(self, *frames: str | bytes) -> None:
        """Raw frames to everyone."""
        for client in list(self.clients):
            for frame in frames:
                await client.send_frame(frame)

    async def ping(self, timeout_s: float = 5.0) -> float:
        """Ask every reader whether it is there; gives the longest time to an answer."""
        started_s = time.monotonic()
        token = f"are-you-there-{next(self._pings)}"
        for client in list(self.clients):
            await client.send(f"PING :{token}")
        for client in list(self.clients):
            while await asyncio.wait_for(client.pongs.get(), timeout_s) != token:
                pass
        return time.monotonic() - started_s

    async def reconnect(self) -> None:
        """Ask every reader to connect anew; the old connections stay open."""
        for client in list(self.clients):
            await client.send(f":{_SERVER} RECONNECT")

    def cut(self) -> None:
        """Break every connection without a word."""
        for client in list(self.clients):
            client.cut()

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        client = Client(self.contacts, socket, request)
        self.contacts += 1
        self.clients.append(client)
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    for command in frame.data.splitlines():
                        await self._on_command(client, command)
        finally:
            self.clients.remove(client)
        return socket

    async def _on_command(self, client: Client, command: str) -> None:
        self.received.append(command)
        if self.deaf:
            return
        verb, _, rest = command.partition(" ")
        match verb:
            case "CAP":
                wanted = rest.partition(":")[2]
                await client.send(f":{_SERVER} CAP * ACK :{wanted}")
            case "NICK":
                await self._welcome(client, rest)
            case "JOIN":
                for name in rest.split(","):
                    await self._on_join(client, name.removeprefix("#"))
            case "PART":
                client.channels.discard(rest.removeprefix("#"))
                await client.send(f"{_from(client.nick)} PART {rest}")
            case "PING":
                await client.send(f":{_SERVER} PONG {_SERVER} {rest}")
            case "PONG":
                client.pongs.put_nowait(rest.removeprefix(":"))

    async def _welcome(self, client: Client, nick: str) -> None:
        client.nick = nick
        self.logins_s.append(asyncio.get_running_loop().time())
        refusal = self.refusal
        if not (self.accounts_count or nick.startswith("justinfan")):
            refusal = "Login authentication failed"
        if refusal:
            await client.send(f":{_SERVER} NOTICE * :{refusal}")
            await client.socket.close()
            return
        await client.send(
            f":{_SERVER} 001 {nick} :Welcome, GLHF!",
            f":{_SERVER} 002 {nick} :Your host is {_SERVER}",
            f":{_SERVER} 375 {nick} :-",
            f":{_SERVER} 376 {nick} :>",
        )

    async def _on_join(self, client: Client, name: str) -> None:
        loop = asyncio.get_running_loop()
        self.joins.append(Join(loop.time(), name, client.number))
        if name in self.missing:
            return
        if name in self.suspended:
            notice = "This channel does not exist or has been suspended."
            await client.send(f"@msg-id=msg_channel_suspended :{_SERVER} NOTICE #{name} :{notice}")
            return
        client.channels.add(name)
        host = f"{client.nick}.{_SERVER}"
        await client.send(f"{_from(client.nick)} JOIN #{name}")
        await client.send(
            f":{host} 353 {client.nick} = #{name} :{client.nick}",
            f":{host} 366 {client.nick} #{name} :End of /NAMES list",
            f"@emote-only=0;room-id=1;slow=0 :{_SERVER} ROOMSTATE #{name}",
        )


def escape(value: str) -> str:
    """A tag's value as it travels."""
    return "".join(_ESCAPES.get(character, character) for character in value)


def tag_line(tags: dict[str, str], rest: str) -> str:
    """A line with tags; names may be written with `_` for `-`."""
    if not tags:
        return rest
    pairs = [f"{name.replace('_', '-')}={escape(value)}" for name, value in tags.items()]
    return f"@{';'.join(pairs)} {rest}"


def chat_line(channel: str, text: str, nick: str = "ann", **tags: str) -> tuple[str, str]:
    """A message as Twitch sends it, and its id."""
    every = {
        "badge_info": "",
        "badges": "",
        "color": "#1E90FF",
        "display_name": nick.title(),
        "emotes": "",
        "first_msg": "0",
        "flags": "",
        "id": str(uuid.uuid4()),
        "mod": "0",
        "room_id": "1",
        "subscriber": "0",
        "tmi_sent_ts": "1700000000123",
        "turbo": "0",
        "user_id": str(sum(map(ord, nick))),
        "user_type": "",
        **tags,
    }
    return tag_line(every, f"{_from(nick)} PRIVMSG #{channel} :{text}"), every["id"]


def _from(nick: str) -> str:
    return f":{nick}!{nick}@{nick}.{_SERVER}"


QUICK = TwitchIrcSettings(ping_after_s=30.0, pong_timeout_s=5.0)
"""Settings of a test, but for the address."""


class TwitchPlatform:
    """The fake as the sources' contract wants it."""

    channel = "https://www.twitch.tv/Ann_Plays?x=1"

    def __init__(self, fake: FakeTwitch) -> None:
        self.fake = fake

    @property
    def contacts(self) -> int:
        return self.fake.contacts

    @property
    def open(self) -> int:
        return len(self.fake.clients)

    def build(self, its: SourceContext) -> TwitchIrcSource:
        return TwitchIrcSource(its, replace(QUICK, url=self.fake.url))

    async def say(self, text: str) -> None:
        await self.fake.say("ann_plays", text)


@contextlib.asynccontextmanager
async def twitch() -> AsyncIterator[TwitchPlatform]:
    """A platform for the contract of the sources."""
    async with serving(FakeTwitch()) as fake:
        yield TwitchPlatform(fake)
