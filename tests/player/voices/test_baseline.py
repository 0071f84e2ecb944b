"""The file of voices: a mistake in it is told, and costs only its own entry."""

from pathlib import Path

import pytest

from ishowtts_player.settings.voices import VoiceSettings
from ishowtts_player.voices.baseline import Baseline, read_baseline
from tests.player.clips import wav

ANN = """[[voices]]
id = "ann"
reference_audio = "clips/ann.wav"
reference_text = "I am Ann."
"""
BOB = """
[[voices]]
id = "bob"
reference_audio = "clips/ann.wav"
reference_text = "I am Bob."
label = "Bob"
engine_label = "Studio"
language = "en"
engines = ["f5"]
licence = "CC0"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "ann.wav").write_bytes(wav())
    (tmp_path / "text.wav").write_text("this is no audio")
    return tmp_path


def read(folder: Path, text: str, **settings) -> Baseline:
    path = folder / "voices.toml"
    path.write_text(text, "utf-8")
    return read_baseline(VoiceSettings(file=str(path), **settings))


def ids(baseline: Baseline) -> list[str]:
    return [voice.id for voice, _ in baseline.voices]


def test_voices_and_their_clips_are_read(folder):
    baseline = read(folder, ANN + BOB)

    (ann, clip), (bob, _) = baseline.voices
    assert (ann.id, ann.reference_text, ann.engines) == ("ann", "I am Ann.", ())
    assert (bob.label, bob.language, bob.engines, bob.licence) == ("Bob", "en", ("f5",), "CC0")
    assert bob.engine_label == "Studio"
    assert clip.seconds == pytest.approx(1.5)
    assert baseline.problems == ()


@pytest.mark.parametrize("file", ["", "nowhere/voices.toml"])
def test_without_a_file_there_are_no_voices_and_no_problem(file):
    assert read_baseline(VoiceSettings(file=file)) == Baseline()


def test_the_file_that_comes_along_holds_no_voice():
    assert read_baseline(VoiceSettings()) == Baseline()


WRONG = {
    "unknown key": ('id = "eve"\nreference_audio = "x"\nvoice = 1', "unknown field `voice`"),
    "no clip": ('id = "eve"', "missing required field `reference_audio`"),
    "no file": ('id = "eve"\nreference_audio = "eve.wav"', "there is no file"),
    "a folder": ('id = "eve"\nreference_audio = "clips"', "there is no file"),
    "no audio": ('id = "eve"\nreference_audio = "text.wav"', "this is no audio"),
    "bad name": ('id = "Eve!"\nreference_audio = "x"', "id:"),
    "path as a name": ('id = "../eve"\nreference_audio = "x"', "id:"),
    "reserved": ('id = "upload"\nreference_audio = "x"', "used otherwise"),
    "twice": ('id = "ann"\nreference_audio = "clips/ann.wav"', "a voice of this id stands above"),
    "a number": ('id = 3\nreference_audio = "x"', "id: Expected `str`"),
}


@pytest.mark.parametrize(("entry", "text"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_entry_is_named_with_its_line_and_the_others_are_read(folder, entry, text):
    baseline = read(folder, f"{ANN}[[voices]]\n{entry}\n{BOB}")

    assert ids(baseline) == ["ann", "bob"]
    (problem,) = baseline.problems
    assert f"{folder / 'voices.toml'}, line 5" in problem
    assert text in problem


UNREADABLE = {
    "no TOML": ("[[voices]\n", "line 1"),
    "one bracket": ('[voices]\nid = "ann"\n', "write [[voices]]"),
    "something else": ('[[voice]]\nid = "ann"\n', "not voice"),
}


@pytest.mark.parametrize(("text", "problem"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_file_that_cannot_be_read_is_one_problem(folder, text, problem):
    baseline = read(folder, text)

    assert baseline.voices == ()
    assert problem in baseline.problems[0]


def test_beyond_the_limit_voices_are_left_out_and_said(folder):
    baseline = read(folder, ANN + BOB, max_voices=1)

    assert ids(baseline) == ["ann"]
    assert "1 voices are the most" in baseline.problems[0]
