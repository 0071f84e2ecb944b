"""What the bridge knows of other nodes: who is ready, which voices there are, their numbers."""

from dataclasses import dataclass

from ishowtts_bus.presence import MAX_NODES, Address, NodeTable, unknown_name
from ishowtts_player.errors import ApiError, InputError, UnavailableError
from ishowtts_player.recent import Recent
from ishowtts_schemas import (
    REFERENCE_VOICE,
    NodeInfo,
    NodeState,
    NodeStats,
    ProfileInfo,
    VoiceInfo,
)

NO_VOICE = "no synth has a voice yet: `ishowtts voices add` gives one to those that clone"


@dataclass(frozen=True)
class Voice:
    """One voice of one engine that runs."""

    engine: str
    engine_label: str
    info: VoiceInfo
    profiles: tuple[ProfileInfo, ...] = ()
    clones: bool = False
    """Whether its engine speaks with clips."""

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
        self._configured = default_voice
        self._chosen: str | None = None
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
        """Whether a node of that kind can be asked; a synth without voices speaks nothing."""
        if kind == "synth":
            return bool(self.voices())
        return self._nodes.any_ready(kind)

    def instances(self, kind: str) -> list[str]:
        """Names of the nodes of a kind that can be asked."""
        return [one.instance for one in self.states if one.node == kind and one.health == "ready"]

    def why_not(self, kind: str) -> str:
        """One sentence on a kind that is not ready."""
        if kind == "synth" and self.synths():
            return NO_VOICE
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
                    synth.engine,
                    info.engine_label or synth.engine_label or synth.engine,
                    info,
                    synth.profiles,
                    synth.clones,
                )
                for synth in self.synths()
                if synth.engine is not None
                for info in synth.voices
            }
            self._voices = [found[key] for key in sorted(found)]
        return self._voices

    def prefer(self, voice_id: str | None) -> None:
        """Take what was chosen over an interface; None goes back to what is configured."""
        self._chosen = voice_id

    def default_voice(self, engine: str | None = None) -> str | None:
        """The voice for requests that name none."""
        voices = self.voices()
        known = {voice.id for voice in voices if engine in (None, voice.engine)}
        for preferred in (self._chosen, self._configured):
            if preferred in known:
                return preferred
        for synth in self.synths():
            if engine in (None, synth.engine) and synth.default_voice in known:
                return synth.default_voice
        return min(known, default=None)

    def resolve(self, voice_id: str | None, engine: str | None) -> Voice:
        """The voice that a request means.

        Raises:
            InputError: There is no such voice, or it is another engine's.
            UnavailableError: No synth is there, or none has a voice.
        """
        voices = self.some_voices()
        wanted = voice_id or self.default_voice(engine)
        if wanted is None:
            raise self._voiceless(engine or "")
        named = [voice for voice in voices if voice.id == wanted]
        if not named and self._was_there(wanted):
            raise UnavailableError(f"the synth of voice {wanted!r} is not running", "NO_SYNTH")
        if not named:
            raise InputError(unknown_name("voice", wanted, (v.id for v in voices)))
        for voice in named:
            if engine in (None, voice.engine):
                return voice
        raise InputError(f"voice {wanted!r} belongs to engine {named[0].engine!r}, not {engine!r}")

    def some_voices(self) -> list[Voice]:
        """All voices.

        Raises:
            UnavailableError: There is none.
        """
        voices = self.voices()
        if not voices:
            text = NO_VOICE if self.synths() else "no synth is running"
            raise UnavailableError(text, "NO_SYNTH", retry_after_s=2)
        return voices

    def cloning(self, engine: str | None = None) -> Voice:
        """What a request with a clip of its own names as its voice.

        Raises:
            UnavailableError: No synth that clones is running.
            InputError: The engine that was asked for does not clone.
        """
        synths = [synth for synth in self.synths() if engine in (None, synth.engine)]
        for synth in synths:
            if synth.clones and synth.engine is not None:
                label = synth.engine_label or synth.engine
                own = VoiceInfo(id=REFERENCE_VOICE, label=REFERENCE_VOICE)
                return Voice(synth.engine, label, own, synth.profiles, clones=True)
        if engine is not None and synths:
            raise InputError(f"engine {engine!r} does not speak with clips", "CANNOT_CLONE")
        raise UnavailableError("no synth that speaks with clips is running", "NO_SYNTH")

    def cloners(self) -> list[NodeInfo]:
        """The synths that speak with clips and can be asked now."""
        return [synth for synth in self.synths() if synth.clones]

    def check_profile(self, profile: str, voice: Voice | None) -> None:
        """Make sure that a voice's engine has a profile, or that any engine has it.

        Raises:
            InputError: None has it; the text lists those there are.
        """
        voices = self.voices() if voice is None else [voice]
        known = [one.id for each in voices for one in each.profiles]
        if profile not in known:
            raise InputError(unknown_name("profile", profile, known))

    def synths(self) -> list[NodeInfo]:
        """Facts of the synths that can be asked."""
        return self._nodes.ready("synth")

    def engines(self) -> dict[str, str]:
        """Engines that can be asked for a voice, and how each is called for people."""
        found = {one.engine: one.engine_label for one in self.synths() if one.engine and one.voices}
        return {engine: found[engine] or engine for engine in sorted(found)}

    def _voiceless(self, engine: str) -> ApiError:
        """Why an engine cannot be asked, although others can."""
        engines = [synth.engine for synth in self.synths() if synth.engine]
        if engine in engines:
            return UnavailableError(f"engine {engine!r} has no voice yet", "NO_VOICE")
        return InputError(unknown_name("engine", engine, engines))

    def _was_there(self, voice_id: str) -> bool:
        voices = (voice.id for info in self._nodes.infos for voice in info.voices)
        return voice_id in voices
