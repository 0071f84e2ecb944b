"""Which synths live, what they can say, and how much at once."""

import difflib
from typing import NamedTuple

from msgspec import Struct

from ishowtts_schemas import Health, NodeInfo, NodeState

MAX_SYNTHS = 256


class Choice(NamedTuple):
    """An engine and one of its voices."""

    engine: str
    voice: str


class Synth(Struct):
    """One synth process as the bus shows it; its state and its facts arrive apart."""

    incarnation: int = 0
    health: Health = "starting"
    info: NodeInfo | None = None

    @property
    def live(self) -> bool:
        known = self.info is not None and self.info.incarnation == self.incarnation
        return known and self.health == "ready"


class SynthTable:
    """Every synth that was ever announced, by instance; full, it forgets one that is offline.

    A synth that went away keeps its voices here: a message for one of them waits for its
    return. Without a wish for a voice, only those that live are chosen.
    """

    def __init__(self, default_engine: str = "", default_voice: str = "") -> None:
        self._default_engine = default_engine
        self._default_voice = default_voice
        self._synths: dict[str, Synth] = {}
        self._engines: list[tuple[str, list[NodeInfo]]] = []
        self._slots: dict[str, int] = {}
        self._away_since: dict[str, float] = {}

    @property
    def slots(self) -> dict[str, int]:
        """Utterances that each engine takes at once, all its live synths together."""
        return self._slots

    def on_state(self, state: NodeState) -> None:
        """Take in a synth's presence; a late will of an earlier incarnation is old news."""
        synth = self._synth(state.instance)
        if synth is None or state.incarnation < synth.incarnation:
            return
        synth.incarnation = state.incarnation
        synth.health = state.health
        self._arrange()

    def on_info(self, info: NodeInfo) -> None:
        """Take in a synth's facts."""
        synth = self._synth(info.instance)
        if synth is None or (synth.info and info.incarnation < synth.info.incarnation):
            return
        synth.info = info
        self._arrange()

    def gone(self, instance: str, incarnation: int) -> bool:
        """Whether this very process can no longer finish what it took."""
        synth = self._synths.get(instance)
        if synth is None or synth.incarnation < incarnation:
            return False
        return synth.incarnation > incarnation or synth.health == "offline"

    def away_s(self, engine: str, now: float) -> float:
        """For how long somebody has asked for an engine that no live synth has; 0 where one has."""
        if engine in self._slots:
            return 0.0
        return now - self._away_since.setdefault(engine, now)

    def choices(self, voice: str | None, engine: str | None) -> list[Choice]:
        """Who can say it, the best first; empty where nobody can now or later.

        Args:
            voice: Wanted voice; None for the default one.
            engine: Wanted engine; None for any.
        """
        wanted = [row for row in self._engines if engine is None or row[0] == engine]
        if voice is not None:
            return [Choice(name, voice) for name, infos in wanted if _has(infos, voice)]
        if not wanted:
            return []
        for name, infos in wanted:
            if name in self._slots and _has(infos, self._default_voice):
                return [Choice(name, self._default_voice)]
        name, infos = wanted[0]
        own = _own_voice(infos)
        return [Choice(name, own)] if own else []

    def unknown(self, voice: str | None, engine: str | None) -> str | None:
        """Why nobody can say it, naming what comes close; None where somebody can.

        While no synth is known nobody can tell.
        """
        if not self._engines or self.choices(voice, engine):
            return None
        engines = [name for name, _ in self._engines]
        if engine is not None and engine not in engines:
            return f"no engine {engine!r}; {_close(engine, engines)}"
        rows = [infos for name, infos in self._engines if engine in (None, name)]
        voices = sorted({one.id for infos in rows for info in infos for one in info.voices})
        where = f" in {engine}" if engine else ""
        return f"no voice {voice!r}{where}; {_close(voice or '', voices)}"

    def _synth(self, instance: str) -> Synth | None:
        if instance not in self._synths and len(self._synths) >= MAX_SYNTHS:
            gone = (name for name, synth in self._synths.items() if synth.health == "offline")
            name = next(gone, None)
            if name is None:
                return None
            del self._synths[name]
        return self._synths.setdefault(instance, Synth())

    def _arrange(self) -> None:
        """Engines in order of preference: live ones, the default one, by name."""
        rows: dict[str, list[NodeInfo]] = {}
        slots: dict[str, int] = {}
        for synth in self._synths.values():
            info = synth.info
            if info is None or info.engine is None:
                continue
            rows.setdefault(info.engine, []).append(info)
            if synth.live:
                slots[info.engine] = slots.get(info.engine, 0) + info.slots
        self._slots = slots
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


def _close(wanted: str, known: list[str]) -> str:
    close = difflib.get_close_matches(wanted, known, 3, 0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"there are: {', '.join(known[:10]) or 'none'}"
