"""The event loop's half of speaking: the bounded ways into the engine's thread and out of it."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from ishowtts_synth.engine_thread import EngineListener, EngineThread
from ishowtts_synth.engine_voices import EngineVoices
from ishowtts_synth.engines.base import Engine
from ishowtts_synth.errors import EngineError, EngineUnavailableError
from ishowtts_synth.jobs import CANCELLED, EXPIRED, OVERLOADED, SHUTTING_DOWN, SynthJob
from ishowtts_synth.settings import SynthSettings
from ishowtts_synth.shared_jobs import SharedJobs

_LOG = logging.getLogger("ishowtts.synth")

HANG_CHECK_S = 1.0
ABANDON_S = 1.0
"""How long a stopping engine has after it was told that nobody listens any more."""

_REFUSALS = {"overloaded": OVERLOADED, "expired": EXPIRED, "cancelled": CANCELLED}


class WorkerListener(EngineListener, Protocol):
    """What the worker reports; called on the event loop, in order."""

    def on_duplicate(self) -> None: ...


class SynthWorker:
    """Has an engine speak jobs in a thread of its own, and never waits for it."""

    def __init__(
        self,
        engine: Engine[Any],
        settings: SynthSettings,
        listener: WorkerListener,
        clock_ns: Callable[[], int] = time.time_ns,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._label = engine.label
        self._hang_s = settings.hang_s
        self._listener = listener
        self._jobs = SharedJobs(settings, clock_ns, timer)
        self._thread = EngineThread(engine, settings, self._jobs, listener, self._post, timer)
        self._call_on_loop: Callable[..., Any] = _nobody_listens

    @property
    def waiting(self) -> int:
        """Jobs in the queue."""
        return self._jobs.waiting

    @property
    def voices(self) -> EngineVoices:
        """The clips that the engine was given."""
        return self._thread.voices

    async def start(self) -> None:
        """Load the engine; returns when it can speak.

        Raises:
            EngineError: It cannot.
        """
        self._call_on_loop = asyncio.get_running_loop().call_soon_threadsafe
        self._thread.start()
        _raise(await asyncio.wrap_future(self._thread.loaded))

    async def watch(self) -> None:
        """Return when the thread has ended.

        Raises:
            EngineError: It ended because the engine is beyond help, or it hangs in native code:
                only the end of the process sets such an engine free.
        """
        ended = asyncio.wrap_future(self._thread.ended)
        while not (await asyncio.wait([ended], timeout=HANG_CHECK_S))[0]:
            if self._jobs.hang:
                raise EngineUnavailableError(f"{self._label} has hung for {self._hang_s:g} s")
        _raise(ended.result())

    def submit(self, job: SynthJob) -> bool:
        """Queue a job, at once; whether it was taken. If not, the listener has heard why."""
        verdict = self._jobs.add(job)
        if verdict == "duplicate":
            self._listener.on_duplicate()
        elif verdict in _REFUSALS:
            self._listener.on_end(job, _REFUSALS[verdict])
        return verdict == "queued"

    def cancel(self, utterance_id: str, attempt: int | None = None) -> None:
        """End every attempt at an utterance, or only one, now or when its request comes."""
        for job in self._jobs.cancel(utterance_id, attempt):
            job.cancel(attempt)
            self._listener.on_end(job, CANCELLED)

    def release(self, size: int) -> None:
        """The broker has taken so many bytes."""
        self._jobs.release(size)

    async def stop(self, grace_s: float) -> None:
        """Take nothing more, let what is spoken end within `grace_s`, fail the rest."""
        ended = self._thread.ended
        if not (ended.running() or ended.done()):
            return
        for job in self._jobs.close():
            self._listener.on_end(job, SHUTTING_DOWN)
        if not await self._ends_within(grace_s):
            self._jobs.abandon()
            if not await self._ends_within(ABANDON_S):
                _LOG.error("%s does not stop; left behind", self._label)
                for active in self._jobs.active:
                    self._thread.end(active, SHUTTING_DOWN)

    async def _ends_within(self, seconds: float) -> bool:
        await asyncio.wait([asyncio.wrap_future(self._thread.ended)], timeout=seconds)
        return self._thread.ended.done()

    def _post(self, call: Callable[..., None], *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop closed without waiting for us
            self._call_on_loop(call, *args)


def _raise(error: EngineError | None) -> None:
    if error is not None:
        raise error


def _nobody_listens(*_args: Any) -> None:
    """Before `start`."""
