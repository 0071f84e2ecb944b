"""The engine at work: clauses stream, many utterances run side by side."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ishowtts_synth.engines.base import Utterance
from ishowtts_synth.engines.f5 import F5Engine
from ishowtts_synth.f5.silence import Samples
from ishowtts_synth.local import speak_locally
from ishowtts_synth.settings import F5Settings, F5Voice, SynthSettings
from tests.synth.f5.clips import TRANSCRIPT, voice, write_clip
from tests.synth.f5.conftest import MakeEngine
from tests.synth.fakes import RecordingJob, refusal, speak

NEWS = "Here is the news. Nothing much happened today, they say, and nothing will. Good night!"


def job(text: str = "Hello there.", name: str = "ann", **options: Any) -> RecordingJob:
    return RecordingJob(Utterance(text, name, options=options))


def spoken(engine: F5Engine, text: str = "Hello there.", **options: Any) -> Samples:
    one = job(text, **options)
    speak(engine, one)
    assert one.ends == [None]
    return heard(one)


def heard(one: RecordingJob) -> Samples:
    return np.frombuffer(bytes(one.pcm), "<i2").astype(np.float32) / np.float32(32_767)


def steps_until(engine: F5Engine, one: RecordingJob) -> int:
    """Steps to its first audio."""
    steps = 0
    while not one.pcm:
        engine.step()
        steps += 1
    return steps


def test_the_first_clause_is_heard_before_the_second_is_begun(engine: F5Engine):
    one = job(NEWS, nfe_step=5)
    engine.admit(one)
    assert steps_until(engine, one) == 5
    assert not one.ends
    first = len(one.pcm)
    for _ in range(4):
        engine.step()
    assert len(one.pcm) == first
    engine.step()
    assert len(one.pcm) > first


def test_each_clause_says_where_it_begins(engine: F5Engine):
    one = job(NEWS)
    speak(engine, one)
    clauses = [NEWS[chars:].partition(" ")[0] for chars, _ in one.marks]
    assert clauses == ["Nothing"]
    chars, samples = one.marks[0]
    assert chars == NEWS.index("Nothing")
    assert 0 < samples < len(one.pcm) // 2


def test_without_a_first_clause_text_is_parted_as_stock_parts_it(make_engine: MakeEngine):
    one = job(NEWS)
    speak(make_engine(first_clause_s=0.0), one)
    assert one.marks == []


def test_side_by_side_each_is_spoken_as_alone(engine: F5Engine):
    texts = ["Hi", "How are you doing, my friend?", "这是一个测试。"]
    alone = [spoken(engine, text, seed=7) for text in texts]
    together = [job(text, seed=7) for text in texts]
    speak(engine, *together)
    for one, expected in zip(together, alone, strict=True):
        assert np.abs(heard(one) - expected).max() < 1e-3


def test_an_utterance_joins_while_another_is_at_work(engine: F5Engine):
    slow, quick = job(NEWS, nfe_step=10), job("Wait, me too!", nfe_step=2)
    engine.admit(slow)
    engine.step()
    engine.admit(quick)
    assert steps_until(engine, quick) == 2
    assert not slow.pcm
    assert steps_until(engine, slow) == 7


def test_two_voices_alternating_are_never_mixed(engine: F5Engine):
    ann, bob = (spoken(engine, name=name, seed=1) for name in ("ann", "bob"))
    assert np.abs(ann - bob).max() > 0.01
    for _ in range(10):
        pair = [job(name=name, seed=1) for name in ("ann", "bob")]
        speak(engine, *pair)
        assert np.abs(heard(pair[0]) - ann).max() < 1e-3
        assert np.abs(heard(pair[1]) - bob).max() < 1e-3


def test_a_cancelled_utterance_leaves_with_the_next_step(engine: F5Engine):
    gone, stays = job(NEWS, nfe_step=30), job(NEWS, nfe_step=4)
    engine.admit(gone)
    engine.admit(stays)
    engine.step()
    gone._cancel_after = 0
    engine.step()
    assert gone.ends == [None]
    assert not gone.pcm
    following = [job(), job()]
    speak(engine, *following, stays)
    assert all(one.pcm for one in (*following, stays))


@pytest.mark.parametrize("text", ["gg", "你好", "gg wp!", "nice one, mate!"])
def test_short_texts_take_the_time_that_stock_gives_them(engine: F5Engine, text: str):
    """At the clip's pace, and at 0.3 of it under ten bytes."""
    size = len(text.encode())
    expected_s = 2.05 / len(f"{TRANSCRIPT}  ") * size / (0.3 if size < 10 else 1)
    assert len(spoken(engine, text)) / 24_000 == pytest.approx(expected_s, abs=0.03)


