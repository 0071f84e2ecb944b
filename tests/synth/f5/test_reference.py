"""Clips as people have them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from ishowtts_synth.errors import BadRequestError
from ishowtts_synth.f5.reference import Reference, end_transcript, prepare, read_reference
from ishowtts_synth.f5.silence import Samples
from tests.synth.f5.clips import TRANSCRIPT, hum

RATE_HZ = 24_000


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), np.float32)


def read(path: Path, samples: Samples, rate_hz: int = RATE_HZ) -> Reference:
    soundfile.write(path, samples, rate_hz)
    return read_reference(path, TRANSCRIPT)


def test_a_clip_is_trimmed_and_ends_in_a_moment_of_silence(tmp_path: Path):
    clip = read(tmp_path / "a.wav", np.concatenate([silence(1), hum(3), silence(1)]))
    assert clip.duration_s == pytest.approx(3.05, abs=0.02)
    assert not clip.samples[-1000:].any()
    assert clip.samples.dtype == np.float32


def test_stereo_at_96_khz_becomes_mono_at_24(tmp_path: Path):
    left = hum(3, 96_000)
    clip = read(tmp_path / "a.wav", np.stack([left, 0 * left], axis=1), 96_000)
    assert clip.duration_s == pytest.approx(3.05, abs=0.02)
    middle = clip.samples[24_000:48_000]
    assert np.abs(np.fft.rfft(middle)).argmax() == 220
    assert middle.max() == pytest.approx(0.1, abs=0.005)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_the_usual_formats_are_read(tmp_path: Path, name: str):
    assert read(tmp_path / name, hum(2)).duration_s == pytest.approx(2.05, abs=0.1)


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (hum(0.2), "has 0.2 s of sound, fewer than 1; 5 to 12 s of one person"),
        (np.concatenate([silence(5), hum(0.4), silence(5)]), "has 0.4 s of sound, fewer"),
        (silence(0), "has 0.0 s of sound"),
        (silence(5), "is silent"),
        (hum(5, level=0.001), "is silent"),
        (hum(25), "has 25.0 s of sound, more than 20; .*: cut it, and its transcript"),
        (hum(300, 8000), "has 100.0 s of sound, more than 20"),
    ],
)
def test_a_clip_that_nobody_could_clone_is_refused(tmp_path: Path, samples: Samples, said: str):
    with pytest.raises(BadRequestError, match=said):
        read(tmp_path / "a.wav", samples)


def test_long_silence_around_a_good_clip_does_no_harm(tmp_path: Path):
    clip = read(tmp_path / "a.wav", np.concatenate([silence(20), hum(5), silence(20)]))
    assert clip.duration_s == pytest.approx(5.05, abs=0.02)


def test_five_minutes_are_refused_without_reading_them(tmp_path: Path):
    with pytest.raises(BadRequestError, match=r"has 300\.0 s of sound, more than 20"):
        read(tmp_path / "a.wav", silence(300))


def test_a_small_file_that_would_fill_memory_is_refused_without_reading_it(tmp_path: Path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.zeros((4_000_000, 8), np.int16), 96_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(BadRequestError, match="is too large: make it mono"):
        read_reference(path, TRANSCRIPT)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"this is a text" * 100])
def test_what_is_no_audio_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(BadRequestError, match="cannot be read as audio"):
        read_reference(path, TRANSCRIPT)
    with pytest.raises(BadRequestError, match="cannot be read as audio"):
        read_reference(tmp_path / "none.wav", TRANSCRIPT)


def test_samples_that_are_no_numbers_are_refused(tmp_path: Path):
    soundfile.write(tmp_path / "a.wav", np.full(48_000, np.nan, np.float32), RATE_HZ, "FLOAT")
    with pytest.raises(BadRequestError, match="no numbers"):
        read_reference(tmp_path / "a.wav", TRANSCRIPT)


def test_a_transcript_is_required(tmp_path: Path):
    with pytest.raises(BadRequestError, match="needs a transcript"):
        prepare(hum(3), RATE_HZ, " \n", tmp_path)


def test_a_soft_clip_is_made_louder_and_a_loud_one_is_left(tmp_path: Path):
    soft, loud = (prepare(hum(3, level=level), RATE_HZ, "a", tmp_path) for level in (0.02, 0.5))
    assert soft.gain(0.1) == pytest.approx(0.1 / (0.02 / 2**0.5), rel=0.02)
    assert loud.gain(0.1) == 1.0


def test_clips_are_told_apart_by_what_is_in_them(tmp_path: Path):
    facts = [(hum(3), "a"), (hum(3), "b"), (hum(3, hz=221), "a"), (hum(3.1), "a")]
    made = [prepare(samples, RATE_HZ, text, tmp_path).digest for samples, text in facts]
    assert len(set(made)) == 4
    assert prepare(hum(3), RATE_HZ, "a", tmp_path / "else").digest == made[0]


@pytest.mark.parametrize(
    ("given", "ended"),
    [
        ("Hello", "Hello.  "),
        ("Hello.", "Hello.  "),
        ("Hello. ", "Hello.  "),
        ("Really?", "Really?.  "),
        ("你好。", "你好。"),
        ("你好！", "你好！.  "),
        ("你好", "你好.  "),
    ],
)
def test_a_transcript_ends_as_stock_ends_it(given: str, ended: str):
    assert end_transcript(given) == ended
