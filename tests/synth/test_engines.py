"""One contract for every engine."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ishowtts_bus import Settings
from ishowtts_schemas import is_slug
from ishowtts_synth.engines.base import Engine, Utterance
from ishowtts_synth.engines.registry import create_engine, engine_keys
from ishowtts_synth.settings import EspeakSettings, ToneSettings
from tests.synth.fakes import RecordingJob, refusal, speak

CASES = ["espeak", "espeak as program", "tone"]
ELSEWHERE = {"f5"}  # needs torch: tests/synth/f5 holds it to the same contract

AWKWARD_TEXTS = [
    "",
    " \n\t ",
    "...",
    "?!?!",
    "😀🏳️‍🌈👩‍👩‍👧",
    "\x00\x00",
    "a\x00b",
    "\ud800 half \udfff",
    "\x01250S fast \x0199P",
    "[[h@loU]] <speak><break time='60s'/></speak> &amp;",
    "-v nope --stdout `id` $(id) ; \\",
    "\ufffe\uffff\ufeff\ue000\U0010ffff",
    "e" + "\u0301" * 300,
    "1" * 300,
    "ភាសាខ្មែរ",
    "你好 hello こんにちは 안녕 привет γειά שלום مرحبا नमस्ते",
    "好" * 200,
]


@pytest.fixture(params=CASES)
def make(
    request: pytest.FixtureRequest,
) -> Iterator[Callable[[], Engine[Any]]]:
    name: str = request.param
    key = name.partition(" ")[0]
    sections: dict[str, Settings] = {"tone": ToneSettings(ms_per_character=10)}
    if name.endswith("program"):
        program = request.getfixturevalue("espeak_program")
        sections["espeak"] = EspeakSettings(backend="program", program=program)
    made: list[Engine[Any]] = []

    def _make() -> Engine[Any]:
        made.append(create_engine(key, sections))
        return made[-1]

    yield _make
    for engine in made:
        engine.close()


@pytest.fixture
def engine(make: Callable[[], Engine[Any]]) -> Engine[Any]:
    engine = make()
    engine.check(engine.settings)
    engine.load()
    return engine


def utterance(engine: Engine[Any], text: str = "one two three", **changes: Any) -> Utterance:
    return Utterance(text, changes.pop("voice", engine.default_voice), **changes)


def test_no_engine_is_left_out() -> None:
    assert {case.partition(" ")[0] for case in CASES} | ELSEWHERE == set(engine_keys())


def test_facts(engine: Engine[Any]) -> None:
    assert is_slug(engine.key)
    assert engine.label
    assert engine.licence
    assert engine.slots >= 1
    assert 8_000 <= engine.sample_rate_hz <= 48_000
    assert type(engine.settings) is engine.settings_type


def test_voices_have_unique_slugs_and_include_the_default(engine: Engine[Any]) -> None:
    ids = [voice.id for voice in engine.voices()]
    assert engine.default_voice in ids
    assert len(set(ids)) == len(ids)
    assert all(map(is_slug, ids))
    assert all(voice.label for voice in engine.voices())


def test_speaks_in_pieces_and_ends_once(engine: Engine[Any]) -> None:
    job = RecordingJob(utterance(engine))
    speak(engine, job)
    engine.step()
    assert job.ends == [None]
    assert job.pieces > 1
    assert len(job.pcm) % 2 == 0
    assert len(job.pcm) > 2 * 0.1 * engine.sample_rate_hz
    assert max(job.pcm) > 0


def test_every_voice_speaks(engine: Engine[Any]) -> None:
    for voice in list(engine.voices())[:: max(1, len(engine.voices()) // 20)]:
        job = RecordingJob(utterance(engine, "1 2", voice=voice.id))
        speak(engine, job)
        assert job.ends == [None]
        assert job.pcm, voice.id


@pytest.mark.parametrize("text", AWKWARD_TEXTS)
def test_awkward_text_ends_without_harm(engine: Engine[Any], text: str) -> None:
    job = RecordingJob(utterance(engine, text))
    speak(engine, job)
    assert job.ends == [None]
    following = RecordingJob(utterance(engine))
    speak(engine, following)
    assert following.pcm


def test_cancelled_before_it_began_it_is_silent(engine: Engine[Any]) -> None:
    job = RecordingJob(utterance(engine), cancel_after=0)
    speak(engine, job)
    assert job.ends == [None]
    assert not job.pcm


def test_cancelled_in_the_middle_it_stops_soon(engine: Engine[Any]) -> None:
    one_second = 2 * engine.sample_rate_hz
    job = RecordingJob(utterance(engine, "on and on " * 100), cancel_after=one_second)
    speak(engine, job)
    assert job.ends == [None]
    assert len(job.pcm) <= 1.5 * one_second
    following = RecordingJob(utterance(engine))
    speak(engine, following)
    assert following.pcm


def test_speaks_as_many_at_once_as_it_has_slots(engine: Engine[Any]) -> None:
    jobs = [RecordingJob(utterance(engine)) for _ in range(engine.slots)]
    speak(engine, *jobs)
    assert all(job.ends == [None] and job.pcm for job in jobs)


def test_an_option_that_it_does_not_have_is_refused(engine: Engine[Any]) -> None:
    assert "nfe_step" in refusal(engine, utterance(engine, options={"nfe_step": 16}))
    following = RecordingJob(utterance(engine))
    speak(engine, following)
    assert following.pcm


def test_faster_is_shorter(engine: Engine[Any]) -> None:
    slow, fast = (RecordingJob(utterance(engine, speed=speed)) for speed in (0.7, 1.5))
    speak(engine, slow)
    speak(engine, fast)
    assert len(fast.pcm) < 0.8 * len(slow.pcm)


def test_it_can_be_closed_and_loaded_again(engine: Engine[Any]) -> None:
    engine.close()
    engine.load()
    job = RecordingJob(utterance(engine))
    speak(engine, job)
    assert job.pcm
