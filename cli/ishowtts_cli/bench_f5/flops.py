"""How much a step must compute, and how fast this device multiplies: the floor under every time."""

import itertools
import statistics
import time
from typing import Literal

import torch

from ishowtts_synth.f5.config import ModelConfig

_CONV_GROUPS = 16
_CONV_WIDTH = 31
_LANES = 2  # with guidance: conditioned, and not
GEMM_SIZES = {"cuda": 8192, "cpu": 1024}
_REPEATS = 20


def step_flop(config: ModelConfig, frames: int) -> float:
    """Of one Euler step with guidance over N frames, batch 1.

    Matrix products and the two convolutions over positions; nothing that is done once an utterance
    (text, AdaLN, the context's half of the input), and nothing elementwise. For v1 Base this is
    2 N (378.9 + 0.0901 N) million.
    """
    arch, mels = config.arch, config.mel_spec.n_mel_channels
    dim, inner = arch.dim, arch.inner_dim
    block = 4 * dim * inner + 2 * dim * arch.ff_mult * dim  # multiply-adds a frame
    convolutions = 2 * dim * (dim // _CONV_GROUPS) * _CONV_WIDTH
    edges = (2 * mels + config.text_dim) * dim + dim * mels
    attention = 2 * inner * frames
    lane = arch.depth * (block + attention) + convolutions + edges
    return 2.0 * _LANES * frames * lane


def gemm_flop_s(device: Literal["cpu", "cuda"], dtype: torch.dtype) -> float:
    """FLOP/s of a large square product here and now; the median of some."""
    size = GEMM_SIZES[device]
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    times_s = _on_cuda(a, b) if device == "cuda" else _on_cpu(a, b)
    return 2.0 * size**3 / statistics.median(times_s[3:])


def _on_cuda(a: torch.Tensor, b: torch.Tensor) -> list[float]:
    """By events: the host's part in starting a product is not the device's speed."""
    marks = [torch.cuda.Event(enable_timing=True) for _ in range(_REPEATS + 1)]
    marks[0].record()
    for mark in marks[1:]:
        torch.matmul(a, b)
        mark.record()
    torch.cuda.synchronize()
    return [one.elapsed_time(two) / 1000 for one, two in itertools.pairwise(marks)]


def _on_cpu(a: torch.Tensor, b: torch.Tensor) -> list[float]:
    times_s: list[float] = []
    for _ in range(_REPEATS):
        started_s = time.perf_counter()
        torch.matmul(a, b)
        times_s.append(time.perf_counter() - started_s)
    return times_s
