"""Which synths live, what they can say, and how much at once."""

from typing import NamedTuple

from ishowtts_bus.presence import NodeTable, unknown_name
from ishowtts_schemas import NodeInfo, NodeState

MAX_WISHES = 1024


class Choice(NamedTuple):
    """An engine and one of its voices."""

    engine: str
    voice: str


class SynthTable:
    """Every synth that was ever announced.

    A synth that went away keeps its voices here: a message for one of them waits for its
    return. Without a wish for a voice, only those that live are chosen.
    """

    def __init__(self, default_engine: str = "", default_voice: str = "") -> None:
        self._default_engine = default_engine
        self._default_voice = default_voice
        self._nodes = NodeTable()
        self._engines: list[tuple[str, list[NodeInfo]]] = []
        self._slots: dict[str, int] = {}
        self._profiles: set[tuple[str, str]] = set()
        self._away_since: dict[str, float] = {}
        self._answers: dict[tuple[str | None, str | None], list[Choice]] = {}

    @property
    def slots(self) -> dict[str, int]:
        """Utterances that each engine takes at once, all its live synths together."""
        return self._slots

    def on_state(self, state: NodeState) -> None:
        """Take in a synth's presence."""
        if self._nodes.on_state(state):
            self._arrange()

    def on_info(self, info: NodeInfo) -> None:
        """Take in a synth's facts."""
        if self._nodes.on_info(info):
            self._arrange()

    def gone(self, instance: str, incarnation: int) -> bool:
        """Whether this very process can no longer finish what it took."""
        return self._nodes.gone("synth", instance, incarnation)

    def has_profile(self, engine: str, profile: str) -> bool:
        """Whether an engine can be asked for a profile."""
        return (engine, profile) in self._profiles

    def away_s(self, engine: str, now: float) -> float:
        """For how long somebody has asked for an engine that no live synth has; 0 where one has."""
        if engine in self._slots:
            return 0.0
        return now - self._away_since.setdefault(engine, now)

    def choices(self, voice: str | None, engine: str | None) -> list[Choice]:
        """Who can say it, the best first; empty where nobody can now or later. Not to be changed.

        Args:
            voice: Wanted voice; None for the default one.
            engine: Wanted engine; None for any.
        """
        answer = self._answers.get((voice, engine))
        if answer is None:
            # Asked five times for every message, and chat can wish for anything.
            if len(self._answers) >= MAX_WISHES:
                self._answers.clear()
            answer = self._answers[voice, engine] = self._find(voice, engine)
        return answer

    def _find(self, voice: str | None, engine: str | None) -> list[Choice]:
        wanted = [row for row in self._engines if engine is None or row[0] == engine]
        if voice is not None:
            return [Choice(name, voice) for name, infos in wanted if _has(infos, voice)]
        for name, infos in wanted:
            if name in self._slots and _has(infos, self._default_voice):
                return [Choice(name, self._default_voice)]
        # One that clones has no voice until somebody gives it one.
        own = ((name, _own_voice(infos)) for name, infos in wanted)
        return [Choice(name, voice) for name, voice in own if voice][:1]

    def unknown(self, voice: str | None, engine: str | None) -> str | None:
        """Why nobody can say it, naming what comes close; None where somebody can.

        While no synth is known nobody can tell.
        """
        if not self._engines or self.choices(voice, engine):
            return None
        engines = [name for name, _ in self._engines]
        if engine is not None and engine not in engines:
            return unknown_name("engine", engine, engines)
        rows = [infos for name, infos in self._engines if engine in (None, name)]
        voices = sorted({one.id for infos in rows for info in infos for one in info.voices})
        if not voices:
            return f"{engine} has no voice yet" if engine else "no synth has a voice yet"
        return unknown_name(f"{engine} voice" if engine else "voice", voice or "", voices)

    def _arrange(self) -> None:
        """Engines in order of preference: live ones, the default one, by name."""
        self._answers.clear()
        rows: dict[str, list[NodeInfo]] = {}
        slots: dict[str, int] = {}
        for info in self._nodes.infos:
            if info.engine is not None:
                rows.setdefault(info.engine, []).append(info)
        for info in self._nodes.ready("synth"):
            if info.engine is not None:
                slots[info.engine] = slots.get(info.engine, 0) + info.slots
        self._slots = slots
        self._profiles = {
            (name, profile.id)
            for name, infos in rows.items()
            for info in infos
            for profile in info.profiles
        }
        self._away_since = {
            name: since for name, since in self._away_since.items() if name not in slots
        }
        self._engines = sorted(
            rows.items(),
            key=lambda row: (row[0] not in slots, row[0] != self._default_engine, row[0]),
        )


def _has(infos: list[NodeInfo], voice: str) -> bool:
    return any(one.id == voice for info in infos for one in info.voices)


def _own_voice(infos: list[NodeInfo]) -> str | None:
    """The engine's default voice, or the first that it has."""
    named = [info.default_voice for info in infos if info.default_voice]
    return next(iter([*named, *(one.id for info in infos for one in info.voices)]), None)
