"""From a decoded clip to the one form in which clips are kept: what is wrong with it, or a WAV."""

import hashlib
import importlib
from dataclasses import dataclass
from typing import Any

from ishowtts_player.audio.decoder import ClipError, DecodedClip, Samples, decode_clip
from ishowtts_player.audio.extras import require
from ishowtts_player.audio.wav import wav_file
from ishowtts_player.settings.voices import VoiceSettings

RATE_HZ = 24_000
SILENT_PEAK = 0.003
"""-50 dBFS: an open microphone in a quiet room."""
MARGIN_S = 0.1
"""Left of the silence at the ends, so that no breath or plosive is cut."""
FRAME_S = 0.01
SPEECH_BELOW_PEAK = 0.006
"""-44 dB: quieter frames at the ends are not speech."""
CLIPPED_LEVEL = 0.999
MAX_CLIPPED = 0.1
_FULL_SCALE = 32_767


@dataclass(frozen=True)
class Clip:
    """A clip in its one form.

    Attributes:
        wav: A whole file: mono, s16le, 24 kHz.
        digest: SHA-256 of it, and its name on disk.
    """

    wav: bytes
    digest: str
    seconds: float


def read_clip(data: bytes, settings: VoiceSettings) -> Clip:
    """Decode, check and normalise a clip; takes milliseconds of a processor: call it in a thread.

    Raises:
        ClipError: It cannot be used; the text says why.
        ApiError: 501, what to install.
    """
    require("reading clips", "av", "numpy", "soxr")
    decoded = decode_clip(data)
    samples = decoded.samples
    _check_level(samples)
    spoken = _trim(samples, decoded.rate_hz)
    seconds = len(spoken) / decoded.rate_hz
    if seconds < settings.min_clip_s:
        raise ClipError(
            f"{seconds:.1f} s of sound are too few: {settings.min_clip_s:g} s are the fewest, "
            "5 to 12 s of one person the best",
            "CLIP_TOO_SHORT",
        )
    if seconds > settings.max_clip_s:
        raise ClipError(
            f"{seconds:.1f} s of sound are too many: {settings.max_clip_s:g} s are the most, "
            "5 to 12 s of one person the best",
            "CLIP_TOO_LONG",
        )
    return _clip(spoken, decoded)


def whole_clip(wav: bytes) -> Clip:
    """A file in the one form already, as it lies on disk."""
    header = 44
    seconds = max(0, len(wav) - header) / (2 * RATE_HZ)
    return Clip(wav, digest_of(wav), seconds)


def digest_of(wav: bytes) -> str:
    return hashlib.sha256(wav).hexdigest()


def _check_level(samples: Samples) -> None:
    numpy: Any = importlib.import_module("numpy")
    if not numpy.isfinite(samples).all():
        raise ClipError("the clip holds samples that are no numbers")
    peak = float(numpy.abs(samples).max()) if len(samples) else 0.0
    if peak < SILENT_PEAK:
        raise ClipError("the clip is silent", "CLIP_SILENT")
    at_peak = float((numpy.abs(samples) >= peak * CLIPPED_LEVEL).mean())
    if peak >= CLIPPED_LEVEL and at_peak > MAX_CLIPPED:
        text = f"the clip is overdriven: {at_peak:.0%} of it are at full scale; record it softer"
        raise ClipError(text, "CLIP_OVERDRIVEN")


def _trim(samples: Samples, rate_hz: int) -> Samples:
    """Without silence at the ends, but for a margin."""
    numpy: Any = importlib.import_module("numpy")
    size = max(1, int(FRAME_S * rate_hz))
    count = -(-len(samples) // size)
    padded = numpy.zeros(count * size, samples.dtype)
    padded[: len(samples)] = samples
    level = numpy.abs(padded.reshape(count, size)).max(axis=1)
    loud = numpy.flatnonzero(level >= max(level.max() * SPEECH_BELOW_PEAK, SILENT_PEAK / 2))
    margin = int(MARGIN_S * rate_hz)
    begin = max(0, int(loud[0]) * size - margin)
    return samples[begin : (int(loud[-1]) + 1) * size + margin]


def _clip(samples: Samples, decoded: DecodedClip) -> Clip:
    numpy: Any = importlib.import_module("numpy")
    if decoded.rate_hz != RATE_HZ:
        soxr: Any = importlib.import_module("soxr")
        samples = soxr.resample(samples, decoded.rate_hz, RATE_HZ)
    # Floating point files may go beyond full scale, and resampling rings a little.
    samples = samples / max(1.0, float(numpy.abs(samples).max()))
    pcm = numpy.rint(samples * _FULL_SCALE).astype("<i2").tobytes()
    wav = wav_file(pcm, RATE_HZ)
    return Clip(wav, digest_of(wav), len(samples) / RATE_HZ)
