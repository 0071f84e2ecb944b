"""What the bridge knows of other nodes: who is ready, which voices there are, their numbers."""

from dataclasses import dataclass

from ishowtts_bus.presence import MAX_NODES, Address, NodeTable, unknown_name
from ishowtts_player.errors import InputError, UnavailableError
from ishowtts_player.recent import Recent
from ishowtts_schemas import NodeInfo, NodeState, NodeStats, VoiceInfo


@dataclass(frozen=True)
class Voice:
    """One voice of one engine that runs."""

    engine: str
    engine_label: str
    info: VoiceInfo

    @property
    def id(self) -> str:
        return self.info.id


@dataclass(frozen=True)
class Departure:
    """A process is gone, and with it what it had in hand."""

    instance: str
    before: int
    """Incarnations smaller than this are dead."""


class NodeDirectory:
    """Retained presence and facts, put together. Pure: messages in, answers out.

    Args:
        default_voice: Preferred over the engines' own; empty for none.
    """

    def __init__(self, default_voice: str = "") -> None:
        self._preferred = default_voice
        self._nodes = NodeTable()
        self._stats: Recent[Address, NodeStats] = Recent(MAX_NODES)
        self._voices: list[Voice] | None = None

    @property
    def states(self) -> list[NodeState]:
        """Last known presence of every node."""
        return self._nodes.states

    @property
    def stats(self) -> list[NodeStats]:
        """Last known numbers of every node."""
        return [self._stats[address] for address in sorted(self._stats)]

    def on_state(self, state: NodeState) -> Departure | None:
        """Take presence; who is gone, where that is the news."""
        if not self._nodes.on_state(state):
            return None
        self._voices = None
        dead_below = state.incarnation + (state.health == "offline")
        return Departure(state.instance, dead_below) if state.node == "synth" else None

    def on_info(self, info: NodeInfo) -> None:
        """Take facts."""
        self._voices = None
        self._nodes.on_info(info)

    def on_stats(self, stats: NodeStats) -> None:
        """Take the numbers of the latest life of a node."""
        address = (stats.node, stats.instance)
        known = self._stats.get(address)
        if known is None or known.incarnation <= stats.incarnation:
            self._stats[address] = stats

    def ready(self, kind: str) -> bool:
        """Whether a node of that kind can be asked."""
        if kind == "synth":
            return bool(self._synths())
        return self._nodes.any_ready(kind)

    def instances(self, kind: str) -> list[str]:
        """Names of the nodes of a kind that can be asked."""
        return [one.instance for one in self.states if one.node == kind and one.health == "ready"]

    def why_not(self, kind: str) -> str:
        """One sentence on a kind that is not ready."""
        details = [
            f"{state.health}: {state.detail}" if state.detail else state.health
            for state in self.states
            if state.node == kind
        ]
        return "; ".join(details) or "not running"

    def voices(self) -> list[Voice]:
        """Every voice that can be asked for now, by id."""
        if self._voices is None:
            found = {
                (info.id, synth.engine): Voice(
                    synth.engine, synth.engine_label or synth.engine, info
                )
                for synth in self._synths()
                if synth.engine is not None
                for info in synth.voices
            }
            self._voices = [found[key] for key in sorted(found)]
        return self._voices

    def default_voice(self, engine: str | None = None) -> str | None:
        """The voice for requests that name none."""
        voices = self.voices()
        known = {voice.id for voice in voices if engine in (None, voice.engine)}
        if self._preferred in known:
            return self._preferred
        for synth in self._synths():
            if engine in (None, synth.engine) and synth.default_voice in known:
                return synth.default_voice
        return min(known, default=None)

    def resolve(self, voice_id: str | None, engine: str | None) -> Voice:
        """The voice that a request means.

        Raises:
            InputError: There is no such voice, or it is another engine's.
            UnavailableError: No synth is there.
        """
        voices = self.voices()
        if not voices:
            raise UnavailableError("no synth is running", "NO_SYNTH", retry_after_s=2)
        wanted = voice_id or self.default_voice(engine)
        if wanted is None:
            raise InputError(unknown_name("engine", engine or "", (v.engine for v in voices)))
        named = [voice for voice in voices if voice.id == wanted]
        if not named and self._was_there(wanted):
            raise UnavailableError(f"the synth of voice {wanted!r} is not running", "NO_SYNTH")
        if not named:
            raise InputError(unknown_name("voice", wanted, (v.id for v in voices)))
        for voice in named:
            if engine in (None, voice.engine):
                return voice
        raise InputError(f"voice {wanted!r} belongs to engine {named[0].engine!r}, not {engine!r}")

    def _synths(self) -> list[NodeInfo]:
        return self._nodes.ready("synth")

    def _was_there(self, voice_id: str) -> bool:
        voices = (voice.id for info in self._nodes.infos for voice in info.voices)
        return voice_id in voices
