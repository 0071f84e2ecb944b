"""What goes wrong with one utterance ends that one, with a sentence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ishowtts_synth.engines.base import Utterance
from ishowtts_synth.engines.f5 import F5Engine
from ishowtts_synth.errors import BadRequestError, EngineError, EngineUnavailableError
from ishowtts_synth.f5.runtime import Runtime
from tests.synth.f5.clips import voice, write_clip
from tests.synth.f5.conftest import MakeEngine
from tests.synth.fakes import RecordingJob, refusal, speak


def job(name: str = "ann", text: str = "Hello there.", **options: Any) -> RecordingJob:
    return RecordingJob(Utterance(text, name, options=options))


def runtime(engine: F5Engine) -> Runtime:
    return engine._loaded()[0]._runtime


def failure(one: RecordingJob) -> str:
    (error,) = one.ends
    assert isinstance(error, EngineError)
    return str(error)


def check_that_it_still_speaks(engine: F5Engine) -> None:
    jobs = [job() for _ in range(engine.slots)]
    speak(engine, *jobs)
    assert all(one.ends == [None] and one.pcm for one in jobs)


def test_a_model_that_goes_mad_over_one_clip_speaks_the_others(engine: F5Engine):
    clip = engine._loaded()[1].get("bob", 0.1)
    clip.mel.fill_(float("nan"))
    good, bad = job("ann"), job("bob")
    speak(engine, good, bad)
    assert good.ends == [None]
    assert failure(bad) == "the model's answer is not a number"
    assert not bad.pcm
    check_that_it_still_speaks(engine)


def test_a_vocoder_that_gives_no_numbers_fails_what_it_was_given(
    engine: F5Engine, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patched:
        patched.setattr(runtime(engine).vocoder, "decode", lambda _mel: torch.tensor([np.nan]))
        one = job()
        speak(engine, one)
    assert failure(one) == "the vocoder's answer is not a number"
    check_that_it_still_speaks(engine)


def test_a_vocoder_without_memory_fails_one_utterance(
    engine: F5Engine, monkeypatch: pytest.MonkeyPatch
):
    decode = runtime(engine).vocoder.decode
    calls: list[int] = []

    def scarce(mel: torch.Tensor) -> torch.Tensor:
        calls.append(len(mel))
        if len(calls) == 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return decode(mel)

    with monkeypatch.context() as patched:
        patched.setattr(runtime(engine).vocoder, "decode", scarce)
        first, second = job(), job("bob")
        speak(engine, first, second)
    assert failure(first).startswith("not enough memory for ")
    assert second.ends == [None]
    check_that_it_still_speaks(engine)


def test_a_clip_that_does_not_fit_into_memory_fails_its_own_utterance(
    engine: F5Engine, monkeypatch: pytest.MonkeyPatch
):
    busy, one = job("ann", nfe_step=5), job("bob")
    engine.admit(busy)
    engine.step()

    def scarce(*_args: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with monkeypatch.context() as patched:
        patched.setattr("ishowtts_synth.f5.runtime.log_mel", scarce)
        engine.admit(one)
    assert failure(one) == "not enough memory for the clip"
    while not busy.ends:
        engine.step()
    assert busy.ends == [None]
    check_that_it_still_speaks(engine)


def test_a_sampler_that_breaks_forgets_everything(
    engine: F5Engine, monkeypatch: pytest.MonkeyPatch
):
    def broken() -> list[Any]:
        raise RuntimeError("device-side assert")

    engine.admit(job())
    with monkeypatch.context() as patched:
        patched.setattr(runtime(engine).sampler, "step", broken)
        with pytest.raises(RuntimeError, match="device-side assert"):
            engine.step()
    check_that_it_still_speaks(engine)


def test_more_than_the_model_knows_is_a_bad_request(engine: F5Engine):
    said = refusal(engine, Utterance("Hello there.", "ann", options={"fix_duration": 119.0}))
    assert "shorten the text or the reference" in said
    check_that_it_still_speaks(engine)


def test_a_later_clause_that_cannot_be_sampled_ends_what_was_begun(
    engine: F5Engine, monkeypatch: pytest.MonkeyPatch
):
    one = job(text="Here is the news. Nothing much happened today, they say, and nothing will.")
    engine.admit(one)

    def refuse(_request: object) -> None:
        raise BadRequestError("too long")

    with monkeypatch.context() as patched:
        patched.setattr(runtime(engine).sampler, "admit", refuse)
        while not one.ends:
            engine.step()
    assert failure(one) == "too long"
    assert one.pcm
    check_that_it_still_speaks(engine)


def test_bad_options_and_unknown_voices_are_bad_requests(engine: F5Engine):
    assert "from 1 to 64" in refusal(engine, Utterance("Hi", "ann", options={"nfe_step": 99}))
    assert "no voice 'eve'" in refusal(engine, Utterance("Hi", "eve"))


def test_a_voice_that_cannot_be_read_fails_alone(make_engine: MakeEngine, clips: Path):
    write_clip(clips / "bob.wav", duration_s=0.2)
    engine = make_engine()
    assert "has 0.2 s of sound, fewer than 1" in refusal(engine, Utterance("Hi", "bob"))
    check_that_it_still_speaks(engine)
    write_clip(clips / "bob.wav", duration_s=2)
    one = job("bob")
    speak(engine, one)
    assert one.pcm


def test_without_its_default_voice_it_does_not_begin(make_engine: MakeEngine, clips: Path):
    write_clip(clips / "ann.wav", duration_s=0.2)
    with pytest.raises(EngineUnavailableError, match=r"\[f5\] voice 'ann': .* has 0.2 s"):
        make_engine()


def test_a_preloaded_voice_that_is_bad_is_told_at_the_start(
    make_engine: MakeEngine, clips: Path, caplog: pytest.LogCaptureFixture
):
    write_clip(clips / "bob.wav", duration_s=0.2)
    bob = voice(clips, "bob")
    preloaded = type(bob)(
        id="bob",
        reference_audio=bob.reference_audio,
        reference_text=bob.reference_text,
        preload=True,
    )
    make_engine(voices=(voice(clips, "ann"), preloaded))
    assert "voice 'bob'" in caplog.text


def test_a_voice_replaced_in_mid_utterance_is_heard_in_the_next(engine: F5Engine, clips: Path):
    text = "Here is the news. Nothing much happened today, they say, and nothing will."
    before, during, after = (job("ann", text, seed=1) for _ in range(3))
    speak(engine, before)
    engine.admit(during)
    engine.step()
    write_clip(clips / "ann.wav", duration_s=3, hz=440)
    engine.admit(after)
    while not (during.ends and after.ends):
        engine.step()
    sooner, later = (np.frombuffer(bytes(one.pcm), "<i2") for one in (before, during))
    assert np.abs(sooner.astype(int) - later.astype(int)).max() < 40
    assert len(after.pcm) > len(during.pcm)


def test_a_closed_engine_says_so():
    from ishowtts_synth.settings import F5Settings

    with pytest.raises(EngineError, match="f5 is not loaded"):
        F5Engine(F5Settings()).step()
