"""uvicorn inside a node: its own socket, no signal handlers, connections that can be broken."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Iterator
from typing import Any, cast

import uvicorn
from litestar.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from ishowtts_bus import NodeError

_LOG = logging.getLogger("ishowtts.player")

GRACE_S = 1
TICKS_PER_S = 10
BACKLOG = 1024
STALL_S = 30.0
"""A client that takes nothing of what waits for it for so long is gone."""
MAX_MESSAGE_BYTES = 1024 * 1024
"""Of one WebSocket message; a longer one closes its connection with code 1009."""
ABORT = "ishowtts.abort"
"""Key in the connection's scope: a function that breaks it, even while a write hangs."""


class _Abortable(asyncio.Protocol):
    """Breaks a connection whose client does not read, or lets the application do so.

    Without it a stalled client keeps its unsent data, and the task that sends it, for ever.
    """

    app: ASGIApp
    _transport: asyncio.WriteTransport
    _stall_check: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._transport = cast("asyncio.WriteTransport", transport)
        app, abort = self.app, self._transport.abort

        async def app_with_abort(scope: Scope, receive: Receive, send: Send) -> None:
            scope[ABORT] = abort  # type: ignore[typeddict-unknown-key]
            await app(scope, receive, send)

        self.app = app_with_abort

    def pause_writing(self) -> None:
        """Called by the transport: much waits to be sent."""
        super().pause_writing()
        self._await_progress()

    def resume_writing(self) -> None:
        """Called by the transport: little waits to be sent."""
        super().resume_writing()
        self._await_no_progress()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the transport: nothing is sent any more."""
        self._await_no_progress()
        super().connection_lost(exc)

    def _await_progress(self) -> None:
        loop, waiting = asyncio.get_running_loop(), self._transport.get_write_buffer_size()
        self._stall_check = loop.call_later(STALL_S, self._check_progress, waiting)

    def _await_no_progress(self) -> None:
        if self._stall_check is not None:
            self._stall_check.cancel()
            self._stall_check = None

    def _check_progress(self, waiting_before: int) -> None:
        if self._transport.get_write_buffer_size() < waiting_before:
            self._await_progress()
            return
        _LOG.info("a client that took nothing for %g s was dropped", STALL_S)
        self._transport.abort()


class AbortableProtocol(_Abortable, H11Protocol):  # type: ignore[misc]
    """HTTP. uvicorn would take httptools where it is installed, which bounds no headers."""


class AbortableWebSocket(_Abortable, WebSocketsSansIOProtocol):  # type: ignore[misc]
    """WebSockets."""

    def keepalive_timeout(self) -> None:
        """Break a connection that answers no ping: closing it would wait for it to read."""
        super().keepalive_timeout()
        self.transport.abort()


class BridgeServer(uvicorn.Server):
    """uvicorn's server as a task of a node that handles signals itself."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(_config(app))
        self.listening = asyncio.Event()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Make `serve` return when its connections are done."""
        self.should_exit = True
        self._stopping.set()

    async def main_loop(self) -> None:
        """Tick each second, which keeps the Date header true; uvicorn itself polls for its end."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += TICKS_PER_S
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1.0)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Called by uvicorn."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the node."""
        yield


def open_socket(host: str, port: int, setting: str = "port") -> socket.socket:
    """Listen on an address.

    Args:
        host: Name or number.
        port: 0 takes a free one.
        setting: Where in `[player]` the port stands, for messages.

    Raises:
        NodeError: It is taken, not allowed, or not ours.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise NodeError(f"[player] host {host!r} is not an address of this machine") from None
    family, _, _, _, address = min(found, key=lambda row: row[0] != socket.AF_INET)
    # asyncio switches Nagle's algorithm off only where the socket names its protocol.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise NodeError(_reason(error, host, port, setting)) from None
    return listener


def public_url(host: str, listener: socket.socket) -> str:
    """Where a person on this machine finds what listens."""
    port: int = listener.getsockname()[1]
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _reason(error: OSError, host: str, port: int, setting: str) -> str:
    if error.errno == errno.EADDRINUSE:
        taken = f"port {port} on {host} is taken by another program"
        return f"{taken}; set [player] {setting} to a free one"
    if error.errno == errno.EACCES:
        return f"port {port} needs privileges; set [player] {setting} to one above 1023"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"[player] host {host!r} is not an address of this machine"
    return f"cannot listen on {host} port {port}: {error.strerror}"


def _config(app: ASGIApp) -> uvicorn.Config:
    options: dict[str, Any] = {"http": AbortableProtocol, "ws": AbortableWebSocket, "loop": "none"}
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # audio hardly shrinks, and a bomb is made of it
        **options,
    )