def test_the_rule_for_short_texts_is_a_setting(make_engine: MakeEngine):
    drawled, brisk = make_engine(), make_engine(short_text_speed=0.0)
    assert len(spoken(brisk, "gg wp")) < 0.35 * len(spoken(drawled, "gg wp"))


def test_a_seed_makes_speech_repeatable_and_chance_does_not(engine: F5Engine):
    assert (spoken(engine, NEWS, seed=3) == spoken(engine, NEWS, seed=3)).all()
    assert np.abs(spoken(engine, seed=3) - spoken(engine, seed=4)).max() > 0.01
    assert np.abs(spoken(engine) - spoken(engine)).max() > 0.01


def test_profiles_and_steps(make_engine: MakeEngine):
    engine = make_engine(default_nfe_step=16)
    asked: list[tuple[dict[str, Any], int]] = [
        ({}, 16),
        ({"profile": "fast"}, 7),
        ({"nfe_step": 3}, 3),
    ]
    for options, steps in asked:
        one = job(**options)
        engine.admit(one)
        assert steps_until(engine, one) == steps
    assert engine.device == "cpu, fp32, exact (16 steps)"
    assert make_engine(profile="fast").device == "cpu, fp32, fast (7 steps)"


def test_a_fixed_duration_counts_the_clip(engine: F5Engine):
    assert len(spoken(engine, fix_duration=5.0)) / 24_000 == pytest.approx(5 - 2.05, abs=0.03)
    long = spoken(engine, NEWS, fix_duration=9.0, cross_fade_duration=0.2)
    assert len(long) / 24_000 == pytest.approx(9 - 2.05, abs=0.05)
    said = refusal(engine, Utterance("Hi", "ann", options={"fix_duration": 2.0}))
    assert said.startswith("fix_duration counts the clip, which takes 2.0 s: 2 s leave nothing")


def test_a_soft_clip_makes_soft_speech_and_the_model_hears_it_loud(
    make_engine: MakeEngine, clips: Path
):
    for name, level in (("ann", 0.1414), ("bob", 0.01414)):
        write_clip(clips / f"{name}.wav", level=level)
    engine = make_engine(voices=(voice(clips, "ann"), voice(clips, "bob")))
    loud, soft = (spoken(engine, name=name, seed=5) for name in ("ann", "bob"))
    assert np.sqrt((loud**2).mean() / (soft**2).mean()) == pytest.approx(10, rel=0.1)


def test_long_silence_within_speech_is_cut_where_asked(
    engine: F5Engine, monkeypatch: pytest.MonkeyPatch
):
    speech = torch.full((24_000,), 0.3)
    sound = torch.cat([speech, torch.zeros(72_000), speech])
    vocoder = engine._loaded()[0]._runtime.vocoder
    monkeypatch.setattr(vocoder, "decode", lambda _mel: sound)
    assert len(spoken(engine)) / 24_000 == pytest.approx(5)
    assert len(spoken(engine, remove_silence=True)) / 24_000 == pytest.approx(3, abs=0.03)


def test_five_thousand_characters_are_spoken_to_the_end(engine: F5Engine):
    text = ("On and on it goes, again and again. " * 140)[:5000]
    one = job(text, nfe_step=1, speed=4.0)
    speak(engine, one)
    assert one.ends == [None]
    assert len(one.marks) == 5
    pace_s = 2.05 / (len(TRANSCRIPT) + 2) / 4
    assert len(heard(one)) / 24_000 == pytest.approx(5000 * pace_s, rel=0.1)


def test_voices_are_told_with_their_transcripts(make_engine: MakeEngine, clips: Path):
    ann = F5Voice(
        id="ann",
        reference_audio=str(clips / "ann.wav"),
        reference_text="Hi there.",
        language="en",
        label="Ann",
        preload=True,
    )
    engine = make_engine(voices=(ann,))
    (told,) = engine.voices()
    assert (told.id, told.label, told.language, told.transcript) == (
        "ann",
        "Ann",
        "en",
        "Hi there.",
    )


def test_it_is_reached_by_its_name_and_its_section(checkpoint: Path, clips: Path):
    sections = {
        "f5": F5Settings(
            ckpt_file=str(checkpoint), default_nfe_step=2, voices=(voice(clips, "ann"),)
        )
    }
    asked = SynthSettings(engine="f5", sample_rate_hz=16_000)
    chunks = list(speak_locally("nice one, mate!", settings=asked, sections=sections))
    assert sum(map(len, chunks)) / 2 / 16_000 == pytest.approx(2.05 / 27 * 15, abs=0.03)
