"""The clip that a voice is cloned from: read, checked, and brought into the model's form.

What stock's `preprocess_ref_audio_text` does is done here too, but for two things: a clip that is
too long is refused, since a transcript cannot be cut with it, and inner pauses stay as they are.
"""

import hashlib
import importlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ishowtts_synth.errors import BadRequestError
from ishowtts_synth.f5.duration import RATE_HZ
from ishowtts_synth.f5.silence import Samples, trim_edges

SHORTEST_S = 1.0
LONGEST_S = 20.0
_LONGEST_FILE_S = 60.0
_MOST_SAMPLES = 24_000_000
"""A minute of stereo at 192 kHz; a FLAC of 1 MB can hold fifteen times as much silence."""
_TAIL_S = 0.05
_ADVICE = "5 to 12 s of one person speaking are best"


@dataclass(frozen=True)
class Reference:
    """A clip ready for the model.

    Attributes:
        samples: [n] float32, mono, 24 kHz, as loud as it was recorded.
        rms: Its loudness.
        transcript: What is said in it, ended as the model is used to.
        digest: SHA-256 of samples and transcript.
    """

    samples: Samples
    rms: float
    transcript: str
    digest: str

    @property
    def duration_s(self) -> float:
        return len(self.samples) / RATE_HZ

    def gain(self, target_rms: float) -> float:
        """Factor that makes a softer clip as loud as the model likes; a loud one stays."""
        return max(1.0, target_rms / self.rms)


def read_reference(path: Path, transcript: str) -> Reference:
    """Read a clip.

    Args:
        path: WAV, FLAC, OGG or MP3, any rate, any number of channels.
        transcript: What is said in it.

    Raises:
        BadRequestError: It cannot be read, or nobody could clone it; the text says why.
    """
    return _read(path, transcript, path)


def decode_reference(audio: bytes, transcript: str) -> Reference:
    """Read a clip that came over the bus.

    Args:
        audio: A whole file, as `read_reference` takes them.
        transcript: What is said in it.

    Raises:
        BadRequestError: It cannot be read, or nobody could clone it; the text says why.
    """
    return _read(io.BytesIO(audio), transcript, "the clip")


def _read(source: Path | io.BytesIO, transcript: str, name: Path | str) -> Reference:
    soundfile: Any = importlib.import_module("soundfile")
    try:
        with soundfile.SoundFile(source) as file:
            _check_length(name, file.frames / file.samplerate, _LONGEST_FILE_S)
            if file.frames * file.channels > _MOST_SAMPLES:
                raise BadRequestError(f"{name} is too large: make it mono at 48 kHz at most")
            channels, rate_hz = file.read(dtype="float32", always_2d=True), file.samplerate
    except (OSError, soundfile.SoundFileError) as error:
        raise BadRequestError(f"{name} cannot be read as audio: {error}") from None
    return prepare(channels.mean(axis=1), rate_hz, transcript, name)


def prepare(samples: Samples, rate_hz: int, transcript: str, name: Path | str) -> Reference:
    """Check a clip and bring it into form.

    Args:
        samples: [n] float32, mono.
        rate_hz: Their rate.
        transcript: What is said.
        name: What a complaint is about.

    Raises:
        BadRequestError: Nobody could clone it; the text says why.
    """
    if not transcript.strip():
        raise BadRequestError(f"{name} needs a transcript: what is said in it, word for word")
    if not np.isfinite(samples).all():
        raise BadRequestError(f"{name} holds samples that are no numbers")
    spoken = trim_edges(samples, rate_hz)
    if not len(spoken):
        raise BadRequestError(f"{name} is silent")
    _check_length(name, len(spoken) / rate_hz, LONGEST_S)
    tail = np.zeros(int(_TAIL_S * rate_hz), np.float32)
    clip = _resample(np.concatenate([spoken, tail]), rate_hz)
    ended = end_transcript(transcript)
    digest = hashlib.sha256(clip.tobytes() + ended.encode()).hexdigest()
    return Reference(clip, float(np.sqrt(np.mean(clip**2))), ended, digest)


def end_transcript(transcript: str) -> str:
    """The transcript with the end that stock gives it, in two places, one after the other."""
    text = transcript.strip()
    if not text.endswith("。"):
        text += " " if text.endswith(".") else ". "
    return f"{text} " if text[-1].isascii() else text


def _check_length(name: Path | str, duration_s: float, longest_s: float) -> None:
    if duration_s < SHORTEST_S:
        raise BadRequestError(
            f"{name} has {duration_s:.1f} s of sound, fewer than {SHORTEST_S:g}; {_ADVICE}"
        )
    if duration_s > longest_s:
        raise BadRequestError(
            f"{name} has {duration_s:.1f} s of sound, more than {LONGEST_S:g}; {_ADVICE}: "
            "cut it, and its transcript"
        )


def _resample(samples: Samples, rate_hz: int) -> Samples:
    if rate_hz == RATE_HZ:
        return samples
    soxr: Any = importlib.import_module("soxr")
    return soxr.resample(samples, rate_hz, RATE_HZ)
