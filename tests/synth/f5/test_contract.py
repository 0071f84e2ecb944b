"""F5-TTS keeps the contract of all engines."""

from ishowtts_synth.engines.f5 import F5Engine
from tests.synth.fakes import refusal
from tests.synth.test_engines import (
    test_awkward_text_ends_without_harm,
    test_cancelled_before_it_began_it_is_silent,
    test_cancelled_in_the_middle_it_stops_soon,
    test_every_voice_speaks,
    test_facts,
    test_faster_is_shorter,
    test_it_can_be_closed_and_loaded_again,
    test_speaks_as_many_at_once_as_it_has_slots,
    test_speaks_in_pieces_and_ends_once,
    test_voices_have_unique_slugs_and_include_the_default,
    utterance,
)

__all__ = [
    "test_awkward_text_ends_without_harm",
    "test_cancelled_before_it_began_it_is_silent",
    "test_cancelled_in_the_middle_it_stops_soon",
    "test_every_voice_speaks",
    "test_facts",
    "test_faster_is_shorter",
    "test_it_can_be_closed_and_loaded_again",
    "test_speaks_as_many_at_once_as_it_has_slots",
    "test_speaks_in_pieces_and_ends_once",
    "test_voices_have_unique_slugs_and_include_the_default",
]


def test_an_option_that_it_does_not_have_is_refused(engine: F5Engine):
    assert "no option 'pitch'" in refusal(engine, utterance(engine, options={"pitch": 3}))
