"""A tone to encode, and the ears to hear it again: PyAV, as most players are FFmpeg underneath."""

import io

import av
import numpy as np

from ishowtts_player.audio.formats import OutputFormat

SOURCE_HZ = 24_000
TONE_HZ = 440
SECONDS = 1.5
RAW = {"ulaw": "mulaw", "alaw": "alaw", "pcm": "s16le"}


def tone(seconds: float = SECONDS, tone_hz: float = TONE_HZ, rate_hz: int = SOURCE_HZ) -> bytes:
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return (8000 * np.sin(2 * np.pi * tone_hz * at)).astype("<i2").tobytes()


def pieces(pcm: bytes, milliseconds: float = 60, rate_hz: int = SOURCE_HZ) -> list[bytes]:
    size = 2 * round(rate_hz * milliseconds / 1000)
    return [pcm[at : at + size] for at in range(0, len(pcm), size)]


def hear(data: bytes, output: OutputFormat) -> tuple[np.ndarray, int]:
    """Samples from -1 to 1, and their rate."""
    raw = RAW.get(output.codec)
    options = {"sample_rate": str(output.rate_hz)} if raw else {}
    heard = []
    with av.open(io.BytesIO(data), format=raw, options=options) as container:
        resampler = av.AudioResampler("flt", "mono")
        rate_hz = container.streams.audio[0].rate
        for frame in (*container.decode(audio=0), None):
            heard += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    return np.concatenate(heard), rate_hz


def loudest(samples: np.ndarray, rate_hz: int) -> float:
    """The strongest frequency, in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate_hz / len(samples))


def roughness(samples: np.ndarray, rate_hz: int, tone_hz: float = TONE_HZ) -> float:
    """The worst 10 ms of what is left beside a tone, relative to it: a click is a peak of that."""
    at = np.arange(len(samples)) / rate_hz
    waves = np.stack([np.sin(2 * np.pi * tone_hz * at), np.cos(2 * np.pi * tone_hz * at)], axis=1)
    weights, *_ = np.linalg.lstsq(waves, samples, rcond=None)
    rest = np.abs(samples - waves @ weights)
    return float(rest.max() / np.hypot(*weights))
