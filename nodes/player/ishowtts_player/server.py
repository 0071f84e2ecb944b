"""uvicorn inside a node: its own socket, no signal handlers, connections that can be broken."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from litestar.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from ishowtts_bus import NodeError

_LOG = logging.getLogger("ishowtts.player")

GRACE_S = 1
TICKS_PER_S = 10
BACKLOG = 1024
ABORT = "ishowtts.abort"
"""Key in the connection's scope: a function that breaks it, even while a write hangs."""


class AbortableProtocol(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
    """Lets the application break a connection whose client does not read.

    Without it a stalled client keeps its unsent data, and the task that sends it, for ever.
    """

    app: ASGIApp

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        app = self.app

        async def app_with_abort(scope: Scope, receive: Receive, send: Send) -> None:
            scope[ABORT] = transport.abort  # type: ignore[typeddict-unknown-key,attr-defined]
            await app(scope, receive, send)

        self.app = app_with_abort


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


def open_socket(host: str, port: int) -> socket.socket:
    """Listen on an address.

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
        raise NodeError(_reason(error, host, port)) from None
    return listener


def public_url(host: str, listener: socket.socket) -> str:
    """Where a person on this machine finds what listens."""
    port: int = listener.getsockname()[1]
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _reason(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken by another program; set [player] port to a free one"
    if error.errno == errno.EACCES:
        return f"port {port} needs privileges; set [player] port to one above 1023"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"[player] host {host!r} is not an address of this machine"
    return f"cannot listen on {host} port {port}: {error.strerror}"


def _config(app: ASGIApp) -> uvicorn.Config:
    options: dict[str, Any] = {"http": AbortableProtocol, "ws": "auto", "loop": "none"}
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
        **options,
    )
