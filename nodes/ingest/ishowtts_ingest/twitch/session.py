"""One WebSocket to Twitch's chat, from login to its end."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from aiohttp import ClientWebSocketResponse, WSMsgType

from ishowtts_ingest.lines import MAX_LINE_BYTES, LineSplitter
from ishowtts_ingest.source import ChannelPhase
from ishowtts_ingest.tasks import is_set_within, run_until_first
from ishowtts_ingest.twitch.errors import ConnectionLostError, LoginRefusedError
from ishowtts_ingest.twitch.irc import IrcError, Line, parse_line
from ishowtts_ingest.twitch.joins import Joins
from ishowtts_ingest.twitch.limits import Gate

_LOG = logging.getLogger("ishowtts.ingest")

CAPABILITIES = "twitch.tv/tags twitch.tv/commands"
LOGIN_TIMEOUT_S = 15.0
JOIN_TIMEOUT_S = 15.0
SHOWN_CHARS = 200
_CLOSED = frozenset({"msg_channel_suspended", "tos_ban"})
_PING_TOKEN = "ishowtts"  # noqa: S105 - comes back in the PONG


class Listener(Protocol):
    """Who hears what is read."""

    def hear(self, line: Line) -> None: ...

    def count_invalid(self, reason: str) -> None: ...

    def count_reconnect(self) -> None: ...

    def set_state(self, name: str, phase: ChannelPhase, detail: str = "") -> None: ...


class Account(NamedTuple):
    """Who reads.

    Attributes:
        nick: The login, or `justinfan` and digits for nobody.
        token: Without its prefix; empty for nobody.
    """

    nick: str
    token: str = ""


class Pace(NamedTuple):
    """How long silence may last.

    Attributes:
        ping_after_s: Silence after which Twitch is asked whether it is there.
        pong_timeout_s: How long it may take to say so.
    """

    ping_after_s: float
    pong_timeout_s: float


class Session:
    """Logs in, joins, answers pings and hands over lines.

    Args:
        note: What a person should know about the channels while they are read.

    Attributes:
        asked_to_leave: Twitch wants the client to connect anew; reading goes on meanwhile.
        on_joined: Called when each of its channels is confirmed, refused, or overdue.
    """

    def __init__(
        self,
        socket: ClientWebSocketResponse,
        account: Account,
        listener: Listener,
        pace: Pace,
        join_gate: Gate,
        *,
        note: str = "",
        on_joined: Callable[[], None] = lambda: None,
    ) -> None:
        self.asked_to_leave = asyncio.Event()
        self.on_joined = on_joined
        self._socket = socket
        self._account = account
        self._listener = listener
        self._pace = pace
        self._join_gate = join_gate
        self._note = note
        self._joins = Joins(JOIN_TIMEOUT_S)
        self._parts: list[str] = []
        self._changed = asyncio.Event()
        self._welcomed = asyncio.Event()
        self._heard_at = time.monotonic()

    def join(self, name: str) -> None:
        """Ask for a channel as soon as the limits allow."""
        self._joins.want(name, time.monotonic())
        self._changed.set()

    def part(self, name: str) -> None:
        """Leave a channel."""
        self._joins.settle(name)
        self._parts.append(name)
        self._changed.set()

    async def run(self) -> None:
        """Read until the connection ends.

        Raises:
            ConnectionLostError: It ended, or is silent.
            LoginRefusedError: The account does not count.
        """
        await run_until_first(self._read(), self._write(), self._watch())

    async def _read(self) -> None:
        splitter = LineSplitter()
        async for frame in self._socket:
            if frame.type is WSMsgType.TEXT:
                chunk = frame.data.encode()
            elif frame.type is WSMsgType.BINARY:
                chunk = frame.data
            else:
                break
            for raw in splitter.feed(chunk):
                await self._on_raw(raw)
        raise ConnectionLostError(f"Twitch closed the connection ({self._socket.close_code})")

    async def _on_raw(self, raw: bytes) -> None:
        self._heard_at = time.monotonic()
        if not raw:
            return
        if len(raw) > MAX_LINE_BYTES:
            self._listener.count_invalid("oversized")
            return
        try:
            line = parse_line(raw.decode(errors="replace"))
        except IrcError:
            self._listener.count_invalid("malformed")
            return
        await self._on_line(line)

    async def _on_line(self, line: Line) -> None:
        match line.command:
            case "PING":
                await self._send(f"PONG :{line.params[-1] if line.params else ''}")
            case "PRIVMSG" | "USERNOTICE" | "CLEARCHAT" | "CLEARMSG":
                self._listener.hear(line)
            case "JOIN" if line.nick == self._account.nick:
                self._on_joined(line.channel)
            case "ROOMSTATE":
                self._on_joined(line.channel)
            case "NOTICE":
                self._on_notice(line)
            case "RECONNECT":
                _LOG.info("Twitch asks to connect anew")
                self.asked_to_leave.set()
            case "001" if line.params:
                # Twitch calls the account by its own name, whatever was sent.
                self._account = self._account._replace(nick=line.params[0])
                self._welcomed.set()
            case "CAP" if "NAK" in line.params:
                raise ConnectionLostError("Twitch does not offer tags")
            case _:
                pass

    def _on_joined(self, name: str) -> None:
        if name in self._joins:
            self._joins.settle(name)
            self._listener.set_state(name, "reading", self._note)
            self._tell_joined()

    def _on_notice(self, line: Line) -> None:
        """Told to the whole connection, it is about the login; to a channel, about that."""
        name = line.channel
        if not name and not self._welcomed.is_set():
            raise LoginRefusedError(line.text or "no reason given")
        if line.tags.get("msg-id") in _CLOSED:
            self._joins.want(name, time.monotonic())
        if name in self._joins:
            self._joins.postpone(name, time.monotonic())
            reason = line.text or line.tags.get("msg-id", "")
            self._listener.set_state(name, "failed", reason[:SHOWN_CHARS])
            self._tell_joined()

    def _tell_joined(self) -> None:
        if not self._joins.waiting:
            self.on_joined()

    async def _write(self) -> None:
        await self._log_in()
        while True:
            self._changed.clear()
            while self._parts:
                await self._send(f"PART #{self._parts.pop(0)}")
            name = self._joins.next_due(time.monotonic())
            if name is not None:
                await self._ask_for(name)
                continue
            await is_set_within(self._changed, self._joins.wait_s(time.monotonic()))

    async def _log_in(self) -> None:
        await self._send(f"CAP REQ :{CAPABILITIES}")
        if self._account.token:
            await self._send(f"PASS oauth:{self._account.token}")
        await self._send(f"NICK {self._account.nick}")
        if not await is_set_within(self._welcomed, LOGIN_TIMEOUT_S):
            raise ConnectionLostError("Twitch does not answer the login")

    async def _ask_for(self, name: str) -> None:
        if self._joins.is_unanswered(name):
            detail = "Twitch does not answer for this channel: is its name right?"
            self._listener.set_state(name, "failed", detail)
        await self._join_gate.pass_through()
        if name in self._joins:
            await self._send(f"JOIN #{name}")
            self._joins.sent(name, time.monotonic())
            self._tell_joined()

    async def _watch(self) -> None:
        """Twitch's own pings are five minutes apart; a dead route shows by nothing else."""
        while True:
            silence_s = time.monotonic() - self._heard_at
            if silence_s < self._pace.ping_after_s:
                await asyncio.sleep(self._pace.ping_after_s - silence_s)
                continue
            asked_at = time.monotonic()
            await self._send(f"PING :{_PING_TOKEN}")
            await asyncio.sleep(self._pace.pong_timeout_s)
            if self._heard_at < asked_at:
                raise ConnectionLostError(f"nothing heard for {silence_s:.0f} s")

    async def _send(self, command: str) -> None:
        """Send one command; the last place where a line end could make two of it."""
        if "\r" in command or "\n" in command:
            raise ValueError("a command is one line")
        try:
            await self._socket.send_str(f"{command}\r\n")
        except ConnectionError:
            raise ConnectionLostError("the connection broke") from None
