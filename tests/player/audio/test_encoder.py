"""What clients hear of each format, decoded again."""

import importlib.util
import io
import struct
import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_player.audio import extras
from ishowtts_player.audio.encoder import Encoder, check_format, encode_whole
from ishowtts_player.audio.formats import ELEVENLABS_FORMATS, OPENAI_FORMATS, OutputFormat
from ishowtts_player.errors import ApiError
from tests.player.audio.sounds import (
    SECONDS,
    SOURCE_HZ,
    TONE_HZ,
    hear,
    loudest,
    pieces,
    roughness,
    tone,
)

ALL_FORMATS = {**OPENAI_FORMATS, **ELEVENLABS_FORMATS}
CODEC_DELAY_S = {"mp3": 0.08, "aac": 0.09}
"""Frames that decoders add before and after where no header tells them of it."""
NOISE = {"wav": 0.001, "pcm": 0.001, "flac": 0.001, "ulaw": 0.08, "alaw": 0.08}
LOSSY_NOISE = 0.08
EDGE_S = 0.15


def stream(pcm: bytes, output: OutputFormat, milliseconds: float = 60) -> bytes:
    encoder = Encoder(SOURCE_HZ, output)
    sent = [encoder.push(piece) for piece in pieces(pcm, milliseconds)]
    return b"".join(sent) + encoder.finish()


@pytest.mark.parametrize("name", ALL_FORMATS)
def test_every_format_is_heard_whole_and_without_clicks(name):
    output = ALL_FORMATS[name]
    samples, rate_hz = hear(stream(tone(), output), output)
    seconds = len(samples) / rate_hz
    assert SECONDS - 0.001 <= seconds <= SECONDS + CODEC_DELAY_S.get(output.codec, 0.001)
    if output.codec != "opus":  # which decoders always play at 48 kHz
        assert rate_hz == output.rate_hz
    assert loudest(samples, rate_hz) == pytest.approx(TONE_HZ, abs=2)
    middle = samples[round(EDGE_S * rate_hz) : -round(EDGE_S * rate_hz)]
    assert roughness(middle, rate_hz) < NOISE.get(output.codec, LOSSY_NOISE)


@pytest.mark.parametrize("name", OPENAI_FORMATS)
def test_a_tear_in_the_source_would_be_heard(name):
    output = OPENAI_FORMATS[name]
    pcm = tone()
    samples, rate_hz = hear(stream(pcm[:36_000] + pcm[36_020:], output), output)
    middle = samples[round(EDGE_S * rate_hz) : -round(EDGE_S * rate_hz)]
    assert roughness(middle, rate_hz) > 2 * LOSSY_NOISE


@pytest.mark.parametrize("name", OPENAI_FORMATS)
def test_a_whole_file_tells_its_exact_length(name):
    output = OPENAI_FORMATS[name]
    samples, rate_hz = hear(encode_whole(tone(), SOURCE_HZ, output), output)
    allowed = CODEC_DELAY_S["aac"] if output.codec == "aac" else 0.0005
    assert len(samples) / rate_hz == pytest.approx(SECONDS, abs=allowed)


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 22_050, 24_000, 44_100, 48_000])
@settings(deadline=None, max_examples=15)
@given(milliseconds=st.floats(0.1, 400), seconds=st.floats(0, 0.4))
def test_however_it_is_cut_the_samples_are_the_same(rate_hz, milliseconds, seconds):
    pcm = tone(seconds)
    output = OutputFormat("pcm", rate_hz)
    assert stream(pcm, output, milliseconds) == encode_whole(pcm, SOURCE_HZ, output)


def test_samples_at_their_own_rate_are_not_touched():
    pcm = np.random.default_rng(1).integers(-32768, 32768, 5000, dtype="<i2").tobytes()
    assert stream(pcm, OPENAI_FORMATS["pcm"]) == pcm
    heard, _ = hear(stream(pcm, OPENAI_FORMATS["flac"]), OPENAI_FORMATS["flac"])
    assert (heard * 32768).astype("<i2").tobytes() == pcm


