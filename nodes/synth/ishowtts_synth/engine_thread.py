"""The engine's own thread: loads it, speaks jobs one step after the other, reloads it."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from ishowtts_synth.audio import AudioPath, open_audio_path
from ishowtts_synth.engine_voices import EngineVoices
from ishowtts_synth.engines.base import Engine, Utterance
from ishowtts_synth.errors import BadRequestError, EngineError, EngineUnavailableError
from ishowtts_synth.jobs import EXPIRED, ActiveJob, JobEnd, SynthJob, describe
from ishowtts_synth.settings import SynthSettings
from ishowtts_synth.shared_jobs import SharedJobs

_LOG = logging.getLogger("ishowtts.synth")

FAILURES_BEFORE_RELOAD = 3

Post = Callable[..., None]
"""Has a function called on the event loop, in order: `post(function, *arguments)`."""


class EngineListener(Protocol):
    """What becomes of jobs; called on the event loop, in order."""

    def on_chunk(self, job: SynthJob, offset: int, pcm: bytes) -> None: ...

    def on_part(self, job: SynthJob, chars: int, samples: int) -> None: ...

    def on_end(self, job: SynthJob, end: JobEnd) -> None: ...

    def on_reload(self, reason: str) -> None: ...


class EngineThread:
    """Owns the engine, and is the desk of its active jobs.

    Attributes:
        loaded: Set when it can speak, or to why it never will.
        ended: Set when the thread is over; to the reason where that is not `jobs.close`.
        voices: The clips that the engine was given.
    """

    def __init__(
        self,
        engine: Engine[Any],
        settings: SynthSettings,
        jobs: SharedJobs,
        listener: EngineListener,
        post: Post,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.loaded: Future[EngineError | None] = Future()
        self.ended: Future[EngineError | None] = Future()
        self._engine = engine
        self._settings = settings
        self._jobs = jobs
        self._listener = listener
        self._post = post
        self._timer = timer
        self._failures = 0
        self._cold = settings.warmup
        self.voices = EngineVoices(engine, jobs, post)

    @property
    def _beyond_trust(self) -> bool:
        return self._failures >= FAILURES_BEFORE_RELOAD

    def start(self) -> None:
        """Load the engine, and speak until the jobs are closed."""
        for future in (self.loaded, self.ended):
            future.set_running_or_notify_cancel()
        name = f"engine-{self._engine.key}"
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def send(self, job: ActiveJob, chunk: bytes) -> bool:
        if not self._jobs.reserve(job, len(chunk)):
            return False
        self._post(self._listener.on_chunk, job.job, job.samples, chunk)
        return True

    def mark(self, job: ActiveJob, chars: int) -> None:
        self._post(self._listener.on_part, job.job, chars, job.samples)

    def end(self, job: ActiveJob, end: JobEnd) -> None:
        if not self._jobs.end(job):
            return
        if end.outcome == "done":
            self._failures = 0
        elif end.failure is not None and end.failure.unexpected:
            self._failures += 1
        self._post(self._listener.on_end, job.job, end)

    def _run(self) -> None:
        error: EngineError | None = None
        try:
            with contextlib.closing(self._engine):
                self._load()
                self.loaded.set_result(None)
                while self._jobs.wait_for_work():
                    self._advance()
        except EngineUnavailableError as caught:
            error = caught
        except Exception as caught:  # noqa: BLE001 - the end of the thread; its error goes on
            error = EngineUnavailableError(f"{self._engine.label}: {describe(caught)}")
        if not self.loaded.done():
            self.loaded.set_result(error)
        self.ended.set_result(error)

    def _load(self) -> None:
        self._engine.load()
        self._open_path()
        self._warm_up(self._engine.default_voice)

    def _warm_up(self, voice: str | None) -> None:
        """Speak to nobody, once: a model's first words take longer than all that follow."""
        if voice is None or not self._cold:
            return
        self._cold = False
        self._engine.admit(warm := _UnheardJob(self._settings.warmup_text, voice))
        while not warm.ended:
            self._engine.step()

    def _advance(self) -> None:
        failures = self._failures
        self._jobs.moved()
        while (call := self._jobs.take_call()) is not None:
            call()
        try:
            if not self._jobs.active:
                self._warm_up(self.voices.first)
            self._admit()
            if self._jobs.active:
                self._engine.step()
        except Exception as error:  # noqa: BLE001 - the boundary: one job's failure is not all's
            _LOG.warning("%s failed", self._engine.label, exc_info=True)
            self._fail_active(error)
            self._failures = failures + 1
        if self._beyond_trust:
            self._reload()

    def _admit(self) -> None:
        while len(self._jobs.active) < self._engine.slots and not self._beyond_trust:
            active, late = self._jobs.take(self._activate)
            for expired in late:
                self._post(self._listener.on_end, expired, EXPIRED)
            if active is None:
                return
            self._begin(active)

    def _activate(self, job: SynthJob) -> ActiveJob:
        return ActiveJob(job, self._open_path(), self, self._timer)

    def _begin(self, active: ActiveJob) -> None:
        try:
            self._engine.admit(active)
        except BadRequestError as error:
            active.fail(error)

    def _open_path(self) -> AudioPath:
        return open_audio_path(self._engine.sample_rate_hz, self._settings.sample_rate_hz)

    def _fail_active(self, error: Exception) -> None:
        for active in self._jobs.active:
            active.fail(error)

    def _reload(self) -> None:
        reason = f"{self._engine.label} failed {self._failures} times in a row and was reloaded"
        self._fail_active(EngineError(reason))
        self._failures = 0
        self._engine.close()
        self._engine.load()
        self.voices.bring_again()
        self._post(self._listener.on_reload, reason)


class _UnheardJob:
    """What warming up speaks into."""

    cancelled = False

    def __init__(self, text: str, voice: str) -> None:
        self.utterance = Utterance(text, voice)
        self.ended = False

    def emit(self, pcm: bytes) -> None:
        pass

    def mark(self, chars: int) -> None:
        pass

    def finish(self) -> None:
        self.ended = True

    def fail(self, error: Exception) -> None:
        raise error
