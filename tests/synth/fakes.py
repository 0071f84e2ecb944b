"""Engines and listeners that tests hold in their hands."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ishowtts_schemas import SpeechRequest, VoiceInfo
from ishowtts_synth.engines.base import Engine, SerialEngine, SpeechJob, Utterance
from ishowtts_synth.errors import BadRequestError
from ishowtts_synth.jobs import JobEnd, SynthJob
from ishowtts_synth.settings import ToneSettings

SOON_S = 5.0
PIECE = b"\x01\x00" * 2400


class RecordingJob:
    """A job that keeps what the engine does with it.

    Args:
        utterance: What to speak.
        cancel_after: Bytes after which nobody listens any more.
    """

    def __init__(self, utterance: Utterance, cancel_after: int | None = None) -> None:
        self.utterance = utterance
        self.pcm = bytearray()
        self.pieces = 0
        self.ends: list[Exception | None] = []
        self.marks: list[tuple[int, int]] = []
        self._cancel_after = cancel_after

    @property
    def cancelled(self) -> bool:
        return self._cancel_after is not None and len(self.pcm) >= self._cancel_after

    def emit(self, pcm: bytes) -> None:
        self.pcm += pcm
        self.pieces += 1

    def mark(self, chars: int) -> None:
        self.marks.append((chars, len(self.pcm) // 2))

    def finish(self) -> None:
        self.ends.append(None)

    def fail(self, error: Exception) -> None:
        self.ends.append(error)


def admit(engine: Engine[Any], job: RecordingJob) -> None:
    try:
        engine.admit(job)
    except BadRequestError as error:
        job.fail(error)


def speak(engine: Engine[Any], *jobs: RecordingJob, max_steps: int = 100_000) -> None:
    """Run jobs to their ends, as the worker would."""
    for job in jobs:
        admit(engine, job)
    for _ in range(max_steps):
        if all(job.ends for job in jobs):
            return
        engine.step()
    raise AssertionError("the engine does not end")


def refusal(engine: Engine[Any], utterance: Utterance) -> str:
    """What an engine says to a request that it cannot speak."""
    job = RecordingJob(utterance)
    speak(engine, job)
    (error,) = job.ends
    assert isinstance(error, BadRequestError)
    assert not job.pcm
    return str(error)


class GateEngine(SerialEngine[ToneSettings]):
    """Emits one piece, then one per open of the gate; breaks when told to.

    Attributes:
        gate: One piece is emitted for each permit.
        texts: What it was given, in order.
        breakages: Raised by the next utterances, one each.
        complaints: With which it fails the next jobs, one each.
        loads: How often it was loaded.
    """

    key = "tone"
    label = "Gate"
    licence = "MIT"
    settings_type = ToneSettings
    sample_rate_hz = 24_000
    default_voice = "gate"

    def __init__(self, pieces: int = 3) -> None:
        super().__init__(ToneSettings())
        self.gate = threading.Semaphore(0)
        self.speaking = threading.Event()
        self.texts: list[str] = []
        self.breakages: list[Exception] = []
        self.complaints: list[Exception] = []
        self.load_error: Exception | None = None
        self.loads = 0
        self.closes = 0
        self._pieces = pieces

    @classmethod
    def check(cls, settings: ToneSettings) -> None:
        pass

    def load(self) -> None:
        self.loads += 1
        if self.load_error is not None:
            raise self.load_error

    def voices(self) -> Sequence[VoiceInfo]:
        return [VoiceInfo(id="gate", label="Gate")]

    def admit(self, job: SpeechJob) -> None:
        if self.complaints:
            job.fail(self.complaints.pop(0))
        else:
            super().admit(job)

    def speak(self, job: SpeechJob) -> Iterator[None]:
        self.texts.append(job.utterance.text)
        self.speaking.set()
        if self.breakages:
            raise self.breakages.pop(0)
        for _ in range(self._pieces):
            if not self.gate.acquire(timeout=SOON_S):
                raise AssertionError("nobody opened the gate")
            job.emit(PIECE)
            yield

    def open(self, pieces: int = 1_000) -> None:
        self.gate.release(pieces)

    def close(self) -> None:
        super().close()
        self.closes += 1


class ListenerLog:
    """What a worker reported, and the audio buffer given back as a quick broker would."""

    def __init__(self) -> None:
        self.chunks: list[tuple[str, int, bytes]] = []
        self.ends: dict[str, JobEnd] = {}
        self.order: list[str] = []
        self.duplicates = 0
        self.reloads: list[str] = []
        self.parts: list[tuple[str, int, int]] = []
        self.release: Callable[[int], None] | None = None

    def on_chunk(self, job: SynthJob, offset: int, pcm: bytes) -> None:
        self.chunks.append((job.request.utterance_id, offset, pcm))
        if self.release is not None:
            self.release(len(pcm))

    def on_part(self, job: SynthJob, chars: int, samples: int) -> None:
        self.parts.append((job.request.utterance_id, chars, samples))

    def on_end(self, job: SynthJob, end: JobEnd) -> None:
        self.ends[job.request.utterance_id] = end
        self.order.append(job.request.utterance_id)

    def on_duplicate(self) -> None:
        self.duplicates += 1

    def on_reload(self, reason: str) -> None:
        self.reloads.append(reason)


def speech_request(utterance_id: str = "u1", **changes: Any) -> SpeechRequest:
    facts: dict[str, Any] = {
        "utterance_id": utterance_id,
        "room": "main",
        "text": "hello world",
        "voice": "gate",
        "deadline_at_ns": time.time_ns() + 60_000_000_000,
    }
    return SpeechRequest(**(facts | changes))
