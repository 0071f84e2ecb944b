"""From what the worker reports to messages on the bus, in order and without waiting for each."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from ishowtts_bus import Bus, BusError
from ishowtts_schemas import (
    AudioChunk,
    AudioEvent,
    AudioStart,
    AudioStop,
    SpeechDone,
    SpeechFailed,
    SpeechPart,
    SpeechTaken,
)
from ishowtts_schemas.topics import AUDIO, SPEECH_FAILED, SPEECH_PROGRESS
from ishowtts_synth.jobs import Failure, JobEnd, SynthJob
from ishowtts_synth.scheduler import REMEMBER_COUNT

_LOG = logging.getLogger("ishowtts.synth")


class SpeechDelivery:
    """Publishes what becomes of each job.

    A publish is started and left to itself: the bus keeps the order of those that were started
    in order, and an acknowledgement takes longer than the next chunk.

    Attributes:
        released: Called with the size of each chunk that the broker has, or never will have.
        waiting: Tells how many jobs wait.
        incarnation: The node's.
    """

    def __init__(
        self,
        bus: Bus,
        engine: str,
        instance: str,
        sample_rate_hz: int,
        clock_ns: Callable[[], int] = time.time_ns,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.incarnation = 0
        self.released: Callable[[int], None] = _forget
        self.waiting: Callable[[], int] = int
        self._bus = bus
        self._engine = engine
        self._instance = instance
        self._rate_hz = sample_rate_hz
        self._clock_ns = clock_ns
        self._timer = timer
        self._tasks: set[asyncio.Task[None]] = set()
        self._spoken: OrderedDict[str, SpeechDone] = OrderedDict()

    async def taken(self, job: SynthJob) -> None:
        """Say who has the utterance; returns when the broker knows."""
        request = job.request
        message = SpeechTaken(
            utterance_id=request.utterance_id,
            attempt=request.attempt,
            instance=self._instance,
            incarnation=self.incarnation,
        )
        await self._bus.publish(SPEECH_PROGRESS, message, engine=self._engine)

    def repeat(self, job: SynthJob) -> bool:
        """Whether the utterance was spoken to its end before; then that is said again.

        Whoever asks again did not hear of it: its process died, or the broker with the message.
        """
        spoken = self._spoken.get(job.request.utterance_id)
        if spoken is None:
            return False
        done = msgspec.structs.replace(spoken, attempt=job.request.attempt)
        self._start(self._bus.publish(SPEECH_PROGRESS, done, engine=self._engine), job)
        self._bus.counters.add("speech_repeats_total")
        return True

    def on_chunk(self, job: SynthJob, offset: int, pcm: bytes) -> None:
        self._begin(job)
        chunk = AudioChunk(utterance_id=job.request.utterance_id, offset=offset, pcm=pcm)
        self._send_audio(job, chunk, len(pcm))

    def on_part(self, job: SynthJob, chars: int, samples: int) -> None:
        part = SpeechPart(
            utterance_id=job.request.utterance_id,
            attempt=job.request.attempt,
            chars=chars,
            samples=samples,
        )
        self._start(self._bus.publish(SPEECH_PROGRESS, part, engine=self._engine), job)

    def count_queue(self) -> None:
        self._bus.counters.set("speech_queue_depth", self.waiting())

    def on_end(self, job: SynthJob, end: JobEnd) -> None:
        self.count_queue()
        if end.failure is not None:
            self._fail(job, end, end.failure)
        else:
            self._finish(job, end)

    def on_duplicate(self) -> None:
        self._bus.counters.add("speech_duplicates_total")

    def on_reload(self, reason: str) -> None:
        _LOG.warning(reason)
        self._bus.counters.add("engine_reloads_total")
        self._bus.counters.set("engine_degraded", 1)

    def _begin(self, job: SynthJob) -> None:
        if job.first_audio_s is not None:
            return
        job.first_audio_s = self._timer()
        request = job.request
        start = AudioStart(
            utterance_id=request.utterance_id,
            room=request.room,
            attempt=request.attempt,
            sample_rate_hz=self._rate_hz,
            engine=self._engine,
            voice=request.voice,
            text=request.text if request.display_text is None else request.display_text,
            started_at_ns=self._clock_ns(),
            message_id=request.message_id,
            author=request.author,
        )
        self._send_audio(job, start)

    def _finish(self, job: SynthJob, end: JobEnd) -> None:
        first_audio_ms = self._first_audio_ms(job)
        if end.outcome == "done":
            self._begin(job)
        self._stop_audio(job, end)
        done = SpeechDone(
            utterance_id=job.request.utterance_id,
            attempt=job.request.attempt,
            instance=self._instance,
            outcome="cancelled" if end.outcome == "cancelled" else "done",
            audio_ms=self._audio_ms(job, end),
            synth_ms=end.synth_ms,
            first_audio_ms=first_audio_ms,
        )
        if done.outcome == "done":
            self._remember(done)
        self._start(self._bus.publish(SPEECH_PROGRESS, done, engine=self._engine), job)
        self._count_finished(end, done)

    def _remember(self, done: SpeechDone) -> None:
        self._spoken[done.utterance_id] = done
        if len(self._spoken) > REMEMBER_COUNT:
            self._spoken.popitem(last=False)

    def _fail(self, job: SynthJob, end: JobEnd, failure: Failure) -> None:
        if job.first_audio_s is not None:
            self._stop_audio(job, end)
        failed = SpeechFailed(
            utterance_id=job.request.utterance_id,
            attempt=job.request.attempt,
            code=failure.code,
            text=failure.text,
            retryable=failure.retryable,
            instance=self._instance,
        )
        self._start(self._bus.publish(SPEECH_FAILED, failed, engine=self._engine), job)
        if job.reply_to is not None:
            self._start(self._bus.reply(job.reply_to, failed), job)
        self._bus.counters.add("speech_failed_total", code=failure.code)

    def _stop_audio(self, job: SynthJob, end: JobEnd) -> None:
        """To listeners who heard a start, and to a requester, who waits for an end."""
        if job.first_audio_s is None and job.reply_to is None:
            return
        # "cancelled" would make listeners throw away what the next attempt is to complete.
        replaced = job.replaced and end.outcome == "cancelled"
        detail = "another attempt follows" if replaced else ""
        stop = AudioStop(
            utterance_id=job.request.utterance_id,
            attempt=job.request.attempt,
            reason="failed" if replaced else end.outcome,
            samples=end.samples,
            detail=end.failure.text if end.failure else detail,
        )
        self._send_audio(job, stop)

    def _count_finished(self, end: JobEnd, done: SpeechDone) -> None:
        counters = self._bus.counters
        counters.add("speech_done_total", outcome=end.outcome)
        counters.add("speech_audio_ms_total", done.audio_ms)
        counters.add("speech_synth_ms_total", end.synth_ms)
        if done.first_audio_ms is not None:
            counters.add("speech_first_audio_total")
            counters.add("speech_first_audio_ms_total", done.first_audio_ms)
        if end.outcome == "done":
            counters.set("engine_degraded", 0)

    def _audio_ms(self, job: SynthJob, end: JobEnd) -> float:
        return 1000 * max(0, end.samples - job.request.offset) / self._rate_hz

    def _first_audio_ms(self, job: SynthJob) -> float | None:
        if job.first_audio_s is None:
            return None
        return 1000 * (job.first_audio_s - job.received_s)

    def _send_audio(self, job: SynthJob, message: AudioEvent, size: int = 0) -> None:
        if job.reply_to is not None:
            work = self._bus.reply(job.reply_to, message)
        else:
            work = self._bus.publish(AUDIO, message, room=job.request.room)
        self._start(work, job, size)

    def _start(self, work: Coroutine[Any, Any, None], job: SynthJob, size: int = 0) -> None:
        task = asyncio.create_task(work, name=f"publish {job.request.utterance_id}")
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._published(done, job, size))

    def _published(self, task: "asyncio.Task[None]", job: SynthJob, size: int) -> None:
        self._tasks.discard(task)
        if size:
            self.released(size)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, BusError):
            self._bus.counters.add("speech_unpublished_total")
            if not job.cancelled:
                _LOG.warning("gave up on %s: %s", job.request.utterance_id, error)
            job.cancelled = True
        elif error is not None:
            raise error


def _forget(_size: int) -> None:
    pass
