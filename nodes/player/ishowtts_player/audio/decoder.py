"""Clips that strangers send, as samples: read in memory, and never more of it than is allowed."""

import importlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ishowtts_player.audio.extras import require
from ishowtts_player.errors import InputError

MIB = 1024 * 1024
BODY_TOO_LARGE = 413
MAX_SAMPLES = 16_000_000
"""Of all channels together, 64 MB: eight of them at 192 kHz fill that in 10 s."""
MAX_BAD_PACKETS = 3
"""Players skip those, too: a tag at the end, a torn last frame."""
SHORTFALL = 0.1
"""What a file may lack of the length that it names."""

Samples = Any
"""numpy's [n] float32; numpy itself is imported when there is something to decode."""

_EXACT_LENGTH = frozenset({"flac", "m4a"})
_STREAMED_SIZE = 0x7FFFFFFF
_CODECS = frozenset({"aac", "alac", "flac", "mp3", "opus", "vorbis"})
_DEMUXERS = {"m4a": "mov"}
KNOWN_CONTAINERS = "wav, mp3, flac, ogg, opus and m4a"


class ClipError(InputError):
    """The clip is not one that can be used; the text says why."""

    def __init__(self, text: str, code: str = "BAD_CLIP", status: int = 400) -> None:
        super().__init__(text, code, status)


@dataclass(frozen=True)
class ClipLimits:
    """What is read of a clip at most.

    Attributes:
        seconds: Of sound; a longer one is refused as soon as so much was decoded.
    """

    bytes: int = 10 * MIB
    seconds: float = 60.0
    lowest_rate_hz: int = 8_000
    highest_rate_hz: int = 192_000
    channels: int = 8


@dataclass(frozen=True)
class DecodedClip:
    """Sound, and what it came in.

    Attributes:
        samples: [n] float32, mono, -1 to 1 and beyond where the file goes beyond.
        channels: As the file has them.
        container: wav, mp3, flac, ogg, m4a or aac.
    """

    samples: Samples
    rate_hz: int
    channels: int
    container: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate_hz


def decode_clip(data: bytes, limits: ClipLimits | None = None) -> DecodedClip:
    """Decode a clip; takes milliseconds of a processor, so call it in a thread.

    Args:
        data: A whole file. What it is goes by its first bytes, never by its name.
        limits: None for the usual ones.

    Raises:
        ClipError: It is no audio, damaged, cut off, or beyond a limit.
        ApiError: 501, what to install.
    """
    limits = limits or ClipLimits()
    require("reading clips", "av", "numpy")
    check_size(len(data), limits.bytes)
    container = container_of(data)
    if container is None:
        raise ClipError(f"this is no audio that can be read: {KNOWN_CONTAINERS} can")
    if container == "wav":
        _check_riff(data)
    av: Any = importlib.import_module("av")
    try:
        with av.open(
            io.BytesIO(data),
            format=_DEMUXERS.get(container, container),
            metadata_errors="replace",
            io_open=_refuse_to_open,
        ) as opened:
            return _decode(av, opened, container, limits)
    except (av.FFmpegError, ValueError, LookupError, MemoryError) as error:
        raise ClipError(f"the {container} file is damaged: {_reason(error)}") from None


def check_size(size: int, max_bytes: int) -> None:
    """Refuse what is too large before anything looks at it.

    Raises:
        ClipError: 413.
    """
    if size > max_bytes:
        text = f"the clip is {size / MIB:.1f} MiB; {max_bytes / MIB:g} MiB are the most"
        raise ClipError(text, "CLIP_TOO_LARGE", BODY_TOO_LARGE)


def container_of(data: bytes) -> str | None:
    """What a file is by its first bytes: FFmpeg is never left to guess among its 300 formats.

    Some of those open other files and addresses.
    """
    if data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE":
        return "wav"
    if data[4:8] == b"ftyp":
        return "m4a"
    if data[:3] == b"ID3":
        return "mp3"
    magic = {b"fLaC": "flac", b"OggS": "ogg"}.get(data[:4])
    return magic or _by_sync(data)


def _by_sync(data: bytes) -> str | None:
    """MPEG audio without a tag: 11 or 12 bits set, then version and layer."""
    second = data[1] if len(data) > 1 and data[0] == 0xFF else 0  # noqa: PLR2004
    if second & 0xF6 == 0xF0:  # noqa: PLR2004
        return "aac"
    return "mp3" if second & 0xE6 == 0xE2 else None  # noqa: PLR2004


