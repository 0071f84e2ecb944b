"""When the vocoder runs: at once, or on CUDA beside the sampler."""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from ishowtts_synth.f5.vocoder import Vocoder

Wait = Callable[[], Tensor]
"""Waits for [n] fp32 samples, on the CPU."""


class Decoder(Protocol):
    """Has a vocoder decode.

    Attributes:
        beside: Whether `start` returns before there is audio.
    """

    beside: bool

    def start(self, mel: Tensor) -> Wait:
        """[G, M] log-mel, to be decoded."""
        ...


class DirectDecoder:
    beside = False

    def __init__(self, vocoder: Vocoder) -> None:
        self._vocoder = vocoder

    def start(self, mel: Tensor) -> Wait:
        samples = self._vocoder.decode(mel).float().cpu()
        return lambda: samples


class StreamDecoder:
    """Decodes in a CUDA stream of its own, so that the sampler's next step need not wait."""

    beside = True

    def __init__(self, vocoder: Vocoder, device: torch.device) -> None:
        self._vocoder = vocoder
        self._stream = torch.cuda.Stream(device)

    def start(self, mel: Tensor) -> Wait:
        self._stream.wait_stream(torch.cuda.current_stream(mel.device))  # which makes the mel
        with torch.cuda.stream(self._stream):
            samples = self._vocoder.decode(mel).float()
            on_cpu = torch.empty(samples.shape, pin_memory=True)
            on_cpu.copy_(samples, non_blocking=True)
            done = torch.cuda.Event()
            done.record(self._stream)
        mel.record_stream(self._stream)  # the allocator knows of the other stream only

        def wait() -> Tensor:
            done.synchronize()
            return on_cpu

        return wait
