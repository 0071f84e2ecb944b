"""Some channels on one connection, for as long as they are wanted."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiohttp import ClientWebSocketResponse

from ishowtts_ingest.network.backoff import Backoff
from ishowtts_ingest.tasks import end, is_set_within
from ishowtts_ingest.twitch.errors import LOST, LoginRefusedError
from ishowtts_ingest.twitch.limits import Gate
from ishowtts_ingest.twitch.session import (
    SHOWN_CHARS,
    Account,
    Listener,
    Pace,
    Session,
)

_LOG = logging.getLogger("ishowtts.ingest")

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
REFUSED_PAUSE_S = 60.0
LONGEST_REFUSED_PAUSE_S = 3600.0
STEADY_AFTER_S = 60.0


class Wiring(NamedTuple):
    """What all connections share.

    Attributes:
        open_socket: Makes a WebSocket, through the proxy if there is one.
        account: None for nobody.
        join_gate: The limits hold for all connections together.
        login_gate: Same.
    """

    open_socket: Callable[[], Awaitable[ClientWebSocketResponse]]
    account: Account | None
    listener: Listener
    pace: Pace
    join_gate: Gate
    login_gate: Gate


class Connection:
    """Connects again after every end, joins its channels again, and says how that goes.

    Attributes:
        channels: What it reads, in the order of joining.
    """

    def __init__(self, wiring: Wiring) -> None:
        self.channels: dict[str, None] = {}
        self._wiring = wiring
        self._session: Session | None = None
        self._old: asyncio.Task[None] | None = None
        self._refusal = ""
        self._wanted = asyncio.Event()
        self._lost = Backoff(FIRST_PAUSE_S, LONGEST_PAUSE_S)
        self._refused = Backoff(REFUSED_PAUSE_S, LONGEST_REFUSED_PAUSE_S)

    def join(self, name: str) -> None:
        """Read a channel; a connection that pauses tries at once."""
        self.channels[name] = None
        self._wanted.set()
        if self._session is not None:
            self._session.join(name)

    def leave(self, name: str) -> None:
        """Stop reading a channel."""
        self.channels.pop(name, None)
        if self._session is not None:
            self._session.part(name)

    async def run(self) -> None:
        """Until cancelled; then no socket stays open."""
        try:
            while True:
                pause_s = await self._connect_once()
                self._wiring.listener.count_reconnect()
                self._wanted.clear()
                await is_set_within(self._wanted, pause_s)
        finally:
            await self._end_old()

    async def _connect_once(self) -> float:
        """Read until the connection ends; the pause before the next one."""
        started_at = time.monotonic()
        try:
            await self._read()
        except LoginRefusedError as error:
            return self._on_refused(_refusal(error, self._wiring.account))
        except LOST as error:
            self._fail(_told(error))
        except Exception as error:  # noqa: BLE001 - one connection's trouble is its own
            _LOG.exception("a connection to Twitch failed")
            self._fail(_told(error))
        self._refusal = ""
        if time.monotonic() - started_at >= STEADY_AFTER_S:
            self._lost.reset()
            self._refused.reset()
        return self._lost.next_s()

    def _on_refused(self, reason: str) -> float:
        """Chat needs no account: read as nobody at once, and with the account next time."""
        if self._wiring.account is not None and not self._refusal:
            _LOG.warning("%s; Twitch is read without an account", reason)
            self._refusal = reason
            return 0.0
        self._refusal = ""
        self._fail(reason)
        return self._refused.next_s()

    async def _read(self) -> None:
        """Returns when Twitch asks to connect anew; the socket is read on until that is done."""
        await self._wiring.login_gate.pass_through()
        socket = await self._wiring.open_socket()
        session = self._session = self._open_session(socket)
        reading = asyncio.create_task(_run_and_close(session, socket))
        asked = asyncio.create_task(session.asked_to_leave.wait())
        try:
            await asyncio.wait([reading, asked], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await end(reading)
            raise
        finally:
            self._session = None
            asked.cancel()
        if reading.done():
            reading.result()
        old, self._old = self._old, reading
        if old is not None:
            await end(old)

    def _open_session(self, socket: ClientWebSocketResponse) -> Session:
        wiring = self._wiring
        account = None if self._refusal else wiring.account
        session = Session(
            socket,
            account or Account(f"justinfan{random.randrange(10_000, 100_000)}"),
            wiring.listener,
            wiring.pace,
            wiring.join_gate,
            note=f"read without an account: {self._refusal}" if self._refusal else "",
            on_joined=self._drop_old,
        )
        for name in self.channels:
            session.join(name)
        return session

    def _drop_old(self) -> None:
        if self._old is not None:
            self._old.cancel()

    async def _end_old(self) -> None:
        if self._old is not None:
            await end(self._old)

    def _fail(self, reason: str) -> None:
        _LOG.warning("reading Twitch stopped: %s", reason)
        if self._old is not None and not self._old.done():
            return
        for name in self.channels:
            self._wiring.listener.set_state(name, "failed", reason)


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:SHOWN_CHARS] or type(error).__name__


def _refusal(error: LoginRefusedError, account: Account | None) -> str:
    advice = "" if account is None else "; check ingest.twitch_irc.login and token, or empty both"
    return f"Twitch refuses the login: {_told(error)}{advice}"


async def _run_and_close(session: Session, socket: ClientWebSocketResponse) -> None:
    try:
        await session.run()
    finally:
        await socket.close()