def _check_riff(data: bytes) -> None:
    """FFmpeg takes a WAV for as long as it finds it; streams say 0 or the greatest number."""
    declared = int.from_bytes(data[4:8], "little")
    if 0 < declared < _STREAMED_SIZE and len(data) < declared * (1 - SHORTFALL):
        raise ClipError(f"the file is cut off: {len(data)} of its {declared + 8} bytes")


def _decode(av: Any, opened: Any, container: str, limits: ClipLimits) -> DecodedClip:
    stream = next(iter(opened.streams.audio), None)
    if stream is None:
        raise ClipError(f"there is no sound in the {container} file")
    _check_stream(stream, limits)
    rate_hz, channels = stream.codec_context.sample_rate, stream.codec_context.channels
    declared_s = float(stream.duration * stream.time_base) if stream.duration else 0.0
    samples = _mono(list(_bounded(_pieces(av, opened, stream), rate_hz, limits.seconds)))
    clip = DecodedClip(samples, rate_hz, channels, container)
    if container in _EXACT_LENGTH and clip.seconds < declared_s * (1 - SHORTFALL):
        raise ClipError(f"the file is cut off: {clip.seconds:.1f} of its {declared_s:.1f} s")
    return clip


def _check_stream(stream: Any, limits: ClipLimits) -> None:
    """What the header says, before a sample is decoded: a forged rate makes seconds of bytes."""
    context = stream.codec_context
    if context is None:  # FFmpeg does not know the codec itself
        raise ClipError(f"sound as an unknown format is not read; {KNOWN_CONTAINERS} are")
    codec = context.codec.canonical_name
    if codec not in _CODECS and not codec.startswith("pcm_"):
        raise ClipError(f"sound as {codec} is not read; {KNOWN_CONTAINERS} are")
    if not limits.lowest_rate_hz <= context.sample_rate <= limits.highest_rate_hz:
        raise ClipError(
            f"{context.sample_rate} Hz is no rate for a voice: "
            f"{limits.lowest_rate_hz} to {limits.highest_rate_hz} Hz are"
        )
    if not 1 <= context.channels <= limits.channels:
        raise ClipError(f"{context.channels} channels are too many; {limits.channels} are the most")
    context.thread_count = 1


def _pieces(av: Any, opened: Any, stream: Any) -> Iterator[Samples]:
    """[channels, n] float32 each."""
    planar = av.AudioResampler(format="fltp")
    bad = channels = 0
    for packet in opened.demux(stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            bad += 1
            if bad > MAX_BAD_PACKETS:
                raise
            continue
        for frame in frames:
            channels = channels or frame.layout.nb_channels
            if frame.layout.nb_channels != channels:  # the resampler would read past its planes
                raise ClipError("the number of channels changes within the file")
            for piece in planar.resample(frame):
                yield piece.to_ndarray()


def _bounded(pieces: Iterator[Samples], rate_hz: int, max_s: float) -> Iterator[Samples]:
    decoded = size = 0
    for piece in pieces:
        decoded += piece.shape[1]
        size += piece.size
        if decoded > max_s * rate_hz:
            raise ClipError(f"the clip is longer than {max_s:g} s", "CLIP_TOO_LONG")
        if size > MAX_SAMPLES:
            raise ClipError("the clip has too many channels for its length", "CLIP_TOO_LONG")
        yield piece


def _mono(pieces: list[Samples]) -> Samples:
    """The mean of the channels, or the loudest where they cancel each other out."""
    numpy: Any = importlib.import_module("numpy")
    if not pieces:
        return numpy.zeros(0, numpy.float32)
    channels = numpy.concatenate(pieces, axis=1)
    with numpy.errstate(all="ignore"):  # a file of floats may hold anything
        mean = channels.mean(axis=0)
        loudness = numpy.sqrt((channels**2).mean(axis=1))
        loudest = int(loudness.argmax())
        cancelled = numpy.sqrt((mean**2).mean()) < loudness[loudest] / (2 * len(channels))
    return channels[loudest] if cancelled else mean


def _refuse_to_open(url: str, _flags: int, _options: dict[str, str]) -> io.BytesIO:
    raise ClipError(f"the file refers to another one, {url[:80]!r}; such files are not read")


def _reason(error: Exception) -> str:
    reason = str(getattr(error, "strerror", None) or error).lower()
    return "it ends too early" if reason == "end of file" else reason
