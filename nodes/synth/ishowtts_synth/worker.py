"""The thread that owns the engine, and the bounded ways in and out of it."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from ishowtts_schemas import SAMPLE_BYTES
from ishowtts_synth.audio import AudioPath, open_audio_path, samples_in
from ishowtts_synth.engines.base import Engine, Utterance
from ishowtts_synth.errors import BadRequestError, EngineError, EngineUnavailableError
from ishowtts_synth.jobs import (
    CANCELLED,
    EXPIRED,
    OVERLOADED,
    SHUTTING_DOWN,
    ActiveJob,
    JobEnd,
    SynthJob,
    describe,
)
from ishowtts_synth.scheduler import Scheduler, names
from ishowtts_synth.settings import SynthSettings

_LOG = logging.getLogger("ishowtts.synth")

FAILURES_BEFORE_RELOAD = 3
HANG_CHECK_S = 1.0
ABANDON_S = 1.0
"""How long a stopping engine has after it was told that nobody listens any more."""

_REFUSALS = {"overloaded": OVERLOADED, "expired": EXPIRED, "cancelled": CANCELLED}


class WorkerListener(Protocol):
    """What the worker reports; called on the event loop, in order."""

    def on_chunk(self, job: SynthJob, offset: int, pcm: bytes) -> None: ...

    def on_part(self, job: SynthJob, chars: int, samples: int) -> None: ...

    def on_end(self, job: SynthJob, end: JobEnd) -> None: ...

    def on_duplicate(self) -> None: ...

    def on_reload(self, reason: str) -> None: ...


class SynthWorker:
    """Loads the engine and speaks jobs in a thread of its own.

    One condition guards all that both sides touch: the queue, the jobs in the engine's hands,
    the bytes that wait for the broker. A broker that is away stops the thread in `send` when
    `buffer_ms` of audio wait; `release` and `cancel` wake it.
    """

    def __init__(
        self,
        engine: Engine[Any],
        settings: SynthSettings,
        listener: WorkerListener,
        clock_ns: Callable[[], int] = time.time_ns,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._listener = listener
        self._timer = timer
        self._scheduler = Scheduler[SynthJob](settings.queue_capacity, clock_ns)
        self._changed = threading.Condition()
        self._active: list[ActiveJob] = []
        self._buffered_bytes = 0
        self._closing = False
        self._failures = 0
        self._moved_s = timer()
        self._call_on_loop: Callable[..., Any] = _nobody_listens
        self._loaded: Future[EngineError | None] = Future()
        self._ended: Future[EngineError | None] = Future()

    @property
    def waiting(self) -> int:
        """Jobs in the queue."""
        return len(self._scheduler)

    async def start(self) -> None:
        """Load the engine; returns when it can speak.

        Raises:
            EngineError: It cannot.
        """
        self._call_on_loop = asyncio.get_running_loop().call_soon_threadsafe
        for future in (self._loaded, self._ended):
            future.set_running_or_notify_cancel()
        name = f"engine-{self._engine.key}"
        threading.Thread(target=self._run, name=name, daemon=True).start()
        _raise(await asyncio.wrap_future(self._loaded))

    async def watch(self) -> None:
        """Return when the thread has ended.

        Raises:
            EngineError: It ended because the engine is beyond help, or it hangs in native code:
                only the end of the process sets such an engine free.
        """
        ended = asyncio.wrap_future(self._ended)
        while not (await asyncio.wait([ended], timeout=HANG_CHECK_S))[0]:
            if self._hangs():
                raise EngineUnavailableError(
                    f"{self._engine.label} has hung for {self._settings.hang_s:g} s"
                )
        _raise(ended.result())

    def submit(self, job: SynthJob) -> bool:
        """Queue a job, at once; whether it was taken. If not, the listener has heard why."""
        with self._changed:
            verdict = self._scheduler.add(job)
            self._changed.notify_all()
        if verdict == "duplicate":
            self._listener.on_duplicate()
        elif verdict in _REFUSALS:
            self._listener.on_end(job, _REFUSALS[verdict])
        return verdict == "queued"

    def cancel(self, utterance_id: str, attempt: int | None = None) -> None:
        """End every attempt at an utterance, or only one, now or when its request comes."""
        with self._changed:
            waiting = self._scheduler.cancel(utterance_id, attempt)
            for active in self._active:
                if names(utterance_id, attempt, active.job.key):
                    active.job.cancel(attempt)
            self._changed.notify_all()
        for job in waiting:
            job.cancel(attempt)
            self._listener.on_end(job, CANCELLED)

    def release(self, size: int) -> None:
        """The broker has taken so many bytes."""
        with self._changed:
            self._buffered_bytes -= size
            self._changed.notify_all()

    async def stop(self, grace_s: float) -> None:
        """Take nothing more, let what is spoken end within `grace_s`, fail the rest."""
        if not (self._ended.running() or self._ended.done()):
            return
        with self._changed:
            self._closing = True
            waiting = self._scheduler.drain()
            self._changed.notify_all()
        for job in waiting:
            self._listener.on_end(job, SHUTTING_DOWN)
        if not await self._ends_within(grace_s):
            self._abandon()
            if not await self._ends_within(ABANDON_S):
                _LOG.error("%s does not stop; left behind", self._engine.label)
                for active in list(self._active):
                    self.end(active, SHUTTING_DOWN)

    def _hangs(self) -> bool:
        with self._changed:
            still_s = self._timer() - self._moved_s
            return bool(self._active) and still_s >= self._settings.hang_s

    async def _ends_within(self, seconds: float) -> bool:
        await asyncio.wait([asyncio.wrap_future(self._ended)], timeout=seconds)
        return self._ended.done()

    def _abandon(self) -> None:
        with self._changed:
            for active in self._active:
                active.abandoned = True
            self._changed.notify_all()

    # From here on: the engine's thread.

    def send(self, job: ActiveJob, chunk: bytes) -> bool:
        limit = SAMPLE_BYTES * samples_in(self._settings.buffer_ms, self._settings.sample_rate_hz)
        with self._changed:
            while self._buffered_bytes + len(chunk) > limit and not job.cancelled:
                self._changed.wait(HANG_CHECK_S)
                self._moved_s = self._timer()
            if job.cancelled:
                return False
            self._buffered_bytes += len(chunk)
        self._post(self._listener.on_chunk, job.job, job.samples, chunk)
        return True

    def mark(self, job: ActiveJob, chars: int) -> None:
        self._post(self._listener.on_part, job.job, chars, job.samples)

    def end(self, job: ActiveJob, end: JobEnd) -> None:
        with self._changed:
            if job.ended:
                return
            job.ended = True
            self._active.remove(job)
            self._scheduler.end(job.job.key)
        if end.outcome == "done":
            self._failures = 0
        elif end.failure is not None and end.failure.code == "engine_error":
            self._failures += 1
        self._post(self._listener.on_end, job.job, end)

    def _run(self) -> None:
        error: EngineError | None = None
        try:
            with contextlib.closing(self._engine):
                self._load()
                self._loaded.set_result(None)
                while self._await_work():
                    self._advance()
        except EngineUnavailableError as caught:
            error = caught
        except Exception as caught:  # noqa: BLE001 - the end of the thread; its error goes on
            error = EngineUnavailableError(f"{self._engine.label}: {describe(caught)}")
        if not self._loaded.done():
            self._loaded.set_result(error)
        self._ended.set_result(error)

    def _load(self) -> None:
        self._engine.load()
        self._open_path()
        if self._settings.warmup:
            self._engine.admit(warm := _UnheardJob(self._settings.warmup_text, self._engine))
            while not warm.ended:
                self._engine.step()

    def _await_work(self) -> bool:
        """Sleep until there is something to do; False when there never will be."""
        with self._changed:
            while not (self._active or self._scheduler or self._closing):
                self._changed.wait()
            return bool(self._active) or not self._closing

    def _advance(self) -> None:
        failures = self._failures
        self._moved_s = self._timer()
        try:
            self._admit()
            if self._active:
                self._engine.step()
        except Exception as error:  # noqa: BLE001 - the boundary: one job's failure is not all's
            _LOG.warning("%s failed", self._engine.label, exc_info=True)
            self._fail_active(error)
            self._failures = failures + 1
        if self._failures >= FAILURES_BEFORE_RELOAD:
            self._reload()

    def _admit(self) -> None:
        while len(self._active) < self._engine.slots:
            with self._changed:
                late = self._scheduler.expire()
                job = None if self._closing else self._scheduler.take()
                active = job and ActiveJob(job, self._open_path(), self, self._timer)
                if active:
                    self._active.append(active)
            for expired in late:
                self._post(self._listener.on_end, expired, EXPIRED)
            if active is None:
                return
            self._begin(active)

    def _begin(self, active: ActiveJob) -> None:
        try:
            self._engine.admit(active)
        except BadRequestError as error:
            active.fail(error)

    def _open_path(self) -> AudioPath:
        settings = self._settings
        return open_audio_path(self._engine.sample_rate_hz, settings.sample_rate_hz)

    def _fail_active(self, error: Exception) -> None:
        for active in list(self._active):
            active.fail(error)

    def _reload(self) -> None:
        reason = f"{self._engine.label} failed {self._failures} times in a row and was reloaded"
        self._fail_active(EngineError(reason))
        self._failures = 0
        self._engine.close()
        self._engine.load()
        self._post(self._listener.on_reload, reason)

    def _post(self, call: Callable[..., None], *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop closed without waiting for us
            self._call_on_loop(call, *args)


class _UnheardJob:
    """What warming up speaks into."""

    cancelled = False

    def __init__(self, text: str, engine: Engine[Any]) -> None:
        self.utterance = Utterance(text, engine.default_voice)
        self.ended = False

    def emit(self, pcm: bytes) -> None:
        pass

    def mark(self, chars: int) -> None:
        pass

    def finish(self) -> None:
        self.ended = True

    def fail(self, error: Exception) -> None:
        raise error


def _raise(error: EngineError | None) -> None:
    if error is not None:
        raise error


def _nobody_listens(*_args: Any) -> None:
    """Before `start`."""
