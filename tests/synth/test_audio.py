import math
from array import array

import numpy as np
import pytest

from ishowtts_synth import audio
from ishowtts_synth.audio import ChunkCoalescer, open_audio_path, open_resampler
from ishowtts_synth.errors import EngineUnavailableError

MS = 24 * 2
"""Bytes of one millisecond at 24 kHz."""


def tone(rate_hz: int, duration_s: float, hz: float = 440.0) -> bytes:
    count = int(rate_hz * duration_s)
    wave = (round(10_000 * math.sin(2 * math.pi * hz * i / rate_hz)) for i in range(count))
    return array("h", wave).tobytes()


def lengths_ms(chunks: list[bytes]) -> list[float]:
    return [len(chunk) / MS for chunk in chunks]


def test_the_first_chunk_leaves_at_once_and_later_ones_grow() -> None:
    coalescer = ChunkCoalescer(24_000)
    sent = [chunk for _ in range(200) for chunk in coalescer.push(bytes(10 * MS))]
    assert lengths_ms(sent) == [10, 60, 120, 240, 480, 480, 480]
    assert sum(lengths_ms(sent + coalescer.finish())) == 2000


def test_no_chunk_is_longer_than_480_ms() -> None:
    coalescer = ChunkCoalescer(24_000)
    chunks = coalescer.push(bytes(3000 * MS)) + coalescer.finish()
    assert max(lengths_ms(chunks)) == 480
    assert b"".join(chunks) == bytes(3000 * MS)


@pytest.mark.parametrize("piece", [2, 646, 2646])
def test_resampling_in_pieces_is_resampling_at_once(piece: int) -> None:
    source = tone(22_050, 0.5)
    at_once = open_resampler(22_050, 24_000)
    whole = at_once.push(source) + at_once.finish()
    stepwise = open_resampler(22_050, 24_000)
    pieces = [stepwise.push(source[i : i + piece]) for i in range(0, len(source), piece)]
    joined = b"".join(pieces) + stepwise.finish()
    difference = np.frombuffer(joined, "<i2").astype(int) - np.frombuffer(whole, "<i2")
    assert len(joined) == 24_000  # 0.5 s of 2-byte samples
    assert abs(difference).max() <= 2  # dither


def test_resampled_tone_is_the_same_tone() -> None:
    resampler = open_resampler(22_050, 24_000)
    heard = np.frombuffer(resampler.push(tone(22_050, 1.0)) + resampler.finish(), "<i2")
    spectrum = abs(np.fft.rfft(heard[:24_000]))
    assert spectrum.argmax() == 440
    assert abs(int(abs(heard).max()) - 10_000) < 200


def test_at_one_rate_nothing_is_changed() -> None:
    path = open_audio_path(24_000, 24_000)
    sound = tone(24_000, 0.05)
    heard = b"".join(path.push(sound) + path.finish())
    assert heard == sound


def test_no_sound_gives_no_chunks() -> None:
    path = open_audio_path(22_050, 24_000)
    assert path.push(b"") + path.finish() == []


def test_missing_resampler_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(EngineUnavailableError, match=r"pip install 'ishowtts\[espeak\]'"):
        open_resampler(22_050, 24_000)
    assert open_resampler(24_000, 24_000).push(b"ab") == b"ab"
