"""One request on its way through the node: what the loop knows of it, what the engine sees."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from ishowtts_bus import ReplyTo
from ishowtts_schemas import SAMPLE_BYTES, FailureCode, Priority, SpeechRequest
from ishowtts_synth.audio import AudioPath
from ishowtts_synth.engines.base import Utterance
from ishowtts_synth.errors import BadRequestError, EngineError
from ishowtts_synth.scheduler import Key

MAX_ERROR_CHARS = 300


class SynthJob:
    """A request as the event loop keeps it.

    Attributes:
        cancelled: Nobody wants it any more; written by the loop, read by the engine's thread.
        replaced: It was cancelled because another attempt speaks: listeners wait for the rest.
        first_audio_s: When its first audio was published, in the timer's terms.
    """

    def __init__(self, request: SpeechRequest, reply_to: ReplyTo | None, received_s: float) -> None:
        self.request = request
        self.reply_to = reply_to
        self.received_s = received_s
        self.cancelled = False
        self.replaced = False
        self.first_audio_s: float | None = None

    @property
    def key(self) -> Key:
        return (self.request.utterance_id, self.request.attempt)

    @property
    def priority(self) -> Priority:
        return self.request.priority

    @property
    def deadline_at_ns(self) -> int:
        return self.request.deadline_at_ns

    def cancel(self, attempt: int | None) -> None:
        """Call it off, alone (its attempt) or with every other attempt (None)."""
        self.replaced = attempt is not None and (self.replaced or not self.cancelled)
        self.cancelled = True


@dataclass(frozen=True)
class Failure:
    """Why a job could not be spoken, in the terms of `SpeechFailed`.

    Attributes:
        unexpected: The engine did not put it into words: it may be broken as a whole.
    """

    code: FailureCode
    text: str
    retryable: bool = False
    unexpected: bool = False


@dataclass(frozen=True)
class JobEnd:
    """How a job ended.

    Attributes:
        failure: None unless the outcome is `failed`.
        samples: Length of the utterance as far as it was emitted, at the bus's rate.
        synth_ms: From the first engine step to the last.
    """

    outcome: Literal["done", "cancelled", "failed"]
    failure: Failure | None = None
    samples: int = 0
    synth_ms: float = 0.0


def failed(code: FailureCode, text: str, *, retryable: bool = False) -> JobEnd:
    return JobEnd("failed", Failure(code, text, retryable))


DONE = JobEnd("done")
CANCELLED = JobEnd("cancelled")
EXPIRED = failed("expired", "its turn came after its deadline")
OVERLOADED = failed("overloaded", "the queue is full", retryable=True)
SHUTTING_DOWN = failed("shutting_down", "the synth is stopping", retryable=True)


class JobDesk(Protocol):
    """Where an active job hands in its audio and its end; called in the engine's thread."""

    def send(self, job: "ActiveJob", chunk: bytes) -> bool:
        """Pass a chunk on, waiting for room; False where it is not wanted any more."""
        ...

    def mark(self, job: "ActiveJob", chars: int) -> None: ...

    def end(self, job: "ActiveJob", end: JobEnd) -> None: ...


class ActiveJob:
    """A job in the engine's hands: the engine's `SpeechJob`."""

    def __init__(
        self, job: SynthJob, path: AudioPath, desk: JobDesk, timer: Callable[[], float]
    ) -> None:
        request = job.request
        self.job = job
        self.utterance = Utterance(
            request.text,
            request.voice,
            request.speed,
            request.language,
            request.options,
            request.reference,
        )
        self.ended = False
        self.abandoned = False
        self.samples = request.offset
        self._path = path
        self._desk = desk
        self._timer = timer
        self._started_s = timer()

    @property
    def cancelled(self) -> bool:
        return self.job.cancelled or self.abandoned or self.ended

    def emit(self, pcm: bytes) -> None:
        self._send(self._path.push(pcm))

    def mark(self, chars: int) -> None:
        if not self.cancelled:
            self._desk.mark(self, chars)

    def finish(self) -> None:
        if not self.cancelled:
            self._send(self._path.finish())
        if self.abandoned:
            self._end(SHUTTING_DOWN)
        else:
            self._end(CANCELLED if self.cancelled else DONE)

    def fail(self, error: Exception) -> None:
        if isinstance(error, BadRequestError):
            self._end(failed("bad_request", str(error)))
        else:
            unexpected = not isinstance(error, EngineError)
            failure = Failure("engine_error", describe(error), True, unexpected)
            self._end(JobEnd("failed", failure))

    def _send(self, chunks: list[bytes]) -> None:
        for chunk in chunks:
            if self.cancelled or not self._desk.send(self, chunk):
                return
            self.samples += len(chunk) // SAMPLE_BYTES

    def _end(self, end: JobEnd) -> None:
        synth_ms = 1000 * (self._timer() - self._started_s)
        self._desk.end(self, replace(end, samples=self.samples, synth_ms=synth_ms))


def describe(error: Exception) -> str:
    """One line on an engine's failure; what it says itself where it meant to."""
    if isinstance(error, EngineError):
        return str(error)
    return " ".join(f"the engine failed: {type(error).__name__}: {error}".split())[:MAX_ERROR_CHARS]
