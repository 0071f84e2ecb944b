"""Reference audio to the log-mel that F5-TTS and Vocos share.

The filters are the HTK mel scale's triangles with a peak of 1, over a magnitude spectrum.
"""

import functools
import math

import torch
from torch import Tensor
from torch.nn import functional

from ishowtts_synth.f5.config import MelConfig

_QUIETEST = 1e-5


def log_mel(samples: Tensor, config: MelConfig) -> Tensor:
    """Analyse a clip.

    Args:
        samples: [n] fp32 at the config's rate; at least half of n_fft + 1 samples.
        config: The model's.

    Returns:
        [1 + n // hop_length, n_mel_channels] natural logarithms.
    """
    spectrum = torch.stft(
        samples,
        n_fft=config.n_fft,
        hop_length=config.hop_length,
        win_length=config.win_length,
        window=torch.hann_window(config.win_length, device=samples.device),
        center=True,
        pad_mode="reflect",
        return_complex=True,
    )  # [n_fft / 2 + 1, frames]
    filters = _mel_filters(config).to(samples.device)  # [n_fft / 2 + 1, M]
    return (spectrum.abs().mT @ filters).clamp(min=_QUIETEST).log()


@functools.lru_cache(maxsize=4)
def _mel_filters(config: MelConfig) -> Tensor:
    """[n_fft / 2 + 1, M]: channel m rises from edge m to edge m + 1 and falls to edge m + 2."""
    nyquist = config.target_sample_rate / 2
    frequencies = torch.linspace(0, config.target_sample_rate // 2, config.n_fft // 2 + 1)
    mel_edges = torch.linspace(0.0, _hz_to_mel(nyquist), config.n_mel_channels + 2)
    edges = 700.0 * (10.0 ** (mel_edges / 2595.0) - 1.0)  # [M + 2] Hz
    width = edges.diff()  # [M + 1]
    distance = edges - frequencies[:, None]  # [n_fft / 2 + 1, M + 2]
    rising = -distance[:, :-2] / width[:-1]
    falling = distance[:, 2:] / width[1:]
    return functional.relu(torch.minimum(rising, falling))


def _hz_to_mel(frequency_hz: float) -> float:
    return 2595.0 * math.log10(1.0 + frequency_hz / 700.0)
