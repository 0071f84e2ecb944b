"""Which engine speaks an utterance now: the one that is wished for, or who stands in for it.

Pure policy; times are monotonic seconds from the caller.
"""

from collections.abc import Callable

from ishowtts_filter.flights.circuit import Circuit
from ishowtts_filter.flights.synths import Choice, SynthTable
from ishowtts_filter.settings.queue import FallbackSettings
from ishowtts_filter.utterance import Utterance


class EngineChooser:
    """Knows what synths live, which engines fail, and who stands in.

    Attributes:
        circuit: What engines did with their work; whoever learns of it tells it.
    """

    def __init__(
        self, settings: FallbackSettings, synths: SynthTable, free: Callable[[str], int]
    ) -> None:
        self.circuit = Circuit(settings.failures, settings.pause_s)
        self._settings = settings
        self._synths = synths
        self._free = free

    def choose(self, utterance: Utterance, now: float, avoid: str | None = None) -> Choice | None:
        """Engine and voice with a free slot; None where it has to wait.

        Args:
            utterance: With its wishes.
            now: Monotonic seconds.
            avoid: The engine that just failed with it: somebody else goes first.
        """
        choices = self._synths.choices(utterance.voice, utterance.engine)
        for choice in choices:
            if choice.engine != avoid and self._can_take(choice, now):
                return choice
        stand_in = self._stand_in(choices)
        needed = avoid is not None or all(self._fails(one.engine, now) for one in choices)
        if needed and stand_in is not None and self._can_take(stand_in, now):
            return stand_in
        # With nobody to stand in, an engine that fails is better than none.
        alone = stand_in is None or stand_in.engine not in self._synths.slots
        able = (one for one in choices if self._free(one.engine) > 0)
        return next((one for one in able if alone or self.circuit.allows(one.engine, now)), None)

    def _can_take(self, choice: Choice, now: float) -> bool:
        return self._free(choice.engine) > 0 and self.circuit.allows(choice.engine, now)

    def _fails(self, engine: str, now: float) -> bool:
        """Whether waiting for it would make speech late."""
        away = self._synths.away_s(engine, now) >= self._settings.after_s
        return away or not self.circuit.allows(engine, now)

    def _stand_in(self, choices: list[Choice]) -> Choice | None:
        """The fallback engine with its own voice, where somebody could speak it at all."""
        engine = self._settings.engine
        if not choices or not engine or engine in (choice.engine for choice in choices):
            return None
        return next(iter(self._synths.choices(None, engine)), None)
