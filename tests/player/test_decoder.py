"""Clips of strangers: what is read, and that the rest is one clear sentence."""

import contextlib
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_player.audio.decoder import ClipError, ClipLimits, decode_clip
from tests.player.clips import CONTAINERS, ENCODERS, SECONDS, encoded, float_wav, riff, tone, wav

MIB = 1024 * 1024


def loudness(samples) -> float:
    return float(np.sqrt((samples**2).mean()))


def refusal(data: bytes, limits: ClipLimits | None = None) -> str:
    with pytest.raises(ClipError) as raised:
        decode_clip(data, limits)
    assert "Traceback" not in raised.value.text
    assert len(raised.value.text) < 200
    return raised.value.text


def with_bytes(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def test_a_wav_arrives_as_it_is():
    clip = decode_clip(wav())

    assert (clip.container, clip.rate_hz, clip.channels) == ("wav", 24_000, 1)
    assert clip.samples == pytest.approx(tone()[0], abs=1e-4)


@pytest.mark.parametrize("kind", ENCODERS)
def test_every_format_sounds_like_what_was_encoded(kind):
    clip = decode_clip(encoded(kind))

    assert clip.container == CONTAINERS[kind]
    assert clip.seconds == pytest.approx(SECONDS, abs=0.1)
    assert loudness(clip.samples) == pytest.approx(loudness(tone()), rel=0.1)


def test_a_name_decides_nothing_so_an_mp3_called_wav_is_read():
    assert decode_clip(encoded("mp3")).container == "mp3"


def test_channels_become_one():
    both = np.concatenate([tone(), tone()])

    assert decode_clip(wav(both)).samples == pytest.approx(tone()[0], abs=1e-4)


def test_channels_that_cancel_each_other_out_are_still_heard():
    opposite = np.concatenate([tone(), -tone()])

    assert loudness(decode_clip(wav(opposite)).samples) == pytest.approx(loudness(tone()), rel=0.01)


NOT_AUDIO = {
    "nothing": b"",
    "text": b"this is no audio at all " * 99,
    "zip": b"PK\x03\x04" + bytes(9999),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(9999),
    "an hls list that names files": b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
    "a concat list": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
}


@pytest.mark.parametrize("data", NOT_AUDIO.values(), ids=NOT_AUDIO.keys())
def test_what_is_no_audio_is_told_what_is(data):
    assert refusal(data) == (
        "this is no audio that can be read: wav, mp3, flac, ogg, opus and m4a can"
    )


def test_text_behind_a_wav_header_is_damaged():
    assert "damaged" in refusal(riff(b"hello there, this is text" * 99))


@pytest.mark.parametrize("kind", ["wav", "flac", "m4a"])
def test_a_file_that_was_cut_off_is_refused(kind):
    whole = wav() if kind == "wav" else encoded(kind)

    assert refusal(whole[: len(whole) // 2])


def test_of_an_mp3_which_names_no_length_a_half_is_read():
    whole = encoded("mp3")

    assert 0.5 < decode_clip(whole[: len(whole) // 2]).seconds < SECONDS


def test_a_wav_of_unknown_length_as_streams_send_it_is_read():
    streamed = with_bytes(with_bytes(wav(), 4, b"\xff" * 4), 40, b"\xff" * 4)

    assert decode_clip(streamed).seconds == pytest.approx(SECONDS)


def test_too_many_bytes_are_refused_before_anything_looks_at_them():
    with pytest.raises(ClipError) as raised:
        decode_clip(b"OggS" + bytes(25 * MIB))

    assert (raised.value.status, raised.value.code) == (413, "CLIP_TOO_LARGE")


def test_a_small_file_that_becomes_hours_is_stopped_while_it_is_decoded():
    bomb = encoded("opus", np.zeros((1, 48_000 * 60), np.float32))
    assert len(bomb) < MIB // 16
    tracemalloc.start()

    text = refusal(bomb, ClipLimits(seconds=2))

    peak, _ = tracemalloc.get_traced_memory()[1], tracemalloc.stop()
    assert text == "the clip is longer than 2 s"
    assert peak < 2 * MIB


def test_a_forged_rate_is_refused_before_a_sample_is_decoded():
    forged = with_bytes(wav(), 24, struct.pack("<I", 655_350))

    assert refusal(forged) == "655350 Hz is no rate for a voice: 8000 to 192000 Hz are"


def test_sixty_channels_are_refused():
    assert "channels are too many" in refusal(with_bytes(wav(), 22, struct.pack("<H", 60)))


def test_a_codec_that_nobody_asked_for_is_refused():
    assert "adpcm_ima_wav" in refusal(with_bytes(wav(), 20, struct.pack("<H", 0x11)))


def test_a_codec_that_nobody_knows_is_refused():
    assert "an unknown format is not read" in refusal(with_bytes(wav(), 20, b"\xee\xee"))


def test_floats_beyond_full_scale_arrive_as_they_are():
    assert decode_clip(float_wav(tone()[0] * 10)).samples.max() == pytest.approx(3, rel=0.01)


SAMPLES = {"wav": wav(), **{name: encoded(name) for name in ENCODERS}}


@given(
    name=st.sampled_from(list(SAMPLES)),
    cut=st.floats(0, 1),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=8)), max_size=6),
)
@settings(deadline=None, max_examples=60)
def test_no_damage_raises_anything_but_its_own_error(name, cut, changes):
    data = SAMPLES[name][: int(len(SAMPLES[name]) * cut)]
    for where, new in changes:
        data = with_bytes(data, int(len(data) * where), new)
    with contextlib.suppress(ClipError):
        assert decode_clip(data).seconds <= ClipLimits().seconds
