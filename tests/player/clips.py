"""Clips of tones, in every container."""

import io
import struct
import wave
from typing import Any

import av
import numpy as np

RATE_HZ = 24_000
SECONDS = 1.5

ENCODERS = {
    "mp3": ("mp3", "libmp3lame", 44_100),
    "flac": ("flac", "flac", 44_100),
    "opus": ("ogg", "libopus", 48_000),
    "m4a": ("ipod", "aac", 44_100),
}
CONTAINERS = {"mp3": "mp3", "flac": "flac", "opus": "ogg", "m4a": "m4a"}


def tone(seconds: float = SECONDS, hz: float = 400, rate_hz: int = RATE_HZ) -> Any:
    """[1, n] float32."""
    at_s = np.arange(int(seconds * rate_hz)) / rate_hz
    return (0.3 * np.sin(2 * np.pi * hz * at_s)).astype(np.float32)[np.newaxis]


def wav(samples: Any = None, rate_hz: int = RATE_HZ, width: int = 2) -> bytes:
    """A file as Python's own library writes it.

    Args:
        samples: [channels, n]; None is a tone.
    """
    samples = tone() if samples is None else samples
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(len(samples))
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes((samples.T * 32_767).astype("<i2").tobytes())
    return data.getvalue()


def float_wav(samples: Any) -> bytes:
    """Mono, 32-bit floats: anything may stand in it."""
    body = samples.astype("<f4").tobytes()
    header = struct.pack("<HHIIHH", 3, 1, RATE_HZ, RATE_HZ * 4, 4, 32)
    fmt = b"fmt " + struct.pack("<I", len(header)) + header
    return riff(fmt + b"data" + struct.pack("<I", len(body)) + body)


def riff(chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def encoded(kind: str, samples: Any = None) -> bytes:
    """A tone, or the samples, as FFmpeg writes them."""
    container, codec, rate_hz = ENCODERS[kind]
    samples = tone(rate_hz=rate_hz) if samples is None else samples
    data = io.BytesIO()
    with av.open(data, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=rate_hz)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.rate = rate_hz
        resampler = av.AudioResampler(
            stream.codec_context.format, "mono", rate_hz, stream.codec_context.frame_size or None
        )
        for piece in (*resampler.resample(frame), *resampler.resample(None), None):
            for packet in stream.encode(piece):
                output.mux(packet)
    return data.getvalue()


def pitch_of(clip: bytes) -> float:
    """The loudest frequency of a mono s16le WAV."""
    with wave.open(io.BytesIO(clip)) as file:
        rate_hz = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    return float(np.abs(np.fft.rfft(samples)).argmax() * rate_hz / len(samples))
