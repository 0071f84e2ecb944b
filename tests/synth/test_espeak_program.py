from pathlib import Path

import pytest

from ishowtts_synth.engines._espeak_backend import EspeakVoice, Manner
from ishowtts_synth.engines._espeak_program import EspeakProgram
from ishowtts_synth.errors import EngineError, EngineUnavailableError

MANNER = Manner(variant="f2", rate_wpm=150, pitch=50, pitch_range=50, volume=100)
ENGLISH = EspeakVoice("gmw/en-US", "English", ((2, "en-us"),))


def test_lists_voices_and_variants(espeak_program: str) -> None:
    program = EspeakProgram(espeak_program)
    voices = {voice.tag: voice for voice in program.voices()}
    assert voices["cmn"].identifier == "sit/cmn"
    assert voices["cmn"].languages == ((5, "cmn"), (5, "zh-cmn"), (5, "zh"))
    assert voices["en-us"].name == "English (America)"
    assert program.variants() == ["f2", "m1"]


def test_speaks_without_the_header(espeak_program: str) -> None:
    program = EspeakProgram(espeak_program)
    assert program.open() == 22_050
    heard = bytearray()
    program.speak("abcd", ENGLISH, MANNER, lambda pcm: heard.extend(pcm) is None)
    assert len(heard) == 2 * 4 * 1102
    assert b"RIFF" not in heard


def test_stops_its_process_when_nobody_listens(espeak_program: str) -> None:
    pieces: list[bytes] = []

    def sink(pcm: bytes) -> bool:
        pieces.append(pcm)
        return False

    EspeakProgram(espeak_program).speak("word " * 1000, ENGLISH, MANNER, sink)
    assert len(pieces) == 1


def test_an_unknown_voice_is_an_error(espeak_program: str) -> None:
    nobody = EspeakVoice("art/none", "None", ((5, "none"),))
    with pytest.raises(EngineError, match="ended with status 1"):
        EspeakProgram(espeak_program).speak("hi", nobody, MANNER, lambda _pcm: True)


def test_a_program_that_crashes_in_mid_sentence_is_an_error(tmp_path: Path) -> None:
    crashing = tmp_path / "espeak-ng"
    crashing.write_text("#!/bin/sh\ncat > /dev/null\nhead -c 2000 /dev/zero\nkill -SEGV $$\n")
    crashing.chmod(0o755)
    with pytest.raises(EngineError, match="ended with status -11"):
        EspeakProgram(str(crashing)).speak("hi", ENGLISH, MANNER, lambda _pcm: True)


def test_a_program_that_does_not_run_is_unavailable() -> None:
    with pytest.raises(EngineUnavailableError, match="/no/such does not run"):
        EspeakProgram("/no/such").open()
