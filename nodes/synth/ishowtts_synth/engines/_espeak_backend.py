"""The seam between the espeak engine and the two ways to run espeak-ng."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class EspeakVoice:
    """One of espeak's voices.

    Attributes:
        identifier: Its file, `gmw/en-US`, which no other voice has.
        languages: Priority (low is better) and tag, the voice's own tag first.
    """

    identifier: str
    name: str
    languages: tuple[tuple[int, str], ...]

    @property
    def tag(self) -> str:
        return self.languages[0][1].lower()


@dataclass(frozen=True)
class Manner:
    """How to speak, in espeak's units.

    Attributes:
        variant: Timbre, `f2`; empty for the plain voice.
        rate_wpm: Words per minute.
        pitch: 0 to 99.
        pitch_range: 0 to 99.
        volume: 0 to 200.
    """

    variant: str
    rate_wpm: int
    pitch: int
    pitch_range: int
    volume: int


PcmSink = Callable[[bytes], bool]
"""Takes s16le at the backend's rate, and answers whether to go on."""


class EspeakBackend(Protocol):
    """Espeak-ng, in the process or beside it. Not thread-safe, one at a time."""

    device: str

    def open(self) -> int:
        """Get ready; the sample rate.

        Raises:
            EngineUnavailableError: It cannot run.
        """
        ...

    def voices(self) -> list[EspeakVoice]: ...

    def variants(self) -> list[str]: ...

    def speak(self, text: str, voice: EspeakVoice, manner: Manner, sink: PcmSink) -> None:
        """Speak to the end, or until `sink` says stop.

        Raises:
            EngineError: espeak-ng reports a failure.
        """
        ...

    def close(self) -> None: ...
