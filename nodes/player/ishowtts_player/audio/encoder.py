"""From mono s16le to a client's format: as it is made, or a whole file.

PyAV is imported when the first compressed format is asked for: it takes 0.3 s and 20 MB.
"""

import asyncio
import importlib
import io
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol

from ishowtts_player.audio.extras import require
from ishowtts_player.audio.formats import Codec, OutputFormat
from ishowtts_player.audio.pacer import shard_bytes
from ishowtts_player.audio.resampling import open_resampler
from ishowtts_player.audio.wav import wav_file, wav_header
from ishowtts_schemas import SAMPLE_BYTES

URGENT_MS = 150
"""Of a stream's audio, which make the first bytes of any codec; 2 ms of a processor for mp3."""


class Sink(Protocol):
    """Takes mono s16le at the format's own rate, gives what can leave."""

    def push(self, pcm: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class Encoder:
    """One stream of audio on its way to a client: one header where there is one, and no seams.

    Args:
        source_rate_hz: Of what is pushed.
        output: What comes out.
        sink: From `prepare_sink`, where it was opened ahead.

    Raises:
        ApiError: 501, what to install.
    """

    def __init__(self, source_rate_hz: int, output: OutputFormat, sink: Sink | None = None) -> None:
        self._aside = output.compressed
        self._urgent_bytes = shard_bytes(source_rate_hz * SAMPLE_BYTES, SAMPLE_BYTES, URGENT_MS)
        self._resampler = open_resampler(source_rate_hz, output.rate_hz)
        self._sink = sink or open_sink(output)

    async def pieces(self, pcm: bytes) -> AsyncIterator[bytes]:
        """What can leave now, without holding the loop up.

        Codecs work in a thread, except on the first audio: beside a busy loop a thread waits for
        the interpreter's lock, up to 5 ms for each frame.
        """
        at = self._urgent_bytes if self._aside else len(pcm)
        urgent, rest = pcm[:at], pcm[at:]
        self._urgent_bytes -= len(urgent)
        if encoded := self.push(urgent):
            yield encoded
        if rest and (encoded := await asyncio.to_thread(self.push, rest)):
            yield encoded

    def push(self, pcm: bytes) -> bytes:
        """What can leave now; nothing while the codec waits for a whole frame."""
        return self._sink.push(self._resampler.push(pcm))

    def finish(self) -> bytes:
        """The rest. Nothing may be pushed after it."""
        return self._sink.push(self._resampler.finish()) + self._sink.finish()


def encode_whole(pcm: bytes, source_rate_hz: int, output: OutputFormat) -> bytes:
    """A whole file, whose header tells its length; takes long, so call it in a thread.

    Raises:
        ApiError: 501, what to install.
    """
    file = io.BytesIO()
    sink = _open_codec(output, file) if output.compressed else _PcmSink()
    encoder = Encoder(source_rate_hz, output, sink)
    bare = encoder.push(pcm) + encoder.finish()
    if output.compressed:
        return file.getvalue()
    return wav_file(bare, output.rate_hz) if output.codec == "wav" else bare


def check_format(output: OutputFormat) -> None:
    """Tell whether a format can be made here, before anything is spoken.

    Raises:
        ApiError: 501, what to install.
    """
    if output.compressed:
        require(f"the format {output.codec}", "av", "numpy")


async def prepare_sink(output: OutputFormat) -> Sink:
    """`open_sink`, to be called while the synth still thinks.

    Only the import is worth a thread: libraries open their codec with the interpreter's lock held.

    Raises:
        ApiError: 501, what to install.
    """
    if output.compressed and not {"av", "numpy"} <= sys.modules.keys():
        return await asyncio.to_thread(open_sink, output)
    return open_sink(output)


def open_sink(output: OutputFormat) -> Sink:
    """The end of an encoder; a compressed one takes 2 ms to open.

    Raises:
        ApiError: 501, what to install.
    """
    if output.codec == "pcm":
        return _PcmSink()
    if output.codec == "wav":
        return _WavSink(output.rate_hz)
    return _open_codec(output, _Pipe())


class _PcmSink:
    def push(self, pcm: bytes) -> bytes:
        return pcm

    def finish(self) -> bytes:
        return b""


class _WavSink:
    def __init__(self, rate_hz: int) -> None:
        self._header = wav_header(rate_hz, None)

    def push(self, pcm: bytes) -> bytes:
        header, self._header = self._header, b""
        return header + pcm

    def finish(self) -> bytes:
        return b""


@dataclass(frozen=True)
class _Library:
    """FFmpeg's names and options for a codec."""

    encoder: str
    container: str
    options: dict[str, str] = field(default_factory=dict)
    container_options: dict[str, str] = field(default_factory=dict)


_LIBRARIES: dict[Codec, _Library] = {
    # Without the reservoir no frame waits for the next ones: 60 instead of 80 ms to the first.
    # Level 7 takes half the time of LAME's usual 5.
    "mp3": _Library(
        "libmp3lame",
        "mp3",
        {"reservoir": "0", "compression_level": "7"},
        {"id3v2_version": "0"},
    ),
    # A page for each packet: by itself Ogg collects a second.
    "opus": _Library("libopus", "ogg", {"compression_level": "5"}, {"page_duration": "20000"}),
    # The usual search takes 13 ms for a second of audio, and 65 for a pure tone; this one half.
    "aac": _Library("aac", "adts", {"aac_coder": "fast"}),
    # Level 2 has blocks of 24 ms where 5 has 96, for 5 % more bytes.
    "flac": _Library("flac", "flac", {"compression_level": "2"}, {"metadata_header_padding": "0"}),
    "ulaw": _Library("pcm_mulaw", "mulaw"),
    "alaw": _Library("pcm_alaw", "alaw"),
}


class _Pipe:
    """A file that can only be written, which makes FFmpeg stream."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        """Called by FFmpeg."""
        self._written += data
        return len(data)

    def take(self) -> bytes:
        """What was written since."""
        taken = bytes(self._written)
        self._written.clear()
        return taken


class _CodecSink:
    def __init__(self, container: Any, stream: Any, file: "_Pipe | io.BytesIO") -> None:
        self._container = container
        self._stream = stream
        self._file = file
        self._samples = 0

    def push(self, pcm: bytes) -> bytes:
        if pcm:
            self._mux(self._frame(pcm))
        return self._take()

    def finish(self) -> bytes:
        self._mux(None)
        self._container.close()
        return self._take()

    def _frame(self, pcm: bytes) -> Any:
        av, numpy = importlib.import_module("av"), importlib.import_module("numpy")
        samples = numpy.frombuffer(pcm, dtype="<i2").reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        rate_hz = self._stream.rate
        frame.sample_rate, frame.time_base = rate_hz, Fraction(1, rate_hz)
        frame.pts = self._samples
        self._samples += samples.size
        return frame

    def _mux(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def _take(self) -> bytes:
        return self._file.take() if isinstance(self._file, _Pipe) else b""


def _open_codec(output: OutputFormat, file: "_Pipe | io.BytesIO") -> _CodecSink:
    check_format(output)
    av = importlib.import_module("av")
    library = _LIBRARIES[output.codec]
    container = av.open(
        file,
        "w",
        format=library.container,
        container_options={"flush_packets": "1", **library.container_options},
    )
    stream = container.add_stream(
        library.encoder, rate=output.rate_hz, options=library.options, layout="mono"
    )
    if output.bit_rate is not None:
        stream.bit_rate = output.bit_rate
    container.start_encoding()
    return _CodecSink(container, stream, file)
