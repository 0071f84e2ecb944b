"""WAV files of what the bus carries: mono, 16-bit."""

import struct

from ishowtts_schemas import SAMPLE_BYTES

_PCM = 1
_MONO = 1
_HEADER_AFTER_SIZE = 36
_UNKNOWN_SIZE = 0xFFFFFFFF
"""What OpenAI's streams and FFmpeg's pipes say; players read on to the end."""


def wav_file(pcm: bytes, rate_hz: int) -> bytes:
    """A whole file around mono s16le samples."""
    return wav_header(rate_hz, len(pcm)) + pcm


def wav_header(rate_hz: int, pcm_bytes: int | None) -> bytes:
    """What stands before the samples.

    Args:
        rate_hz: Samples per second.
        pcm_bytes: Size of what follows; None where that is not known yet.
    """
    riff = _UNKNOWN_SIZE if pcm_bytes is None else _HEADER_AFTER_SIZE + pcm_bytes
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        riff,
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
        _UNKNOWN_SIZE if pcm_bytes is None else pcm_bytes,
    )
