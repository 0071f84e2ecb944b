"""WAV as bytes: whole files, and the head of one whose length is not yet known."""

import io
import struct
import wave

_UNKNOWN_SIZE = 0xFFFFFFFF
_BYTES_PER_SAMPLE = 2


def wav_bytes(pcm: bytes, rate_hz: int) -> bytes:
    """A WAV file of mono s16le samples."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(_BYTES_PER_SAMPLE)
        writer.setframerate(rate_hz)
        writer.writeframes(pcm)
    return file.getvalue()


def stream_header(rate_hz: int) -> bytes:
    """The first 44 bytes of a WAV stream of mono s16le samples."""
    form = struct.pack("<4sI4s", b"RIFF", _UNKNOWN_SIZE, b"WAVE")
    rate = struct.pack("<II", rate_hz, rate_hz * _BYTES_PER_SAMPLE)
    fmt = struct.pack("<4sIHH", b"fmt ", 16, 1, 1) + rate + struct.pack("<HH", 2, 16)
    return form + fmt + struct.pack("<4sI", b"data", _UNKNOWN_SIZE)
