"""The voice as it is shipped is understood: a closed-grammar recogniser hears the words."""

from pathlib import Path

import numpy as np
import pytest
import soxr
from pocketsphinx import Decoder

from ishowtts_synth.local import speak_locally

BUS_RATE_HZ = 24_000
RECOGNISER_RATE_HZ = 16_000
PHRASES = """
hello world, good morning, thank you, red apple, open door, blue river, happy birthday,
nice weather, black coffee, green garden, seven stars, quiet night, fast train, big mountain,
next station, little bird, yellow flower, cold water, strong wind, new message
"""


@pytest.fixture(scope="module")
def phrases() -> list[str]:
    return [" ".join(phrase.split()) for phrase in PHRASES.split(",")]


@pytest.fixture(scope="module")
def decoder(phrases: list[str], tmp_path_factory: pytest.TempPathFactory) -> Decoder:
    grammar: Path = tmp_path_factory.mktemp("grammar") / "phrases.gram"
    grammar.write_text(f"#JSGF V1.0;\ngrammar g;\npublic <phrase> = {' | '.join(phrases)};\n")
    return Decoder(samprate=RECOGNISER_RATE_HZ, jsgf=str(grammar), loglevel="FATAL")


def hear(decoder: Decoder, pcm: bytes) -> str:
    samples = np.frombuffer(pcm, "<i2")
    heard = soxr.resample(samples, BUS_RATE_HZ, RECOGNISER_RATE_HZ)
    decoder.start_utt()
    decoder.process_raw(bytes(2 * 3200) + heard.astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    return decoder.hyp().hypstr if decoder.hyp() else ""


def test_the_default_voice_is_understood(decoder: Decoder, phrases: list[str]) -> None:
    heard = {phrase: hear(decoder, b"".join(speak_locally(phrase))) for phrase in phrases}
    assert heard["hello world"] == "hello world"
    wrong = {phrase: words for phrase, words in heard.items() if phrase != words}
    assert len(wrong) <= 2, wrong
