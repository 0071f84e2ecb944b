"""The jobs that the event loop and the engine's thread both know, behind one condition."""

import threading
from collections import deque
from collections.abc import Callable

from ishowtts_schemas import SAMPLE_BYTES
from ishowtts_synth.audio import samples_in
from ishowtts_synth.jobs import ActiveJob, SynthJob
from ishowtts_synth.scheduler import Scheduler, Verdict, names
from ishowtts_synth.settings import SynthSettings

RECHECKS_PER_HANG = 4
"""A wait for the broker is looked at again so often that it never passes for a hang."""


class SharedJobs:
    """The queue, the jobs in the engine's hands, and the bytes that wait for the broker.

    Methods may be called from either side; which side each serves stands in its first line.
    A broker that is away stops the engine in `reserve` when `buffer_ms` of audio wait;
    `release`, `cancel` and `abandon` wake it.
    """

    def __init__(
        self, settings: SynthSettings, clock_ns: Callable[[], int], timer: Callable[[], float]
    ) -> None:
        buffer_samples = samples_in(settings.buffer_ms, settings.sample_rate_hz)
        self._buffer_bytes = SAMPLE_BYTES * buffer_samples
        self._hang_s = settings.hang_s
        self._timer = timer
        self._scheduler = Scheduler[SynthJob](settings.queue_capacity, clock_ns)
        self._changed = threading.Condition()
        self._active: list[ActiveJob] = []
        self._calls: deque[Callable[[], None]] = deque()
        self._buffered_bytes = 0
        self._closing = False
        self._moved_s = timer()

    @property
    def waiting(self) -> int:
        """Loop: jobs in the queue."""
        return len(self._scheduler)

    @property
    def active(self) -> list[ActiveJob]:
        """Both: a copy of what is in the engine's hands."""
        with self._changed:
            return list(self._active)

    @property
    def hang(self) -> bool:
        """Loop: whether the engine has been in one step for longer than any may take."""
        with self._changed:
            return bool(self._active) and self._timer() - self._moved_s >= self._hang_s

    def add(self, job: SynthJob) -> Verdict:
        """Loop: queue a job, or say why not."""
        with self._changed:
            verdict = self._scheduler.add(job)
            self._changed.notify_all()
        return verdict

    def cancel(self, utterance_id: str, attempt: int | None) -> list[SynthJob]:
        """Loop: call off what is spoken; remove and return what waits."""
        with self._changed:
            waiting = self._scheduler.cancel(utterance_id, attempt)
            for active in self._active:
                if names(utterance_id, attempt, active.job.key):
                    active.job.cancel(attempt)
            self._changed.notify_all()
        return waiting

    def release(self, size: int) -> None:
        """Loop: the broker has taken so many bytes."""
        with self._changed:
            self._buffered_bytes -= size
            self._changed.notify_all()

    def call(self, function: Callable[[], None]) -> None:
        """Loop: have something done in the engine's thread, between two steps and in order."""
        with self._changed:
            self._calls.append(function)
            self._changed.notify_all()

    def close(self) -> list[SynthJob]:
        """Loop: hand out nothing more; remove and return what waits."""
        with self._changed:
            self._closing = True
            waiting = self._scheduler.drain()
            self._changed.notify_all()
        return waiting

    def abandon(self) -> None:
        """Loop: nobody listens any more to what is spoken."""
        with self._changed:
            for active in self._active:
                active.abandoned = True
            self._changed.notify_all()

    def moved(self) -> None:
        """Engine: a step begins."""
        self._moved_s = self._timer()

    def wait_for_work(self) -> bool:
        """Engine: sleep until there is something to do; False when there never will be."""
        with self._changed:
            while not (self._active or self._scheduler or self._closing or self._calls):
                self._changed.wait()
            return bool(self._active) or not self._closing

    def take_call(self) -> Callable[[], None] | None:
        """Engine: the next thing to do before it goes on."""
        with self._changed:
            return self._calls.popleft() if self._calls else None

    def take(
        self, activate: Callable[[SynthJob], ActiveJob]
    ) -> tuple[ActiveJob | None, list[SynthJob]]:
        """Engine: the next job, made active, and those that waited past their deadline."""
        with self._changed:
            late = self._scheduler.expire()
            job = None if self._closing else self._scheduler.take()
            if job is None:
                return None, late
            # Under the condition: a cancel finds the job in the queue or here.
            active = activate(job)
            self._active.append(active)
            return active, late

    def reserve(self, job: ActiveJob, size: int) -> bool:
        """Engine: wait for room for so many bytes; False where they are not wanted any more."""
        with self._changed:
            while self._buffered_bytes + size > self._buffer_bytes and not job.cancelled:
                self._changed.wait(self._hang_s / RECHECKS_PER_HANG)
                self._moved_s = self._timer()
            if job.cancelled:
                return False
            self._buffered_bytes += size
            return True

    def end(self, job: ActiveJob) -> bool:
        """Both: take a job out of the engine's hands; False where that was done before."""
        with self._changed:
            if job.ended:
                return False
            job.ended = True
            self._active.remove(job)
            self._scheduler.end(job.job.key)
            return True
