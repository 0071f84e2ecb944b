"""What the bus says of a running pipeline: nodes, engines, voices, rooms."""

import difflib
from dataclasses import dataclass

from ishowtts_bus import Bus, Received
from ishowtts_cli.client import barrier
from ishowtts_cli.errors import CliError
from ishowtts_schemas import NodeInfo, NodeState, PlaybackState
from ishowtts_schemas.topics import NODE_INFO, NODE_STATE, PLAYBACK

NodeKey = tuple[str, str]
"""Kind and instance."""


@dataclass(frozen=True)
class Choice:
    """A voice of an engine that is running."""

    engine: str
    voice: str


class Directory:
    """Retained messages of all nodes and rooms, kept up to date."""

    def __init__(self) -> None:
        self.states: dict[NodeKey, NodeState] = {}
        self.infos: dict[NodeKey, NodeInfo] = {}
        self.rooms: dict[str, PlaybackState] = {}

    async def follow(self, bus: Bus) -> None:
        """Subscribe, and return when everything retained is known."""
        bus.subscribe(NODE_STATE, self._on_state)
        bus.subscribe(NODE_INFO, self._on_info)
        bus.subscribe(PLAYBACK, self._on_playback)
        await barrier(bus)

    def is_ready(self, kind: str) -> bool:
        return any(key[0] == kind and state.health == "ready" for key, state in self.states.items())

    def ready_synths(self) -> list[NodeInfo]:
        """Facts of the synths that take work now, in the order of their instances."""
        return [
            info
            for key, info in sorted(self.infos.items())
            if key[0] == "synth" and key in self.states and self.states[key].health == "ready"
        ]

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
            return Choice(able[0].engine or "", able[0].default_voice or "")
        for info in able:
            if any(known.id == voice for known in info.voices):
                return Choice(info.engine or "", voice)
        raise CliError(unknown_voice(voice, [known.id for info in able for known in info.voices]))

    def _on_state(self, received: Received[NodeState]) -> None:
        state = received.message
        key = (state.node, state.instance)
        known = self.states.get(key)
        if known is None or state.incarnation >= known.incarnation:
            self.states[key] = state

    def _on_info(self, received: Received[NodeInfo]) -> None:
        info = received.message
        self.infos[info.node, info.instance] = info

    def _on_playback(self, received: Received[PlaybackState]) -> None:
        self.rooms[received.message.room] = received.message


def unknown_voice(voice: str, known: list[str]) -> str:
    """One sentence for a voice that does not exist."""
    longer = [other for other in known if other.startswith(voice)]
    close = longer[:3] or difflib.get_close_matches(voice, known, 3)
    hint = f"did you mean {', '.join(close)}" if close else "`ishowtts status --voices` lists them"
    return f"no voice {voice!r}; {hint}"
