"""A vocoder that works beside the sampler: the same audio, waited for as late as may be."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from ishowtts_synth.engines.base import Utterance
from ishowtts_synth.engines.f5 import F5Engine
from ishowtts_synth.errors import EngineError
from ishowtts_synth.f5.decoding import Wait
from ishowtts_synth.f5.vocoder import Vocoder
from tests.synth.fakes import RecordingJob, speak

NEWS = "Here is the news. Nothing much happened today, they say, and nothing will. Good night!"
SHORT = "Hello there."


class Beside:
    """Stands in for a CUDA stream: decodes when it is waited for.

    Attributes:
        events: What happened, in order.
        fails: Whether waiting ends in an error, and only then.
    """

    beside = True

    def __init__(self, vocoder: Vocoder, events: list[str]) -> None:
        self._vocoder = vocoder
        self._events = events
        self.fails = False

    def start(self, mel: Tensor) -> Wait:
        self._events.append("start")

        def wait() -> Tensor:
            self._events.append("wait")
            if self.fails:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return self._vocoder.decode(mel)

        return wait


@pytest.fixture
def events() -> list[str]:
    return []


@pytest.fixture
def decoder(engine: F5Engine, events: list[str], monkeypatch: pytest.MonkeyPatch) -> Beside:
    batch = engine._loaded()[0]
    runtime = batch._runtime
    decoder = Beside(runtime.vocoder, events)
    batch._runtime = dataclasses.replace(runtime, decoder=decoder)
    step = runtime.sampler.step

    def _step() -> Any:
        events.append("step")
        return step()

    monkeypatch.setattr(runtime.sampler, "step", _step)
    return decoder


def job(text: str = SHORT, **options: Any) -> RecordingJob:
    return RecordingJob(Utterance(text, "ann", options=options))


def spoken(engine: F5Engine) -> list[RecordingJob]:
    jobs = [job(NEWS, seed=1), job(SHORT, seed=2, nfe_step=3), job(NEWS, seed=3, nfe_step=1)]
    speak(engine, *jobs)
    return jobs


def test_it_makes_no_difference_to_what_is_heard(
    engine: F5Engine, request: pytest.FixtureRequest
) -> None:
    at_once = spoken(engine)
    request.getfixturevalue("decoder")
    for one, other in zip(spoken(engine), at_once, strict=True):
        assert one.ends == [None]
        assert one.marks == other.marks
        difference = np.frombuffer(bytes(one.pcm), "<i2") - np.frombuffer(bytes(other.pcm), "<i2")
        assert np.abs(difference).max() < 40


@pytest.mark.usefixtures("decoder")
def test_the_others_next_step_is_not_kept_waiting(engine: F5Engine, events: list[str]) -> None:
    quick, slow = job(nfe_step=2), job(nfe_step=4)
    speak(engine, quick, slow)
    assert events == [*["step"] * 2, "start", "step", "wait", "step", "start", "wait"]


@pytest.mark.usefixtures("decoder")
def test_who_is_alone_is_heard_at_once(engine: F5Engine, events: list[str]) -> None:
    speak(engine, job(NEWS, nfe_step=2))
    assert events == [*["step"] * 2, "start", "wait"] * 2


def test_a_failure_that_shows_late_fails_one_utterance(engine: F5Engine, decoder: Beside) -> None:
    quick, slow = job(nfe_step=2), job(nfe_step=4)
    engine.admit(quick)
    engine.admit(slow)
    decoder.fails = True
    for _ in range(3):
        engine.step()
    decoder.fails = False
    (error,) = quick.ends
    assert isinstance(error, EngineError)
    assert str(error).startswith("not enough memory for ")
    engine.step()
    assert slow.ends == [None]
    assert slow.pcm


@pytest.mark.usefixtures("decoder")
def test_nobody_waits_for_what_was_cancelled(engine: F5Engine, events: list[str]) -> None:
    quick, slow = job(NEWS, nfe_step=2), job(nfe_step=4)
    engine.admit(quick)
    engine.admit(slow)
    for _ in range(2):
        engine.step()
    quick._cancel_after = 0
    events.clear()
    engine.step()
    assert events == ["step"]
    assert quick.ends == [None]
    assert not quick.pcm
    speak(engine, *[job() for _ in range(engine.slots - 1)])
    assert slow.ends == [None]
