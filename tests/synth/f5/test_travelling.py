"""Clips that come over the bus: over a configured voice, beside it, and of one request."""

import io
from pathlib import Path

import pytest
import soundfile

from ishowtts_schemas import InlineReference, VoiceReference
from ishowtts_synth.engines.base import Utterance
from ishowtts_synth.errors import BadRequestError, UnknownVoiceError
from ishowtts_synth.f5.reference import Reference
from ishowtts_synth.f5.voices import INLINE_CAPACITY, VoiceShelf
from tests.synth.f5.clips import TRANSCRIPT, hum, voice
from tests.synth.f5.conftest import MakeEngine
from tests.synth.fakes import RecordingJob, refusal, speak


def clip(hz: float, seconds: float = 2.0) -> bytes:
    data = io.BytesIO()
    soundfile.write(data, hum(seconds, hz=hz), 24_000, format="WAV")
    return data.getvalue()


def travelling(name: str, hz: float, **more) -> VoiceReference:
    facts = {"audio": clip(hz), "transcript": TRANSCRIPT, "version": "1", "engines": ()}
    return VoiceReference(voice=name, updated_at_ns=1, **(facts | more))


def inline(hz: float, **more) -> InlineReference:
    return InlineReference(**({"audio": clip(hz), "transcript": TRANSCRIPT} | more))


@pytest.fixture
def shelf(clips: Path) -> VoiceShelf[Reference]:
    return VoiceShelf([voice(clips, "ann"), voice(clips, "bob")], lambda reference, _rms: reference)


def test_a_travelling_voice_can_be_spoken_until_it_is_taken_back(shelf: VoiceShelf[Reference]):
    shelf.put(travelling("eve", 330))
    assert shelf.get("eve", 0.1).duration_s == pytest.approx(2.05, abs=0.01)

    shelf.drop("eve")

    with pytest.raises(UnknownVoiceError):
        shelf.get("eve", 0.1)


def test_over_a_configured_voice_it_holds_until_it_is_taken_back(shelf: VoiceShelf[Reference]):
    own = shelf.get("ann", 0.1)
    shelf.put(travelling("ann", 330))
    laid_over = shelf.get("ann", 0.1)
    shelf.put(travelling("ann", 440))

    assert len({one.digest for one in (own, laid_over, shelf.get("ann", 0.1))}) == 3
    shelf.drop("ann")
    assert shelf.get("ann", 0.1) is own


BAD = {
    "no audio": ({"audio": b"RIFF"}, "the clip cannot be read as audio"),
    "short": ({"audio": clip(330, 0.5)}, r"the clip has 0.5 s of sound, fewer than 1"),
    "no transcript": ({"transcript": " "}, "the clip needs a transcript"),
}


@pytest.mark.parametrize(("change", "text"), BAD.values(), ids=BAD.keys())
def test_a_bad_clip_is_refused_and_the_old_one_goes_on(shelf: VoiceShelf[Reference], change, text):
    shelf.put(travelling("eve", 330))
    before = shelf.get("eve", 0.1)

    with pytest.raises(BadRequestError, match=text):
        shelf.put(travelling("eve", 440, **change))
    with pytest.raises(BadRequestError, match=text):
        shelf.get_inline(inline(440, **change), 0.1)

    assert shelf.get("eve", 0.1) is before


def test_clips_of_requests_never_mix_and_are_read_once(shelf: VoiceShelf[Reference]):
    first, second = shelf.get_inline(inline(330), 0.1), shelf.get_inline(inline(440), 0.1)

    assert first.digest != second.digest
    for _ in range(50):
        assert shelf.get_inline(inline(330), 0.1) is first
        assert shelf.get_inline(inline(440), 0.1) is second
    other_words = shelf.get_inline(inline(330, transcript="Something else."), 0.1)
    assert other_words.transcript != first.transcript


def test_an_engine_speaks_with_what_came_over_the_bus(make_engine: MakeEngine):
    engine = make_engine()
    engine.put_voice(travelling("eve", 440))
    jobs = [
        RecordingJob(Utterance("hello there", "eve")),
        RecordingJob(Utterance("hello there", "reference", reference=inline(550))),
        RecordingJob(Utterance("hello there", "ann")),
    ]

    speak(engine, *jobs)

    assert [job.ends for job in jobs] == [[None]] * 3
    assert all(job.pcm for job in jobs)
    engine.drop_voice("eve")
    assert "'eve'" in refusal(engine, Utterance("hello there", "eve"))


def test_only_so_many_clips_of_requests_are_kept(shelf: VoiceShelf[Reference]):
    first = shelf.get_inline(inline(100), 0.1)
    for number in range(INLINE_CAPACITY):
        shelf.get_inline(inline(200 + number), 0.1)

    again = shelf.get_inline(inline(100), 0.1)

    assert again.digest == first.digest
    assert len(shelf._inline) == INLINE_CAPACITY
