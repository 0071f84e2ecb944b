"""The player: a node that serves HTTP."""

import asyncio
import logging
from collections.abc import Iterator
from typing import ClassVar

import msgspec

from ishowtts_bus import Bus, Node, NodeError, Received
from ishowtts_bus.addresses import is_loopback
from ishowtts_player.app import create_app
from ishowtts_player.bridge import Bridge
from ishowtts_player.directory import NodeDirectory
from ishowtts_player.ingest_client import IngestClient
from ishowtts_player.metrics import BridgeMetrics, NodeSamples
from ishowtts_player.rooms.announcer import PlaybackAnnouncer
from ishowtts_player.rooms.feed import RoomFeed
from ishowtts_player.rooms.hub import Hub
from ishowtts_player.server import BridgeServer, open_socket, public_url
from ishowtts_player.settings import PlayerSettings
from ishowtts_player.speech.client import SpeechClient
from ishowtts_player.verdicts import VerdictClient
from ishowtts_schemas import NodeInfo, NodeKind, NodeState, NodeStats
from ishowtts_schemas.topics import NODE_INFO, NODE_STATE, NODE_STATS

_LOG = logging.getLogger("ishowtts.player")


class PlayerNode(Node):
    """Hands what is said in rooms to listeners, and requests of HTTP clients to the bus.

    Args:
        bus: Not started.
        settings: Where to serve, and limits.
        instance: Distinguishes several players.
    """

    kind: ClassVar[NodeKind] = "player"
    session_expiry_s: ClassVar[int] = 60
    """Audio that is older when the bridge comes back is of no use to anybody."""

    def __init__(self, bus: Bus, settings: PlayerSettings, instance: str = "1") -> None:
        super().__init__(bus, instance)
        self.url = ""
        self._settings = settings
        self._directory = NodeDirectory(settings.default_voice)
        self._metrics = BridgeMetrics(self._numbers, lambda: self._directory.states)
        self._hub = Hub(settings, bus.counters, f"{self.incarnation:x}")
        self._speech = SpeechClient(bus, settings, self.spawn)
        self._ingest = IngestClient(bus, self._directory)
        self._verdicts = VerdictClient(bus, self._directory)
        self._announcer = PlaybackAnnouncer(bus, self._hub)
        self._feed = RoomFeed(bus, self._hub, self._metrics, self._announcer, self._speech.on_taken)
        self._server: BridgeServer | None = None
        self._serving: asyncio.Task[None] | None = None

    async def setup(self) -> None:
        """Listen, subscribe, serve.

        Raises:
            NodeError: The address cannot be served, or must not be without a token.
        """
        check_exposure(self._settings)
        self.bus.subscribe(NODE_STATE, self._on_state)
        self.bus.subscribe(NODE_INFO, self._on_info)
        self.bus.subscribe(NODE_STATS, self._on_stats)
        self._feed.start()
        self._speech.start()
        self._verdicts.start()
        await self._serve()
        self.spawn(self._announcer.run(), "playback")
        self.spawn(self._keep_alive(), "keep-alive")
        _LOG.info("the page is at %s", self.url)

    async def teardown(self) -> None:
        """End streams and requests, then the server: it waits for them."""
        self._hub.close()
        await self._speech.close()
        if self._server is not None and self._serving is not None:
            self._server.stop()
            await asyncio.wait((self._serving,))

    def info(self) -> NodeInfo:
        """Facts for other nodes."""
        return msgspec.structs.replace(super().info(), address=self.url)

    async def _serve(self) -> None:
        settings = self._settings
        bridge = Bridge(
            settings,
            self.bus,
            self._hub,
            self._directory,
            self._speech,
            self._ingest,
            self._verdicts,
            self._metrics,
        )
        self._server = BridgeServer(create_app(bridge))
        listener = open_socket(settings.host, settings.port)
        self.url = public_url(settings.host, listener)
        self._serving = self.spawn(self._server.serve([listener]), "http")
        listening = asyncio.ensure_future(self._server.listening.wait())
        await asyncio.wait((self._serving, listening), return_when=asyncio.FIRST_COMPLETED)
        if not self._server.listening.is_set():
            listening.cancel()
            raise NodeError("the web server did not start")

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._settings.stream.keep_alive_s)
            self._hub.keep_alive()

    def _on_state(self, received: Received[NodeState]) -> None:
        departure = self._directory.on_state(received.message)
        if departure is not None:
            self._feed.on_departure(departure)
            self._speech.on_departure(departure)

    def _on_info(self, received: Received[NodeInfo]) -> None:
        self._directory.on_info(received.message)

    def _on_stats(self, received: Received[NodeStats]) -> None:
        if (received.message.node, received.message.instance) != (self.kind, self.instance):
            self._directory.on_stats(received.message)

    def _numbers(self) -> Iterator[NodeSamples]:
        yield NodeSamples(self.kind, self.instance, self.bus.counters.samples())
        for stats in self._directory.stats:
            yield NodeSamples(stats.node, stats.instance, stats.samples)


def check_exposure(settings: PlayerSettings) -> None:
    """Refuse to serve strangers.

    Raises:
        NodeError: Other machines would reach a bridge without a token.
    """
    if settings.api_token or is_loopback(settings.host):
        return
    raise NodeError(
        f"[player] host {settings.host!r} can be reached from other machines: "
        "set [player] api_token, or serve on 127.0.0.1"
    )
