"""Ears: a closed-grammar recogniser that says which of a few phrases it heard."""

from pathlib import Path

import numpy
import soxr
from pocketsphinx import Decoder

BUS_RATE_HZ = 24_000
RECOGNISER_RATE_HZ = 16_000
QUIET = RECOGNISER_RATE_HZ // 5
"""Samples before and after a phrase: one that ends with its last sound is often misheard."""
NOISE = 20.0
"""Of a quiet room: digital silence has no spectrum, and normalising by it misleads."""
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
        # Normalised over one phrase: "live" would carry what it heard before into the next.
        self._decoder = Decoder(
            samprate=RECOGNISER_RATE_HZ, jsgf=str(grammar), cmn="batch", loglevel="FATAL"
        )

    def hear(self, pcm: bytes, rate_hz: int = BUS_RATE_HZ) -> str:
        """The phrase in mono s16le audio, empty where none was understood."""
        samples = soxr.resample(numpy.frombuffer(pcm, "<i2"), rate_hz, RECOGNISER_RATE_HZ)
        self._decoder.start_utt()
        padded = numpy.pad(samples.astype(float), QUIET)
        padded += numpy.random.default_rng(0).normal(0, NOISE, len(padded))
        sound = padded.clip(-32768, 32767).astype("<i2").tobytes()
        self._decoder.process_raw(sound, full_utt=True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        return hypothesis.hypstr if hypothesis else ""
