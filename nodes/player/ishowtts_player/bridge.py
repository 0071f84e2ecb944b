"""What the routes share."""

from dataclasses import dataclass

from ishowtts_bus import Bus
from ishowtts_player.directory import NodeDirectory
from ishowtts_player.ingest_client import IngestClient
from ishowtts_player.metrics import BridgeMetrics
from ishowtts_player.rooms.hub import Hub
from ishowtts_player.rooms.relay import AudioRelay
from ishowtts_player.settings import PlayerSettings
from ishowtts_player.speech.client import SpeechClient
from ishowtts_player.verdicts import VerdictClient
from ishowtts_player.voices.library import VoiceLibrary


@dataclass(frozen=True)
class Bridge:
    """The parts of a running bridge.

    Attributes:
        bus: To the other nodes.
        hub: Rooms and listeners.
        directory: Other nodes, as they present themselves.
        speech: Speech for one client.
        ingest: Commands to the nodes that read chat.
        verdicts: Chat that comes in over HTTP, and what the filter says to it.
        metrics: Numbers for Prometheus.
        relay: The audio of rooms, for programs.
        voices: The voices that are cloned, and their clips.
    """

    settings: PlayerSettings
    bus: Bus
    hub: Hub
    directory: NodeDirectory
    speech: SpeechClient
    ingest: IngestClient
    verdicts: VerdictClient
    metrics: BridgeMetrics
    relay: AudioRelay
    voices: VoiceLibrary