def test_a_resampled_peak_is_cut_off_and_does_not_wrap():
    loud = np.tile(np.array([32767] * 20 + [-32768] * 20, dtype="<i2"), 100).tobytes()
    heard, _ = hear(stream(loud, OutputFormat("pcm", 48_000)), OutputFormat("pcm", 48_000))
    plateaus = heard[120:-120].reshape(-1, 40)[:, 10:30]
    assert np.all(np.ptp(plateaus, axis=1) < 1.0)


def test_a_streamed_wav_has_one_header_that_says_read_on():
    pcm = tone()
    data = stream(pcm, OPENAI_FORMATS["wav"])
    assert (data[44:], data.count(b"RIFF")) == (pcm, 1)
    assert struct.unpack("<I", data[4:8]) == struct.unpack("<I", data[40:44]) == (0xFFFFFFFF,)
    assert struct.unpack("<IHHIIHH", data[16:36]) == (16, 1, 1, 24_000, 48_000, 2, 16)


def test_a_whole_wav_has_the_right_sizes():
    data = encode_whole(tone(), SOURCE_HZ, OutputFormat("wav", 16_000))
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    with wave.open(io.BytesIO(data)) as sound:
        assert (sound.getframerate(), sound.getnframes()) == (16_000, 16_000 * SECONDS)


@pytest.mark.parametrize("name", ["mp3", "flac", "pcm"])
async def test_the_first_audio_and_the_rest_are_one_stream(name):
    encoder, output = Encoder(SOURCE_HZ, OPENAI_FORMATS[name]), OPENAI_FORMATS[name]
    sent = [piece for pcm in pieces(tone(), 400) async for piece in encoder.pieces(pcm)]
    assert b"".join(sent) + encoder.finish() == stream(tone(), output)


FIRST_BYTES_AFTER_MS = {"wav": 20, "pcm": 20, "opus": 20, "flac": 40, "mp3": 60, "aac": 120}


@pytest.mark.parametrize("name", OPENAI_FORMATS)
def test_first_bytes_leave_as_soon_as_the_codec_has_a_frame(name):
    encoder = Encoder(SOURCE_HZ, OPENAI_FORMATS[name])
    heard_ms = 0
    for piece in pieces(tone(), 20):
        heard_ms += 20
        if encoder.push(piece):
            break
    assert heard_ms <= FIRST_BYTES_AFTER_MS[name]


@pytest.mark.parametrize("name", OPENAI_FORMATS)
def test_silence_without_an_end_or_a_beginning_breaks_nothing(name):
    output = OPENAI_FORMATS[name]
    assert Encoder(SOURCE_HZ, output).push(b"") is not None
    assert isinstance(Encoder(SOURCE_HZ, output).finish(), bytes)
    encode_whole(b"", SOURCE_HZ, output)


def test_two_encoders_at_once_do_not_mix():
    low, high = Encoder(SOURCE_HZ, OPENAI_FORMATS["mp3"]), Encoder(SOURCE_HZ, OPENAI_FORMATS["mp3"])
    sent = {low: b"", high: b""}
    for one, other in zip(pieces(tone()), pieces(tone(tone_hz=1000)), strict=True):
        sent[low] += low.push(one)
        sent[high] += high.push(other)
    for encoder, expected in ((low, TONE_HZ), (high, 1000)):
        heard = hear(sent[encoder] + encoder.finish(), OPENAI_FORMATS["mp3"])
        assert loudest(*heard) == pytest.approx(expected, abs=2)


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        extras.importlib.util,
        "find_spec",
        lambda name: None if name in ("av", "soxr") else found(name),
    )
    for refused in (
        lambda: check_format(OPENAI_FORMATS["mp3"]),
        lambda: Encoder(SOURCE_HZ, OPENAI_FORMATS["opus"]),
        lambda: Encoder(SOURCE_HZ, OutputFormat("pcm", 8000)),
    ):
        with pytest.raises(ApiError, match=r"pip install 'ishowtts\[formats\]'") as error:
            refused()
        assert (error.value.status, error.value.code) == (501, "NOT_AVAILABLE")
    check_format(OPENAI_FORMATS["wav"])
    assert Encoder(SOURCE_HZ, OPENAI_FORMATS["pcm"]).push(b"\1\2") == b"\1\2"
