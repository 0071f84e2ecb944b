"""How fast each engine speaks and computes, learned from what it spoke."""

from ishowtts_filter.text.duration import typical_s

_LEARNING_RATE = 0.2
_FACTOR_RANGE = (0.25, 4.0)


class DurationModel:
    """Learns from what was spoken how fast each engine speaks and how fast it computes."""

    def __init__(self) -> None:
        self._factors: dict[str, float] = {}
        self._rtfs: dict[str, float] = {}

    def estimate_s(self, engine: str, text: str) -> float:
        """Seconds of audio that the engine will make of the text."""
        return typical_s(text) * self._factors.get(engine, 1.0)

    def synth_s(self, engine: str, audio_s: float) -> float:
        """Seconds that the engine will compute for so much audio; real time until it is known."""
        return audio_s * self._rtfs.get(engine, 1.0)

    def learn_speed(self, engine: str, audio_s: float, synth_s: float) -> None:
        """Take in a real-time factor."""
        if audio_s > 0:
            rtf = self._rtfs.get(engine, synth_s / audio_s)
            self._rtfs[engine] = rtf + _LEARNING_RATE * (synth_s / audio_s - rtf)

    def learn(self, engine: str, text: str, actual_s: float) -> None:
        """Take in how long it really was."""
        low, high = _FACTOR_RANGE
        seen = min(high, max(low, actual_s / typical_s(text)))
        factor = self._factors.get(engine, 1.0)
        self._factors[engine] = factor + _LEARNING_RATE * (seen - factor)
