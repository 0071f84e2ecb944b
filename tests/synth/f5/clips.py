"""Clips that look like speech to whoever only measures loudness."""

from pathlib import Path

import numpy as np
import soundfile

from ishowtts_synth.f5.silence import Samples
from ishowtts_synth.settings import F5Voice

TRANSCRIPT = "She reads the chat aloud."


def hum(
    duration_s: float, rate_hz: int = 24_000, *, hz: float = 220, level: float = 0.2
) -> Samples:
    at = np.arange(round(duration_s * rate_hz)) / rate_hz
    return (level * np.sin(2 * np.pi * hz * at)).astype(np.float32)


def write_clip(path: Path, *, duration_s: float = 2.0, hz: float = 220, level: float = 0.2) -> None:
    soundfile.write(path, hum(duration_s, hz=hz, level=level), 24_000)


def voice(folder: Path, name: str, text: str = TRANSCRIPT) -> F5Voice:
    return F5Voice(id=name, reference_audio=str(folder / f"{name}.wav"), reference_text=text)
