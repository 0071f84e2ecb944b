"""WAV files of what the bus carries: mono, 16-bit."""

import struct

from ishowtts_schemas import SAMPLE_BYTES

_PCM = 1
_MONO = 1
_HEADER_AFTER_SIZE = 36


def wav_file(pcm: bytes, rate_hz: int) -> bytes:
    """A whole file around mono s16le samples."""
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        _HEADER_AFTER_SIZE + len(pcm),
        b"WAVE",
        b"fmt ",
        16,
        _PCM,
        _MONO,
        rate_hz,
        rate_hz * SAMPLE_BYTES,
        SAMPLE_BYTES,
        8 * SAMPLE_BYTES,
        b"data",
        len(pcm),
    )
    return header + pcm
