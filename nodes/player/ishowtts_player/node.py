"""The player: a node that serves HTTP."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec

from ishowtts_bus import Bus, Node, NodeError, Received
from ishowtts_player.app import create_app
from ishowtts_player.bridge import Bridge
from ishowtts_player.directory import NodeDirectory
from ishowtts_player.home_assistant.link import HomeAssistantLink, remove_entities
from ishowtts_player.ingest_client import IngestClient
from ishowtts_player.metrics import BridgeMetrics, NodeSamples
from ishowtts_player.ports import OpenPort, check_exposure, dialects_of, open_ports
from ishowtts_player.rooms.announcer import PlaybackAnnouncer
from ishowtts_player.rooms.feed import RoomFeed
from ishowtts_player.rooms.hub import Hub
from ishowtts_player.rooms.relay import AudioRelay
from ishowtts_player.server import BridgeServer
from ishowtts_player.settings import PlayerSettings
from ishowtts_player.speech.client import SpeechClient
from ishowtts_player.verdicts import VerdictClient
from ishowtts_player.voices.commands import VoiceCommands
from ishowtts_player.voices.library import VoiceLibrary
from ishowtts_schemas import NodeInfo, NodeKind, NodeState, NodeStats
from ishowtts_schemas.topics import NODE_INFO, NODE_STATE, NODE_STATS

if TYPE_CHECKING:
    from ishowtts_player.wyoming.server import WyomingServer

_LOG = logging.getLogger("ishowtts.player")


class PlayerNode(Node):
    """Hands what is said in rooms to listeners, and requests of HTTP clients to the bus.

    Args:
        bus: Not started.
        settings: Where to serve, and limits.
        instance: Distinguishes several players.
        data_dir: Where it keeps voices that were changed; None keeps them in memory.
        connect: Makes another connection to the broker, by its client id.
    """

    kind: ClassVar[NodeKind] = "player"
    session_expiry_s: ClassVar[int] = 60
    """Audio that is older when the bridge comes back is of no use to anybody."""

    def __init__(
        self,
        bus: Bus,
        settings: PlayerSettings,
        instance: str = "1",
        data_dir: Path | None = None,
        connect: Callable[[str], Bus] | None = None,
    ) -> None:
        super().__init__(bus, instance)
        self._connect = connect
        self.url = ""
        self._settings = settings
        self._directory = NodeDirectory(settings.default_voice)
        self._metrics = BridgeMetrics(self._numbers, lambda: self._directory.states)
        self._hub = Hub(settings, bus.counters, f"{self.incarnation:x}")
        self._speech = SpeechClient(bus, settings, self.spawn)
        self._ingest = IngestClient(bus, self._directory)
        self._verdicts = VerdictClient(bus, self._directory)
        self._relay = AudioRelay(bus)
        folder = None if data_dir is None else data_dir / f"voices-{instance}"
        self._voices = VoiceLibrary(bus, settings.voices, self._directory, folder)
        self._announcer = PlaybackAnnouncer(bus, self._hub)
        self._feed = RoomFeed(bus, self._hub, self._metrics, self._announcer, self._speech.on_taken)
        self._wyoming: WyomingServer | None = None
        self._home: HomeAssistantLink | None = None
        self._ports: list[OpenPort] = []
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
        self._relay.start()
        self._speech.start()
        self._verdicts.start()
        await self._voices.open()
        for name, handler in VoiceCommands(self._voices).handlers.items():
            self.on_command(name, handler)
        await self._serve()
        await self._announce_home()
        self.spawn(self._announcer.run(), "playback")
        self.spawn(self._voices.announce(), "voices")
        self.spawn(self._keep_alive(), "keep-alive")
        _LOG.info("the page is at %s", self.url)
        for port in self._ports:
            if port.dialect is not None:
                _LOG.info("%s is at %s", port.dialect.label, port.url)

    def connected(self) -> None:
        self._voices.on_connected()

    async def teardown(self) -> None:
        """End streams and requests, then the server: it waits for them."""
        self._hub.close()
        if self._wyoming is not None:
            await self._wyoming.close()
        if self._home is not None:
            await self._home.close()
        await self._speech.close()
        if self._server is not None and self._serving is not None:
            self._server.stop()
            await asyncio.wait((self._serving,))

    def info(self) -> NodeInfo:
        """Facts for other nodes."""
        more = ((port.dialect, port.url) for port in self._ports)
        listeners = tuple(f"{dialect.label}: {url}" for dialect, url in more if dialect)
        return msgspec.structs.replace(super().info(), address=self.url, listeners=listeners)

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
            self._relay,
            self._voices,
        )
        ports = open_ports(settings)
        self.url = ports[0].url
        self._ports = ports
        self._server = BridgeServer(create_app(bridge, dialects_of(ports)))
        self._serving = self.spawn(self._server.serve([port.socket for port in ports]), "http")
        listening = asyncio.ensure_future(self._server.listening.wait())
        await asyncio.wait((self._serving, listening), return_when=asyncio.FIRST_COMPLETED)
        if not self._server.listening.is_set():
            listening.cancel()
            raise NodeError("the web server did not start")
        await self._serve_wyoming(bridge)

    async def _serve_wyoming(self, bridge: Bridge) -> None:
        if not self._settings.wyoming.port:
            return
        try:
            from ishowtts_player.wyoming.server import start_wyoming
        except ModuleNotFoundError:
            raise NodeError("[player.wyoming] needs: pip install 'ishowtts[wyoming]'") from None
        self._wyoming = await start_wyoming(bridge, self._settings.wyoming)

    async def _announce_home(self) -> None:
        settings = self._settings.home_assistant
        if not settings.enabled or self._connect is None:
            remove_entities(self.bus, settings, self.instance)
            return
        bus = self._connect(f"ishowtts-player-{self.instance}-home")
        self._home = HomeAssistantLink(bus, settings, self.instance, self._hub, self._directory)
        await self._home.start(self.url)
        self.spawn(self._home.run(), "home assistant")

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
        self._voices.on_info()

    def _on_stats(self, received: Received[NodeStats]) -> None:
        if (received.message.node, received.message.instance) != (self.kind, self.instance):
            self._directory.on_stats(received.message)

    def _numbers(self) -> Iterator[NodeSamples]:
        yield NodeSamples(self.kind, self.instance, self.bus.counters.samples())
        for stats in self._directory.stats:
            yield NodeSamples(stats.node, stats.instance, stats.samples)
