"""Utterances on their way through the sampler: each clause by clause, many side by side."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np

from ishowtts_synth.errors import EngineError
from ishowtts_synth.f5.crossfade import CrossFade
from ishowtts_synth.f5.duration import RATE_HZ
from ishowtts_synth.f5.options import Manner
from ishowtts_synth.f5.plan import Part
from ishowtts_synth.f5.runtime import Clip, Runtime
from ishowtts_synth.f5.sampler import Row
from ishowtts_synth.f5.silence import Samples, shorten_pauses

_LOG = logging.getLogger("ishowtts.synth.f5")

_PIECE = RATE_HZ // 5
_FULL_SCALE = 32_767


class Job(Protocol):
    """Who hears an utterance; an engine's `SpeechJob` is one."""

    @property
    def cancelled(self) -> bool: ...

    def emit(self, pcm: bytes) -> None: ...

    def mark(self, chars: int) -> None: ...

    def finish(self) -> None: ...

    def fail(self, error: Exception) -> None: ...


class Speech:
    """One utterance. Only one of its clauses is sampled at a time.

    The next one is then ready while this one plays, and whoever waits for a first clause need
    not share the machine with clauses that are not needed yet.
    """

    def __init__(self, job: Job, clip: Clip, manner: Manner, parts: list[Part]) -> None:
        self.job = job
        self.row: Row | None = None
        self._clip = clip
        self._manner = manner
        self._parts = parts
        self._sampled = 0
        self._spoken = 0
        self._sound: Callable[[], Samples] | None = None
        self._fade = CrossFade(int(manner.cross_fade_s * RATE_HZ))

    @property
    def over(self) -> bool:
        """Whether nobody wants more of it, or there is no more."""
        return self.job.cancelled or self._spoken == len(self._parts)

    @property
    def unheard(self) -> bool:
        """Whether the vocoder has a clause of it."""
        return self._sound is not None

    def sample(self, runtime: Runtime) -> None:
        """Hand the next clause, if there is one, to the sampler.

        Raises:
            BadRequestError: It can never be sampled.
        """
        if self.job.cancelled or self._sampled == len(self._parts):
            return
        part = self._parts[self._sampled]
        self.row = runtime.sampler.admit(runtime.request(self._clip, part, self._manner))

    def decode(self, runtime: Runtime, row: Row) -> None:
        """Hand the clause that has been sampled to the vocoder.

        Raises:
            EngineError: The sampler or the vocoder failed with it.
        """
        self.row = None
        if row.mel is None:
            raise row.error or EngineError("the sampler gave nothing")
        self._sound = runtime.decode(row.mel, self._clip)
        self._sampled += 1

    def emit(self) -> None:
        """Emit the clause that the vocoder has.

        Raises:
            EngineError: The vocoder failed with it.
        """
        sound, self._sound = self._sound, None
        if sound is None:
            return
        samples = sound()
        if self._manner.remove_silence:
            samples = shorten_pauses(samples, RATE_HZ)
        if self._spoken:
            self.job.mark(self._parts[self._spoken].start)
        self._spoken += 1
        self._emit(self._fade.push(samples, last=self._spoken == len(self._parts)))

    def _emit(self, samples: Samples) -> None:
        pcm = (np.clip(samples, -1, 1) * _FULL_SCALE).round().astype("<i2")
        for start in range(0, len(pcm), _PIECE):
            if self.job.cancelled:
                return
            self.job.emit(pcm[start : start + _PIECE].tobytes())


class SpeechBatch:
    """The utterances in hand. What goes wrong with one ends that one."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._speeches: list[Speech] = []

    def add(self, speech: Speech) -> None:
        """Take one more, where the sampler has a row left for it."""
        self._speeches.append(speech)
        self._attempt(speech, partial(speech.sample, self._runtime))

    def step(self) -> None:
        """Advance all by one step of the sampler; emit what is ready.

        Raises:
            Exception: The sampler broke, not one of its rows; all are forgotten.
        """
        for speech in [one for one in self._speeches if one.over]:
            self._finish(speech)
        try:
            rows = self._runtime.sampler.step()
        except Exception:
            self.clear()
            raise
        for speech in [one for one in self._speeches if one.unheard]:
            self._attempt(speech, partial(self._emit, speech))
        for row in rows:
            for speech in [one for one in self._speeches if one.row is row]:
                self._attempt(speech, partial(self._decode, speech, row))

    def clear(self) -> None:
        """Forget all."""
        self._speeches = []
        self._runtime.sampler.clear()

    def _decode(self, speech: Speech, row: Row) -> None:
        speech.decode(self._runtime, row)
        # Whoever is alone is heard at once: there is no one whose steps would wait for it.
        if not self._runtime.decoder.beside or len(self._speeches) == 1:
            self._emit(speech)
        speech.sample(self._runtime)

    def _emit(self, speech: Speech) -> None:
        speech.emit()
        if speech.over:
            self._finish(speech)

    def _finish(self, speech: Speech) -> None:
        self._forget(speech)
        speech.job.finish()

    def _attempt(self, speech: Speech, do: Callable[[], None]) -> None:
        try:
            do()
        except Exception as error:  # noqa: BLE001 - the boundary: one job's failure is not all's
            if not isinstance(error, EngineError):
                _LOG.warning("an utterance failed", exc_info=True)
            self._forget(speech)
            speech.job.fail(error)

    def _forget(self, speech: Speech) -> None:
        self._speeches.remove(speech)
        if speech.row is not None:
            self._runtime.sampler.cancel(speech.row)
