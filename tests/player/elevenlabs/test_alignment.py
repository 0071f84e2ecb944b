"""When each character sounds: each once, in order, within its audio."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_player.dialects.elevenlabs.alignment import (
    DEFAULT_UNIT_MS,
    Aligner,
    SpeakingRate,
    align,
)
from ishowtts_player.dialects.elevenlabs.messages import alignment_body

TEXTS = st.text(alphabet="ab 1,.。你😀", min_size=1, max_size=60)


@settings(deadline=None, max_examples=80)
@given(TEXTS, st.lists(st.floats(1, 500), max_size=30), st.floats(1, 200))
def test_every_character_is_given_once_whatever_the_audio(text, parts_ms, unit_ms):
    aligner = Aligner(text, unit_ms)

    found = [aligner.take(ms) for ms in parts_ms]
    rest = aligner.finish()

    chars = [char for one in [*found, rest] if one is not None for char in one.chars]
    assert chars == list(text)
    assert aligner.finish() is None
    for one, ms in zip(found, parts_ms, strict=True):
        if one is None:
            continue
        ends = [s + d for s, d in zip(one.starts_ms, one.durations_ms, strict=True)]
        assert one.starts_ms[0] >= 0
        assert list(one.starts_ms) == sorted(one.starts_ms)
        assert all(duration >= 0 for duration in one.durations_ms)
        assert max(ends) == pytest.approx(ms)


@settings(deadline=None, max_examples=50)
@given(TEXTS, st.floats(10, 100_000))
def test_a_whole_text_fills_its_whole_audio(text, audio_ms):
    found = align(text, audio_ms)

    assert list(found.chars) == list(text)
    assert found.starts_ms[0] == 0
    assert found.starts_ms[-1] + found.durations_ms[-1] == pytest.approx(audio_ms)


def test_a_chinese_character_takes_longer_than_a_letter_and_a_stop_pauses():
    found = align("a你.", 800)

    assert found.durations_ms == pytest.approx((100, 300, 400))


def test_times_begin_anew_with_each_part():
    aligner = Aligner("abcdef", 100)

    first, second = aligner.take(300), aligner.take(300)

    assert (first.chars, first.starts_ms) == (("a", "b", "c"), (0, 100, 200))
    assert (second.chars, second.starts_ms) == (("d", "e", "f"), (0, 100, 200))


def test_what_was_heard_makes_the_next_guess_better():
    rate = SpeakingRate()
    assert rate.unit_ms == DEFAULT_UNIT_MS

    rate.learn("abcdefghij", 1000)

    assert rate.unit_ms == pytest.approx(100)
    rate.learn("", 500)
    rate.learn("abc", 0)
    assert rate.unit_ms == pytest.approx(100)


def test_clients_find_the_times_under_either_spelling_in_whole_milliseconds():
    body = alignment_body(align("Hi.", 333.3))

    assert body["chars"] == ("H", "i", ".")
    assert body["charStartTimesMs"] == body["charsStartTimesMs"] == [0, 56, 111]
    assert body["charDurationsMs"] == body["charsDurationsMs"] == [56, 55, 222]
    assert alignment_body(None) is None
