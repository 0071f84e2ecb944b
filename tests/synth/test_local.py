import threading

import pytest

from ishowtts_synth.engines.registry import UnknownEngineError
from ishowtts_synth.errors import BadRequestError, UnknownVoiceError
from ishowtts_synth.local import speak_locally
from ishowtts_synth.settings import SynthSettings, ToneSettings

TONE = SynthSettings(engine="tone")


def test_speech_comes_at_the_rate_of_the_bus() -> None:
    sections = {"tone": ToneSettings(ms_per_character=100)}
    pcm = b"".join(speak_locally("ten chars!", settings=TONE, sections=sections))
    assert len(pcm) == 2 * 24 * 1000


def test_espeak_speaks_without_a_broker_or_a_thread() -> None:
    threads = threading.active_count()
    chunks = list(speak_locally("hello world", speed=1.2))
    assert 0.4 < sum(map(len, chunks)) / 2 / 24_000 < 2.0
    assert len(chunks) > 2
    assert threading.active_count() == threads


def test_the_engine_is_let_go_when_the_listener_leaves() -> None:
    for _ in range(2):
        speech = speak_locally("hello 你好 hello 你好")
        assert next(speech)
        speech.close()


def test_mistakes_are_told() -> None:
    with pytest.raises(UnknownEngineError, match="did you mean tone"):
        list(speak_locally("x", settings=SynthSettings(engine="tones")))
    with pytest.raises(UnknownVoiceError, match="espeak has no voice 'epseak'; it has espeak"):
        list(speak_locally("x", voice="epseak"))
    with pytest.raises(BadRequestError, match="pitch from 0 to 99"):
        list(speak_locally("x", options={"pitch": 1000}))
