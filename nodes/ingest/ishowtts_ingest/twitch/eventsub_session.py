"""One EventSub session: a WebSocket, and the next one where Twitch moves it.

https://dev.twitch.tv/docs/eventsub/handling-websocket-events
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol, TypeAlias
from urllib.parse import urlsplit

import msgspec
from aiohttp import ClientError, ClientWebSocketResponse, WSMsgType

from ishowtts_ingest.tasks import end
from ishowtts_ingest.twitch.errors import LOST, ConnectionLostError
from ishowtts_ingest.twitch.eventsub_payloads import Frame, Subscription

_Socket: TypeAlias = "ClientWebSocketResponse[Any]"
OpenSocket = Callable[[str], Awaitable[_Socket]]

SILENCE_FACTOR = 1.5
DEFAULT_KEEPALIVE_S = 10.0
_DECODER = msgspec.json.Decoder(Frame)


class Timing(NamedTuple):
    """Seconds.

    Attributes:
        welcome_s: How long the first frame may take.
        retry_s: Before the next try to move to where Twitch wants the client.
        drain_s: How long the old connection is read on after the new one has greeted.
    """

    welcome_s: float = 10.0
    retry_s: float = 1.0
    drain_s: float = 5.0


class Listener(Protocol):
    """Who hears what a session brings."""

    def on_welcome(self, session_id: str) -> None: ...

    def on_notification(self, frame: Frame) -> None: ...

    def on_revocation(self, subscription: Subscription) -> None: ...

    def count_invalid(self, reason: str) -> None: ...


class _Wire:
    """One greeted WebSocket."""

    def __init__(self, socket: _Socket, session_id: str, silence_s: float) -> None:
        self.socket = socket
        self.session_id = session_id
        self.silence_s = silence_s
        self.moving = asyncio.Event()
        self.next_url = ""


class Session:
    """Reads until the connection is lost; a move to another server loses nothing.

    Twitch tells events on the old connection until the new one has greeted, and closes the old
    one after 30 s. Both are read meanwhile; what comes twice has one id.
    """

    def __init__(self, open_socket: OpenSocket, listener: Listener, timing: Timing) -> None:
        self._open_socket = open_socket
        self._listener = listener
        self._timing = timing
        self._old: set[asyncio.Task[None]] = set()

    async def run(self, url: str) -> None:
        """Connect and read.

        Raises:
            ConnectionLostError: The connection ended; its subscriptions are gone with it.
            aiohttp.ClientError: Twitch cannot be reached.
        """
        wire = await self._open(url)
        try:
            while True:
                self._listener.on_welcome(wire.session_id)
                wire = await self._read_until_moved(wire)
        finally:
            await end(*self._old)

    async def _read_until_moved(self, wire: _Wire) -> _Wire:
        reading = asyncio.create_task(self._read_and_close(wire))
        moving = asyncio.create_task(self._move(wire))
        try:
            await asyncio.wait([reading, moving], return_when=asyncio.FIRST_COMPLETED)
            if wire.moving.is_set() and not moving.done():
                # The old connection may end before the new one greets.
                await asyncio.wait([moving], timeout=self._timing.welcome_s)
        except asyncio.CancelledError:
            await end(reading)
            await _discard(moving)
            raise
        if moving.done():
            self._drain(reading)
            return moving.result()
        await _discard(moving)
        reading.result()
        raise ConnectionLostError("Twitch closed the connection")

    async def _move(self, wire: _Wire) -> _Wire:
        await wire.moving.wait()
        while True:
            fresh = await self._try_open(wire.next_url)
            if fresh is not None:
                return fresh
            await asyncio.sleep(self._timing.retry_s)

    async def _try_open(self, url: str) -> _Wire | None:
        try:
            return await self._open(url)
        except LOST:
            return None

    def _drain(self, reading: "asyncio.Task[None]") -> None:
        """Read an old connection a little longer."""
        self._old.add(reading)
        reading.add_done_callback(self._forget)
        asyncio.get_running_loop().call_later(self._timing.drain_s, reading.cancel)

    def _forget(self, reading: "asyncio.Task[None]") -> None:
        self._old.discard(reading)
        if not reading.cancelled():
            reading.exception()

    async def _open(self, url: str) -> _Wire:
        socket = await self._open_socket(url)
        try:
            frame = await self._first_frame(socket)
        except BaseException:
            await socket.close()
            raise
        session = frame.payload.session
        if frame.metadata.message_type != "session_welcome" or session is None or not session.id:
            await socket.close()
            raise ConnectionLostError("Twitch did not greet the connection")
        keepalive_s = session.keepalive_timeout_seconds or DEFAULT_KEEPALIVE_S
        return _Wire(socket, session.id, keepalive_s * SILENCE_FACTOR)

    async def _first_frame(self, socket: _Socket) -> Frame:
        text = await _receive(socket, self._timing.welcome_s)
        try:
            return _DECODER.decode(text)
        except (msgspec.DecodeError, RecursionError):
            raise ConnectionLostError("Twitch's greeting cannot be read") from None

    async def _read_and_close(self, wire: _Wire) -> None:
        try:
            while True:
                self._on_text(await _receive(wire.socket, wire.silence_s), wire)
        finally:
            with contextlib.suppress(ClientError, OSError):
                await wire.socket.close()

    def _on_text(self, text: str, wire: _Wire) -> None:
        try:
            frame = _DECODER.decode(text)
        except (msgspec.DecodeError, RecursionError):
            self._listener.count_invalid("malformed")
            return
        payload = frame.payload
        match frame.metadata.message_type:
            case "notification":
                self._listener.on_notification(frame)
            case "revocation" if payload.subscription is not None:
                self._listener.on_revocation(payload.subscription)
            case "session_reconnect" if payload.session is not None:
                self._on_reconnect(payload.session.reconnect_url or "", wire)
            case _:
                pass

    def _on_reconnect(self, url: str, wire: _Wire) -> None:
        if urlsplit(url).scheme not in {"ws", "wss"}:
            self._listener.count_invalid("reconnect_url")
            return
        wire.next_url = url
        wire.moving.set()


async def _discard(moving: "asyncio.Task[_Wire]") -> None:
    """End a move, whether it has arrived or not."""
    moving.cancel()
    await asyncio.wait([moving])
    if not moving.cancelled() and moving.exception() is None:
        await moving.result().socket.close()


async def _receive(socket: _Socket, timeout_s: float) -> str:
    """The next frame of text.

    Raises:
        ConnectionLostError: None came, or the connection ended.
    """
    while True:
        try:
            message = await socket.receive(timeout=timeout_s)
        except asyncio.TimeoutError:
            raise ConnectionLostError(f"nothing heard for {timeout_s:.0f} s") from None
        if message.type is WSMsgType.TEXT:
            return message.data
        if message.type is not WSMsgType.BINARY:
            raise ConnectionLostError(f"Twitch closed the connection ({socket.close_code})")
