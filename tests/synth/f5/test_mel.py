"""Log-mel of a clip, against stock's torchaudio."""

import pytest
import torch
from torch import Tensor

from ishowtts_synth.f5.config import F5TTS_V1_BASE
from ishowtts_synth.f5.mel import log_mel
from tests.synth.f5 import stock
from tests.synth.f5.pairs import FP32_TOLERANCE, relative_error

CONFIG = F5TTS_V1_BASE.mel_spec


def theirs(samples: Tensor) -> Tensor:
    return stock.MelSpec()(samples[None])[0].mT


@pytest.mark.parametrize("length", [513, 4_800, 24_000, 24_001, 119_999])
def test_noise_of_any_length(length: int) -> None:
    samples = 0.1 * torch.randn(length, generator=torch.Generator().manual_seed(length))
    found = log_mel(samples, CONFIG)
    assert found.shape == (1 + length // 256, 100)
    assert relative_error(found, theirs(samples)) <= FP32_TOLERANCE


@pytest.mark.parametrize("frequency_hz", [60, 440, 3_000, 11_900])
def test_tones_fall_into_the_same_channels(frequency_hz: int) -> None:
    time_s = torch.arange(24_000) / 24_000
    samples = torch.sin(2 * torch.pi * frequency_hz * time_s)
    found, wanted = log_mel(samples, CONFIG), theirs(samples)
    assert found.mean(dim=0).argmax() == wanted.mean(dim=0).argmax()
    assert relative_error(found, wanted) <= 1e-4  # logarithms of almost nothing between channels


def test_silence_is_finite() -> None:
    found = log_mel(torch.zeros(2_400), CONFIG)
    assert torch.equal(found, theirs(torch.zeros(2_400)))
    assert bool(found.isfinite().all())
