"""Another rate, without seams between pieces."""

import importlib
from typing import Any, Protocol

from ishowtts_player.audio.extras import require


class Resampler(Protocol):
    """Mono s16le in and out, its state kept from piece to piece."""

    def push(self, pcm: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class _Unchanged:
    def push(self, pcm: bytes) -> bytes:
        return pcm

    def finish(self) -> bytes:
        return b""


class _SoxrResampler:
    def __init__(self, numpy: Any, stream: Any) -> None:
        self._numpy = numpy
        self._stream = stream

    def push(self, pcm: bytes) -> bytes:
        samples = self._numpy.frombuffer(pcm, dtype="<i2").astype("float32")
        return self._rounded(self._stream.resample_chunk(samples))

    def finish(self) -> bytes:
        nothing = self._numpy.zeros(0, dtype="float32")
        return self._rounded(self._stream.resample_chunk(nothing, last=True))

    def _rounded(self, samples: Any) -> bytes:
        return self._numpy.rint(samples).clip(-32768, 32767).astype("<i2").tobytes()


def open_resampler(from_hz: int, to_hz: int) -> Resampler:
    """A resampler for one stream; equal rates need nothing installed.

    Raises:
        ApiError: 501, what to install.
    """
    if from_hz == to_hz:
        return _Unchanged()
    require(f"audio at {to_hz} Hz", "numpy", "soxr")
    numpy, soxr = importlib.import_module("numpy"), importlib.import_module("soxr")
    # Its int16 is dithered, differently for each way to cut the pieces; float32 costs the same.
    return _SoxrResampler(numpy, soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32"))
