from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from ishowtts_synth.engines import espeak
from ishowtts_synth.engines._espeak_library import EspeakLibrary
from ishowtts_synth.engines._espeak_text import SCRIPT_LANGUAGES
from ishowtts_synth.engines.base import Utterance
from ishowtts_synth.engines.espeak import EspeakEngine
from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.settings import EspeakSettings
from tests.synth.fakes import RecordingJob, refusal, speak

Speak = Callable[..., RecordingJob]


@pytest.fixture
def loaded() -> Iterator[EspeakEngine]:
    engine = EspeakEngine(EspeakSettings())
    engine.load()
    yield engine
    engine.close()


@pytest.fixture
def say(loaded: EspeakEngine) -> Speak:
    def _say(text: str, voice: str = "espeak", **changes: Any) -> RecordingJob:
        job = RecordingJob(Utterance(text, voice, **changes))
        speak(loaded, job)
        assert job.ends == [None]
        return job

    return _say


def duration_ms(job: RecordingJob) -> float:
    return len(job.pcm) / 2 / 22.05


def longest_silence_ms(job: RecordingJob) -> float:
    samples = abs(np.frombuffer(bytes(job.pcm), "<i2").astype(int))
    loud = np.flatnonzero(samples > 150)
    return float(np.diff(loud).max()) / 22.05


def test_there_is_a_voice_for_every_language(loaded: EspeakEngine) -> None:
    languages = {voice.id: voice.language for voice in loaded.voices()}
    assert languages["espeak"] is None
    assert languages["espeak-en-us"] == "en-US"
    assert languages["espeak-cmn"] == "cmn"
    assert languages["espeak-fa-latn"] == "fa-Latn"
    assert languages["espeak-yue-latn-jyutping"] == "yue-Latn-jyutping"
    assert len(languages) > 100


def test_voices_can_be_narrowed_to_some_languages() -> None:
    engine = EspeakEngine(EspeakSettings(languages=("en-us", "zh-CN", "de")))
    engine.load()
    ids = [voice.id for voice in engine.voices()]
    engine.close()
    assert ids == ["espeak", "espeak-en-us", "espeak-cmn", "espeak-de"]


def test_every_script_has_a_voice_of_espeaks(loaded: EspeakEngine) -> None:
    tags = {voice.id.removeprefix("espeak-") for voice in loaded.voices()}
    assert set(SCRIPT_LANGUAGES.values()) <= tags


def test_a_mixed_sentence_has_no_hole_where_the_language_changes(say: Speak) -> None:
    assert longest_silence_ms(say("我用 GTA 玩 hello 你好 world")) < 120


def test_a_sentence_end_before_another_language_is_heard(say: Speak) -> None:
    assert 200 < longest_silence_ms(say("你好。 hello")) < 400


def test_chinese_is_spoken_and_not_spelled(say: Speak) -> None:
    text = "你好，我的朋友"
    for voice in ("espeak", "espeak-cmn", "espeak-en-us", "espeak-de"):
        assert 700 < duration_ms(say(text, voice)) < 3000, voice


def test_a_request_may_name_the_language(say: Speak) -> None:
    english = bytes(say("Guten Morgen").pcm)
    german = bytes(say("Guten Morgen", language="de-AT").pcm)
    assert len(english) != len(german)


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ("zh", "cmn"),
        ("zh-Hans-CN", "cmn"),
        ("zh-HK", "yue"),
        ("en", "en-us"),
        ("en-GB", "en-gb"),
        ("pt-BR", "pt-br"),
        ("no", "nb"),
        ("ja_JP", "ja"),
        ("de-AT", "de"),
        ("fr", "fr-fr"),
    ],
)
def test_bcp47_finds_the_nearest_language(loaded: EspeakEngine, asked: str, taken: str) -> None:
    assert loaded._tag(asked) == taken


def test_unknown_language_says_so(loaded: EspeakEngine) -> None:
    told = refusal(loaded, Utterance("x", "espeak", language="tlh-none"))
    assert "no language 'tlh-none'" in told


