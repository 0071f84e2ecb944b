"""What the bus says of a running pipeline: nodes, engines, voices, rooms."""

from dataclasses import dataclass

from ishowtts_bus import Bus, Received
from ishowtts_bus.presence import NodeTable, unknown_name
from ishowtts_cli.client import barrier
from ishowtts_cli.errors import CliError
from ishowtts_schemas import NodeInfo, NodeState, PlaybackState
from ishowtts_schemas.topics import NODE_INFO, NODE_STATE, PLAYBACK

MAX_NODES = 10_000
"""`status` shows what there is, however much."""


@dataclass(frozen=True)
class Choice:
    """A voice of an engine that is running."""

    engine: str
    voice: str


class Directory:
    """Retained messages of all nodes and rooms, kept up to date."""

    def __init__(self) -> None:
        self.nodes = NodeTable(MAX_NODES)
        self.rooms: dict[str, PlaybackState] = {}

    async def follow(self, bus: Bus) -> None:
        """Subscribe, and return when everything retained is known."""
        bus.subscribe(NODE_STATE, self._on_state)
        bus.subscribe(NODE_INFO, self._on_info)
        bus.subscribe(PLAYBACK, self._on_playback)
        await barrier(bus)

    def is_ready(self, kind: str) -> bool:
        return self.nodes.any_ready(kind)

    def ready_instances(self, kind: str) -> list[str]:
        """Names of the nodes of a kind that take work now."""
        states = self.nodes.states
        return [one.instance for one in states if one.node == kind and one.health == "ready"]

    def ready_synths(self) -> list[NodeInfo]:
        """Facts of the synths that take work now, in the order of their instances."""
        return self.nodes.ready("synth")

    def choose(self, voice: str | None, engine: str | None) -> Choice:
        """The engine and voice for a wish; None leaves it to the pipeline's defaults.

        Raises:
            CliError: Nothing that runs can do it.
        """
        synths = self.ready_synths()
        if not synths:
            raise CliError("no synth is ready; `ishowtts status` shows what is")
        able = [info for info in synths if engine in (None, info.engine)]
        if not able:
            running = sorted({info.engine or "" for info in synths})
            raise CliError(f"engine {engine!r} is not running; running: {', '.join(running)}")
        if voice is None:
            usual = next((info for info in able if info.default_voice), None)
            if usual is None:
                text = f"{' and '.join(sorted({info.engine or '' for info in able}))} has no voice"
                raise CliError(f"{text} yet; `ishowtts voices add` gives it one")
            return Choice(usual.engine or "", usual.default_voice or "")
        for info in able:
            if any(known.id == voice for known in info.voices):
                return Choice(info.engine or "", voice)
        raise CliError(
            unknown_name("voice", voice, (known.id for info in able for known in info.voices))
        )

    def _on_state(self, received: Received[NodeState]) -> None:
        self.nodes.on_state(received.message)

    def _on_info(self, received: Received[NodeInfo]) -> None:
        self.nodes.on_info(received.message)

    def _on_playback(self, received: Received[PlaybackState]) -> None:
        self.rooms[received.message.room] = received.message
