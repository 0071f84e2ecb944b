"""A pilot tone instead of speech: no dependencies, and every sample is known beforehand."""

import array
import math
import re
import time
from collections.abc import Callable, Iterator, Sequence

from ishowtts_schemas import VoiceInfo
from ishowtts_synth.engines.base import Engine, SpeechJob, Utterance
from ishowtts_synth.errors import BadRequestError
from ishowtts_synth.settings import ToneSettings

RATE_HZ = 24_000
AMPLITUDE = 8_000
STEP_PERIODS = 24
FREQUENCIES_HZ = (400, 500, 600, 750, 800, 960, 1000, 1200)
"""Each has a whole number of samples per period at `RATE_HZ`."""
_SENTENCE_END = re.compile(r"[.!?。！？]+\s*(?=\S)")


class ToneEngine(Engine[ToneSettings]):
    """Speaks several jobs at once, a piece of each per step, as a batching engine does."""

    key = "tone"
    label = "Pilot tone"
    licence = "MIT"
    settings_type = ToneSettings
    slots = 4
    sample_rate_hz = RATE_HZ
    default_voice = "tone-400"

    def __init__(self, settings: ToneSettings, sleep: Callable[[float], None] = time.sleep) -> None:
        super().__init__(settings)
        self._sleep = sleep
        self._jobs: list[tuple[SpeechJob, Iterator[bytes | int]]] = []

    @classmethod
    def check(cls, settings: ToneSettings) -> None:
        """It always runs."""

    def load(self) -> None:
        self._jobs = []

    def voices(self) -> Sequence[VoiceInfo]:
        return [VoiceInfo(id=f"tone-{hz}", label=f"{hz} Hz") for hz in FREQUENCIES_HZ]

    def admit(self, job: SpeechJob) -> None:
        if job.utterance.options:
            raise BadRequestError(f"tone has no option {next(iter(job.utterance.options))!r}")
        self._jobs.append((job, self._tone(job.utterance)))

    def step(self) -> None:
        for entry in list(self._jobs):
            job, pieces = entry
            piece = b"" if job.cancelled else next(pieces, b"")
            if isinstance(piece, int):
                job.mark(piece)
            elif piece:
                job.emit(piece)
            else:
                self._jobs.remove(entry)
                job.finish()

    def close(self) -> None:
        self._jobs = []

    def _tone(self, utterance: Utterance) -> Iterator[bytes | int]:
        """Whole periods, so that pieces join without a click, and where sentences begin."""
        if self.settings.latency_ms:
            self._sleep(self.settings.latency_ms / 1000)
        hz = int(utterance.voice.removeprefix("tone-"))
        period = _period(hz)
        duration_ms = len(utterance.text) * self.settings.ms_per_character / utterance.speed
        periods = int(duration_ms * hz / 1000)
        marks = [found.end() for found in _SENTENCE_END.finditer(utterance.text)]
        for start in range(0, periods, STEP_PERIODS):
            while marks and marks[0] * periods <= start * len(utterance.text):
                yield marks.pop(0)
            yield period * min(STEP_PERIODS, periods - start)


def _period(hz: int) -> bytes:
    length = RATE_HZ // hz
    wave = (round(AMPLITUDE * math.sin(2 * math.pi * i / length)) for i in range(length))
    samples = array.array("h", wave)
    return samples.tobytes()
