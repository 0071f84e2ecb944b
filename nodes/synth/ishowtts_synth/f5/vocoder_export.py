"""Vocos as one ONNX file, with its inverse STFT as a transposed convolution."""

import importlib.util
import math
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.f5.vocoder import INPUT, OUTPUT, Vocos
from ishowtts_synth.f5.vocoders import open_vocos

OPSET = 17
"""The first with layer norm as one node; TensorRT 8.6 and every ONNX Runtime since 1.13 read it."""
_TRACED_FRAMES = 64


class ConvolutionalVocos(nn.Module):
    """The same vocoder without complex numbers, which ONNX does not have.

    A sum of cosines and sines, windowed and added with overlap, is what a transposed convolution
    does when its kernels are windowed cosines and sines.
    """

    kernels: Tensor
    envelope: Tensor

    def __init__(self, vocos: Vocos) -> None:
        super().__init__()
        self.backbone = vocos.backbone
        self.head = vocos.head
        self.hop_length = vocos.config.hop_length
        self.n_fft = vocos.config.n_fft
        window = vocos.window.double().cpu()
        self.register_buffer("kernels", inverse_kernels(window).float())
        self.register_buffer("envelope", window.square().float()[None, None])

    def forward(self, mel: Tensor) -> Tensor:
        """[B, M, T] to [B, hop_length * (T - 1)]."""
        magnitude, phase = self.head(self.backbone(mel))  # [B, n_fft / 2 + 1, T] each
        spectrum = torch.cat((magnitude * phase.cos(), magnitude * phase.sin()), dim=1)
        one = torch.ones_like(magnitude[:1, :1])  # [1, 1, T]
        summed = self._overlap_add(spectrum, self.kernels)  # [B, samples]
        return summed / self._overlap_add(one, self.envelope)

    def _overlap_add(self, channels: Tensor, kernels: Tensor) -> Tensor:
        whole = functional.conv_transpose1d(channels, kernels, stride=self.hop_length)
        return whole[:, 0, self.n_fft // 2 : -(self.n_fft // 2)]


def inverse_kernels(window: Tensor) -> Tensor:
    """What each bin adds to a frame's samples: real parts' kernels, then imaginary parts'.

    Args:
        window: [n_fft]

    Returns:
        [n_fft + 2, 1, n_fft]
    """
    n_fft = len(window)
    bins = torch.arange(n_fft // 2 + 1, dtype=window.dtype)
    turns = bins[:, None] * torch.arange(n_fft, dtype=window.dtype) % n_fft  # exact before pi
    angle = turns * (2 * math.pi / n_fft)  # [n_fft / 2 + 1, n_fft]
    share = torch.full_like(bins, 2 / n_fft)  # each bin stands for its mirror image too,
    share[[0, -1]] = 1 / n_fft  # but for these
    kernels = torch.cat((share[:, None] * angle.cos(), -share[:, None] * angle.sin()))
    return (kernels * window)[:, None]


def export_vocoder(folder: Path, target: Path) -> None:
    """Write a folder's Vocos as ONNX: input `mel` [1, M, T], output `samples` [1, n]; any T > 1.

    Raises:
        EngineUnavailableError: The folder holds no Vocos, or the package onnx is missing.
    """
    if importlib.util.find_spec("onnx") is None:
        raise EngineUnavailableError("to export a vocoder, onnx is missing: ./just install-f5-onnx")
    vocos = open_vocos(folder, device="cpu")
    example = torch.randn(1, vocos.backbone.embed.in_channels, _TRACED_FRAMES)
    partial = target.with_name(f".{target.name}.part")
    try:
        _export(ConvolutionalVocos(vocos).eval(), example, partial)
    except torch.onnx.errors.OnnxExporterError as error:
        raise EngineUnavailableError(f"the vocoder cannot be exported: {error}") from None
    partial.replace(target)


def _export(module: nn.Module, example: Tensor, target: Path) -> None:
    options: dict[str, Any] = {
        "input_names": [INPUT],
        "output_names": [OUTPUT],
        "dynamic_axes": {INPUT: {2: "frames"}, OUTPUT: {1: "samples"}},
        "opset_version": OPSET,
    }
    if "dynamo" in torch.onnx.export.__code__.co_varnames:  # torch 2.5 and newer
        # The other exporter needs onnxscript, and writes nodes that TensorRT 8 does not know.
        options["dynamo"] = False
    exporter: Any = torch.onnx
    exporter.register_custom_op_symbolic("aten::mT", _transposed, OPSET)
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore", DeprecationWarning)
            exporter.export(module, (example,), target, **options)
    finally:
        exporter.unregister_custom_op_symbolic("aten::mT", OPSET)


def _transposed(graph: Any, matrices: Any) -> Any:
    """`Tensor.mT`, which this exporter does not know."""
    *others, row, column = range(matrices.type().dim())
    return graph.op("Transpose", matrices, perm_i=[*others, column, row])
