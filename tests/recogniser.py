"""Ears: a closed-grammar recogniser that says which of a few phrases it heard."""

from pathlib import Path

import numpy
import soxr
from pocketsphinx import Decoder

BUS_RATE_HZ = 24_000
RECOGNISER_RATE_HZ = 16_000
LEAD_IN = bytes(2 * 3200)
PHRASES = (
    "hello world", "good morning", "thank you", "red apple", "open door", "blue river",
    "happy birthday", "nice weather", "black coffee", "green garden", "seven stars",
    "quiet night", "fast train", "big mountain", "next station", "little bird",
    "yellow flower", "cold water", "strong wind", "new message",
)  # fmt: skip


class Recogniser:
    """Knows `PHRASES` and nothing else.

    Args:
        folder: Where the grammar is written.
    """

    def __init__(self, folder: Path) -> None:
        grammar = folder / "phrases.gram"
        grammar.write_text(f"#JSGF V1.0;\ngrammar g;\npublic <phrase> = {' | '.join(PHRASES)};\n")
        self._decoder = Decoder(samprate=RECOGNISER_RATE_HZ, jsgf=str(grammar), loglevel="FATAL")

    def hear(self, pcm: bytes, rate_hz: int = BUS_RATE_HZ) -> str:
        """The phrase in mono s16le audio, empty where none was understood."""
        samples = soxr.resample(numpy.frombuffer(pcm, "<i2"), rate_hz, RECOGNISER_RATE_HZ)
        self._decoder.start_utt()
        self._decoder.process_raw(LEAD_IN + samples.astype("<i2").tobytes(), full_utt=True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        return hypothesis.hypstr if hypothesis else ""
