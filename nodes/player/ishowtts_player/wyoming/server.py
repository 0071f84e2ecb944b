"""The TCP server: who may connect, how many at once, and how it ends."""

import asyncio
import logging
from contextlib import suppress

from wyoming.error import Error
from wyoming.event import async_write_event

from ishowtts_bus import NodeError
from ishowtts_bus.addresses import is_loopback
from ishowtts_player.bridge import Bridge
from ishowtts_player.settings.smart_home import WyomingSettings
from ishowtts_player.wyoming.announcement import Announcement
from ishowtts_player.wyoming.framing import MAX_LINE_BYTES
from ishowtts_player.wyoming.networks import check_networks
from ishowtts_player.wyoming.session import Session

_LOG = logging.getLogger("ishowtts.player")

ERROR_TIMEOUT_S = 2.0


class WyomingServer:
    """Serves `[player.wyoming]`.

    Args:
        bridge: Voices and speech.
        settings: Its port is not 0.
    """

    def __init__(self, bridge: Bridge, settings: WyomingSettings) -> None:
        self._bridge = bridge
        self._settings = settings
        self._allowed = check_networks(settings.host, settings.allowed_networks)
        self._server: asyncio.Server | None = None
        self._announcement: Announcement | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen, and say so on the network where that is wanted.

        Raises:
            NodeError: The address cannot be served.
        """
        settings = self._settings
        try:
            self._server = await asyncio.start_server(
                self._serve, settings.host, settings.port, limit=MAX_LINE_BYTES
            )
        except OSError as error:
            reason = error.strerror or str(error)
            address = f"{settings.host} port {settings.port}"
            raise NodeError(f"[player.wyoming] cannot listen on {address}: {reason}") from None
        _LOG.info("Wyoming clients are served on %s port %d", settings.host, settings.port)
        if settings.announce and not is_loopback(settings.host):
            bound = self._server.sockets[0].getsockname()[0]
            self._announcement = Announcement(settings.name, bound, settings.port)
            await self._announcement.start()

    async def close(self) -> None:
        """End every connection; what they hear is cancelled."""
        if self._announcement is not None:
            await self._announcement.close()
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("asyncio serves each connection in a task")
        self._connections.add(task)
        self._count()
        try:
            if await self._admit(writer):
                await Session(self._bridge, self._settings.languages, reader, writer).run()
        except (OSError, asyncio.CancelledError):
            pass  # the client left, or the bridge stops; asyncio would log the latter as a fault
        except Exception as error:  # noqa: BLE001 - one connection's fault is not another's
            _LOG.error("a Wyoming connection failed", exc_info=error)
        finally:
            self._connections.discard(task)
            self._count()
            writer.close()

    async def _admit(self, writer: asyncio.StreamWriter) -> bool:
        """Whether a connection is served; a stranger is told nothing."""
        peer = writer.get_extra_info("peername")
        if peer is None or not self._allowed.allows(peer[0]):
            self._refuse("network")
            return False
        if len(self._connections) <= self._settings.max_connections:
            return True
        self._refuse("limit")
        error = Error("too many connections", "SERVER_BUSY").event()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(async_write_event(error, writer), ERROR_TIMEOUT_S)
        return False

    def _refuse(self, reason: str) -> None:
        self._bridge.bus.counters.add("player_wyoming_refused_total", reason=reason)

    def _count(self) -> None:
        self._bridge.bus.counters.set("player_wyoming_connections", len(self._connections))


async def start_wyoming(bridge: Bridge, settings: WyomingSettings) -> WyomingServer:
    """A server that runs.

    Raises:
        NodeError: It cannot, or must not, be served like this.
    """
    server = WyomingServer(bridge, settings)
    await server.start()
    return server
