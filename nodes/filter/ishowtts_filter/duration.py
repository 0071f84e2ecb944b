"""How long a text will sound, before anybody has spoken it."""

import re

_IDEOGRAPH = re.compile(
    "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)

# Ordinary speaking rates: 180 English words and 270 Chinese syllables a minute.
_CHARS_PER_S = 15.0
_IDEOGRAPHS_PER_S = 4.5
_PAUSE_S = 0.3

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


def typical_s(text: str) -> float:
    """Seconds that an average voice takes."""
    ideographs = 0 if text.isascii() else len(_IDEOGRAPH.findall(text))
    others = len(text) - ideographs
    return _PAUSE_S + others / _CHARS_PER_S + ideographs / _IDEOGRAPHS_PER_S
