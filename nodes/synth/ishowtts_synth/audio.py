"""From an engine's PCM to chunks for the bus: resampled, coalesced, offsets without a gap."""

import importlib
import importlib.util
from typing import Any, Protocol

from ishowtts_schemas import SAMPLE_BYTES
from ishowtts_synth.errors import EngineUnavailableError

CHUNK_MS = (60, 120, 240, 480)
"""Lengths after the first chunk, which leaves as soon as it exists; the last one repeats."""


def silence(duration_ms: float, rate_hz: int) -> bytes:
    return bytes(SAMPLE_BYTES * samples_in(duration_ms, rate_hz))


def samples_in(duration_ms: float, rate_hz: int) -> int:
    return int(duration_ms * rate_hz / 1000)


def check_resampling() -> None:
    """Tell whether a rate can be changed.

    Raises:
        EngineUnavailableError: What to install.
    """
    for name in ("numpy", "soxr"):
        if importlib.util.find_spec(name) is None:
            raise EngineUnavailableError(
                f"resampling needs {name}; install it with: pip install 'ishowtts[espeak]'"
            )


class Resampler(Protocol):
    """A stateful change of rate: pieces in, pieces out, no seams."""

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
        samples = self._numpy.frombuffer(pcm, dtype="<i2")
        return self._stream.resample_chunk(samples).tobytes()

    def finish(self) -> bytes:
        nothing = self._numpy.zeros(0, dtype="<i2")
        return self._stream.resample_chunk(nothing, last=True).tobytes()


def open_resampler(from_hz: int, to_hz: int) -> Resampler:
    """A resampler for one utterance; equal rates need nothing installed.

    Raises:
        EngineUnavailableError: What to install.
    """
    if from_hz == to_hz:
        return _Unchanged()
    check_resampling()
    numpy, soxr = importlib.import_module("numpy"), importlib.import_module("soxr")
    return _SoxrResampler(numpy, soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16"))


class ChunkCoalescer:
    """Few chunks, and the first at once: an engine faster than real time emits many small ones."""

    def __init__(self, rate_hz: int) -> None:
        self._sizes = [samples_in(ms, rate_hz) * SAMPLE_BYTES for ms in CHUNK_MS]
        self._sent = 0
        self._held = bytearray()

    def push(self, pcm: bytes) -> list[bytes]:
        """What can leave now."""
        self._held += pcm
        chunks: list[bytes] = []
        while self._held and len(self._held) >= self._wanted():
            chunks.append(self._cut(self._sizes[-1]))
        return chunks

    def finish(self, pcm: bytes = b"") -> list[bytes]:
        """The last piece, and all that is held."""
        self._held += pcm
        chunks: list[bytes] = []
        while self._held:
            chunks.append(self._cut(self._sizes[-1]))
        return chunks

    def _wanted(self) -> int:
        return self._sizes[min(self._sent, len(self._sizes)) - 1] if self._sent else 1

    def _cut(self, size: int) -> bytes:
        chunk = bytes(self._held[:size])
        del self._held[:size]
        self._sent += 1
        return chunk


class AudioPath:
    """One utterance's way from the engine's rate to the bus."""

    def __init__(self, resampler: Resampler, rate_hz: int) -> None:
        self._resampler = resampler
        self._coalescer = ChunkCoalescer(rate_hz)
        self._heard = False

    def push(self, pcm: bytes) -> list[bytes]:
        """Chunks, s16le at the bus's rate, that can leave now."""
        self._heard = self._heard or bool(pcm)
        return self._coalescer.push(self._resampler.push(pcm))

    def finish(self) -> list[bytes]:
        """The rest."""
        if not self._heard:
            return []
        return self._coalescer.finish(self._resampler.finish())


def open_audio_path(from_hz: int, to_hz: int) -> AudioPath:
    """A path for one utterance.

    Args:
        from_hz: The engine's rate.
        to_hz: The rate on the bus.

    Raises:
        EngineUnavailableError: What to install.
    """
    return AudioPath(open_resampler(from_hz, to_hz), to_hz)