def test_options_change_the_voice(say: Speak) -> None:
    plain = duration_ms(say("hello world"))
    assert duration_ms(say("hello world", options={"rate_wpm": 300})) < 0.7 * plain
    quiet = say("hello world", options={"volume": 20, "variant": "m3", "pitch": 10.0})
    loudest = abs(np.frombuffer(bytes(quiet.pcm), "<i2").astype(int)).max()
    assert 0 < loudest < 8_000


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"pitch": 100}, "pitch from 0 to 99, not 100"),
        ({"pitch": True}, "pitch from 0 to 99, not True"),
        ({"pitch": "high"}, "pitch from 0 to 99, not 'high'"),
        ({"rate_wpm": float("nan")}, "rate_wpm from 80 to 450, not nan"),
        ({"variant": "../../etc/passwd"}, "no variant '../../etc/passwd'"),
        ({"variant": 3}, "no variant 3"),
        ({"emotion": 1}, "no option 'emotion'; it has variant, rate_wpm 80-450, pitch 0-99"),
    ],
)
def test_wrong_options_are_told_with_the_ranges(
    loaded: EspeakEngine, options: dict[str, Any], told: str
) -> None:
    assert told in refusal(loaded, Utterance("x", "espeak", options=options))


def test_one_speakers_options_do_not_stay_for_the_next(say: Speak) -> None:
    before = duration_ms(say("hello world"))
    say("hello world", "espeak-de", speed=3.0, options={"pitch": 0, "variant": "whisper"})
    assert duration_ms(say("hello world")) == pytest.approx(before, abs=2)


def test_text_cannot_command_the_synthesiser(say: Speak) -> None:
    before = duration_ms(say("hello world"))
    say("\x01450S\x0199P quick \x0120S")
    assert duration_ms(say("hello world")) == pytest.approx(before, abs=2)
    assert duration_ms(say("<break time='9s'/> hello")) < 6_000
    assert duration_ms(say("[[_:_:_:_:_:_:]] hi")) > 1_000


def test_speed_beyond_espeaks_own_range_still_works(say: Speak) -> None:
    normal = duration_ms(say("one two three four"))
    assert duration_ms(say("one two three four", speed=4.0)) < 0.4 * normal
    assert duration_ms(say("one two three four", speed=0.25)) > 1.5 * normal


def test_five_thousand_characters_stop_at_once_when_cancelled(loaded: EspeakEngine) -> None:
    job = RecordingJob(Utterance("word " * 1000, "espeak"), cancel_after=1)
    speak(loaded, job, max_steps=3)
    assert job.pieces == 1


def test_a_failing_listener_is_not_swallowed_by_the_library(loaded: EspeakEngine) -> None:
    class BrokenJob(RecordingJob):
        def emit(self, pcm: bytes) -> None:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        speak(loaded, BrokenJob(Utterance("hello", "espeak")))
    following = RecordingJob(Utterance("hello", "espeak"))
    speak(loaded, following)
    assert following.pcm


def test_a_process_has_one_library(loaded: EspeakEngine) -> None:
    with pytest.raises(EngineUnavailableError, match="already in use"):
        EspeakLibrary().open()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (EspeakSettings(variant="zz9"), "no variant 'zz9'"),
        (EspeakSettings(latin_language="klingonese"), "no language 'klingonese'"),
        (EspeakSettings(languages=("en-us", "nope")), "no language 'nope'"),
    ],
)
def test_settings_that_name_nothing_are_refused(settings: EspeakSettings, told: str) -> None:
    engine = EspeakEngine(settings)
    with pytest.raises(EngineUnavailableError, match=rf"\[espeak\] espeak has {told}"):
        engine.load()
    engine.close()


@pytest.mark.parametrize(
    ("backend", "told"),
    [
        ("auto", r"pip install 'ishowtts\[espeak\]', or the espeak-ng program"),
        ("library", r"pip install 'ishowtts\[espeak\]'$"),
        ("program", r"apt install espeak-ng"),
    ],
)
def test_check_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, backend: Any, told: str
) -> None:
    monkeypatch.setattr(espeak, "library_installed", lambda: False)
    settings = EspeakSettings(backend=backend, program="no-such-espeak")
    with pytest.raises(EngineUnavailableError, match=told):
        EspeakEngine.check(settings)


def test_without_the_library_the_program_speaks(
    monkeypatch: pytest.MonkeyPatch, espeak_program: str
) -> None:
    monkeypatch.setattr(espeak, "library_installed", lambda: False)
    engine = EspeakEngine(EspeakSettings(program=espeak_program))
    engine.check(engine.settings)
    engine.load()
    job = RecordingJob(Utterance("hi 你好", "espeak"))
    speak(engine, job)
    assert duration_ms(job) == pytest.approx(4 * 50, abs=2)
