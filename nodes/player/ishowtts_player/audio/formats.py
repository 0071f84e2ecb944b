"""The formats that clients may ask for, under the names that their interfaces give them."""

from dataclasses import dataclass
from typing import Literal

from ishowtts_bus.presence import unknown_name
from ishowtts_player.errors import InputError

Codec = Literal["wav", "pcm", "mp3", "opus", "aac", "flac", "ulaw", "alaw"]

DEFAULT_RATE_HZ = 24_000
"""Of every OpenAI format, and of most engines: nothing is resampled on the way."""
PCM_RATES_HZ = (8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)

_MEDIA_TYPES: dict[Codec, str] = {
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "ulaw": "audio/basic",
    "alaw": "audio/x-alaw-basic",
}


@dataclass(frozen=True)
class OutputFormat:
    """What leaves for a client; always mono.

    Attributes:
        codec: `pcm` is bare s16le, `opus` is in Ogg, `aac` in ADTS, the others in their own files.
        bit_rate: In bits per second; None where the codec has no choice.
    """

    codec: Codec
    rate_hz: int = DEFAULT_RATE_HZ
    bit_rate: int | None = None

    @property
    def media_type(self) -> str:
        """For `content-type`."""
        return _MEDIA_TYPES[self.codec]

    @property
    def compressed(self) -> bool:
        """Whether it needs the extra `formats`, and more than a copy for each sample."""
        return self.codec not in ("wav", "pcm")


def _elevenlabs(codec: Codec, rate_hz: int, *kilobits: int) -> dict[str, OutputFormat]:
    if not kilobits:
        return {f"{codec}_{rate_hz}": OutputFormat(codec, rate_hz)}
    return {
        f"{codec}_{rate_hz}_{kbit}": OutputFormat(codec, rate_hz, kbit * 1000) for kbit in kilobits
    }


ELEVENLABS_FORMATS: dict[str, OutputFormat] = {
    **_elevenlabs("mp3", 22_050, 32),
    **_elevenlabs("mp3", 24_000, 48),
    **_elevenlabs("mp3", 44_100, 32, 64, 96, 128, 192),
    "mp3_44100": OutputFormat("mp3", 44_100, 128_000),  # the published AsyncAPI's default
    **{name: row for rate in PCM_RATES_HZ for name, row in _elevenlabs("pcm", rate).items()},
    **{name: row for rate in PCM_RATES_HZ for name, row in _elevenlabs("wav", rate).items()},
    **_elevenlabs("opus", 48_000, 32, 64, 96, 128, 192),
    **_elevenlabs("ulaw", 8000),
    **_elevenlabs("alaw", 8000),
}

OPENAI_FORMATS: dict[str, OutputFormat] = {
    "mp3": OutputFormat("mp3", bit_rate=128_000),
    "opus": OutputFormat("opus", bit_rate=64_000),
    "aac": OutputFormat("aac", bit_rate=96_000),
    "flac": OutputFormat("flac"),
    "wav": OutputFormat("wav"),
    "pcm": OutputFormat("pcm"),
}


def elevenlabs_format(name: str) -> OutputFormat:
    """What `output_format` means, such as `mp3_44100_128`.

    Raises:
        InputError: There is no such format.
    """
    return _lookup(ELEVENLABS_FORMATS, name)


def openai_format(name: str) -> OutputFormat:
    """What `response_format` means, such as `mp3`.

    Raises:
        InputError: There is no such format.
    """
    return _lookup(OPENAI_FORMATS, name)


def _lookup(formats: dict[str, OutputFormat], name: str) -> OutputFormat:
    found = formats.get(name)
    if found is None:
        raise InputError(unknown_name("output format", name, formats), "UNKNOWN_FORMAT")
    return found
