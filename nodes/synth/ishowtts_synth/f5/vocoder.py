"""Vocos: log-mel to audio by way of a spectrum (arXiv 2306.00814)."""

from pathlib import Path
from typing import Annotated, Literal, Protocol

import msgspec
import torch
import yaml
from msgspec import Meta
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from ishowtts_synth.errors import EngineUnavailableError

WEIGHTS = "model.safetensors"
PICKLED_WEIGHTS = "pytorch_model.bin"
"""The only form in which the official repository, charactr/vocos-mel-24khz, has its weights."""

INPUT = "mel"
OUTPUT = "samples"
"""What exported vocoders call their tensors: [1, M, T] and [1, n]."""

_LOUDEST = 100.0  # of a spectrum's magnitude, as stock
_NOT_READ = (
    "feature_extractor.",
    "head.istft.window",
)  # reference audio goes through mel.py

Size = Annotated[int, Meta(ge=1)]


class Vocoder(Protocol):
    """Whatever turns mel into audio."""

    def decode(self, mel: Tensor) -> Tensor:
        """[G, M] log-mel to [hop_length * (G - 1)] fp32 samples; nominally in [-1, 1]."""
        ...


class BackboneConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`backbone.init_args`."""

    input_channels: Size
    dim: Size
    intermediate_dim: Size
    num_layers: Size


class HeadConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`head.init_args`."""

    dim: Size
    n_fft: Annotated[int, Meta(ge=2, multiple_of=2)]
    hop_length: Size
    padding: Literal["center"]


class _BackbonePart(msgspec.Struct, frozen=True):
    class_path: Literal["vocos.models.VocosBackbone"]
    init_args: BackboneConfig


class _HeadPart(msgspec.Struct, frozen=True):
    class_path: Literal["vocos.heads.ISTFTHead"]
    init_args: HeadConfig


class _VocosConfig(msgspec.Struct, frozen=True):
    backbone: _BackbonePart
    head: _HeadPart


class ConvNeXtBlock(nn.Module):
    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        dim = config.dim
        self.dwconv = nn.Conv1d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, config.intermediate_dim)
        self.pwconv2 = nn.Linear(config.intermediate_dim, dim)
        self.gamma = nn.Parameter(torch.empty(dim))

    def forward(self, x: Tensor) -> Tensor:  # [B, D, T]
        h = self.norm(self.dwconv(x).mT)  # [B, T, D]
        h = self.pwconv2(functional.gelu(self.pwconv1(h)))
        return x + (self.gamma * h).mT


class Backbone(nn.Module):
    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.embed = nn.Conv1d(config.input_channels, config.dim, kernel_size=7, padding=3)
        self.norm = nn.LayerNorm(config.dim, eps=1e-6)
        self.convnext = nn.ModuleList(ConvNeXtBlock(config) for _ in range(config.num_layers))
        self.final_layer_norm = nn.LayerNorm(config.dim, eps=1e-6)

    def forward(self, mel: Tensor) -> Tensor:  # [B, M, T]
        x = self.norm(self.embed(mel).mT).mT  # [B, D, T]
        for block in self.convnext:
            x = block(x)
        return self.final_layer_norm(x.mT)  # [B, T, D]


class Head(nn.Module):
    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        self.out = nn.Linear(config.dim, config.n_fft + 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:  # [B, T, D]
        log_magnitude, phase = self.out(x).mT.chunk(2, dim=1)  # [B, n_fft / 2 + 1, T] each
        return log_magnitude.exp().clip(max=_LOUDEST), phase


class Vocos(nn.Module):
    """The vocoder in torch, fp32 as in stock."""

    window: Tensor

    def __init__(self, backbone: BackboneConfig, head: HeadConfig) -> None:
        super().__init__()
        self.config = head
        self.backbone = Backbone(backbone)
        self.head = Head(head)
        self.register_buffer("window", None, persistent=False)

    def decode(self, mel: Tensor) -> Tensor:
        """[G, M] log-mel to [hop_length * (G - 1)] samples."""
        return self(mel.to(self.window).mT[None])[0]

    def forward(self, mel: Tensor) -> Tensor:
        """[B, M, T] to [B, hop_length * (T - 1)]."""
        magnitude, phase = self.head(self.backbone(mel))
        return inverse_stft(torch.polar(magnitude, phase), self.window, self.config.hop_length)


def inverse_stft(spectrum: Tensor, window: Tensor, hop_length: int) -> Tensor:
    """Centred inverse STFT; `torch.istft` looks at values, and so waits for the device.

    Args:
        spectrum: [B, n_fft / 2 + 1, T] complex.
        window: [n_fft]
        hop_length: Samples from frame to frame.

    Returns:
        [B, hop_length * (T - 1)]
    """
    n_fft, frames = len(window), spectrum.shape[-1]
    pieces = torch.fft.irfft(spectrum, n_fft, dim=1) * window[:, None]  # [B, n_fft, T]
    weight = window.square()[None, :, None].expand(1, -1, frames)  # [1, n_fft, T]
    summed = _overlap_add(torch.cat((pieces, weight)), hop_length)  # [B + 1, samples]
    summed = summed[:, n_fft // 2 : n_fft // 2 + hop_length * (frames - 1)]
    return summed[:-1] / summed[-1]


def load_vocoder(folder: Path, *, device: str) -> Vocos:
    """Load Vocos from a folder with config.yaml and model.safetensors.

    Raises:
        EngineUnavailableError: A file is missing, damaged, or of another vocoder.
    """
    config = _load_config(folder / "config.yaml")
    with torch.device("meta"):
        vocos = Vocos(config.backbone.init_args, config.head.init_args)
    weights = _load_weights(folder, device)
    try:
        vocos.load_state_dict(weights, assign=True)
    except RuntimeError as error:
        raise EngineUnavailableError(
            f"{folder / WEIGHTS} does not fit its config.yaml: {error}"
        ) from None
    vocos.window = torch.hann_window(config.head.init_args.n_fft, device=device)
    return vocos.float().eval().requires_grad_(requires_grad=False)


def convert_weights(source: Path, target: Path) -> None:
    """Rewrite the official pickled weights as safetensors, once, without running what they say.

    torch's loader for weights alone knows tensors and nothing else; before 2.6 it could be fooled
    (CVE-2025-32434).

    Raises:
        EngineUnavailableError: The file holds more than tensors, or torch is too old.
    """
    major, minor = torch.__version__.split(".")[:2]
    if (int(major), int(minor)) < (2, 6):
        raise EngineUnavailableError(f"converting {source} safely needs torch 2.6 or newer")
    try:
        state = torch.load(source, map_location="cpu", weights_only=True)
        save_file({key: tensor.contiguous() for key, tensor in state.items()}, target)
    except Exception as error:  # noqa: BLE001 - damaged archives fail in many ways
        raise EngineUnavailableError(f"{source} holds no plain weights: {error}") from None


def _load_config(path: Path) -> _VocosConfig:
    try:
        return msgspec.convert(yaml.safe_load(path.read_text("utf-8")), _VocosConfig)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise EngineUnavailableError(f"{path} describes no Vocos known here: {error}") from None


def _load_weights(folder: Path, device: str) -> dict[str, Tensor]:
    path = folder / WEIGHTS
    if not path.is_file():
        pickled = folder / PICKLED_WEIGHTS
        hint = f": convert {pickled.name} first" if pickled.is_file() else ""
        raise EngineUnavailableError(f"there is no {path}{hint}")
    try:
        state = load_file(path, device=device)
    except (OSError, SafetensorError) as error:
        raise EngineUnavailableError(f"{path} is damaged or cut short: {error}") from None
    return {key: value for key, value in state.items() if not key.startswith(_NOT_READ)}


def _overlap_add(pieces: Tensor, hop_length: int) -> Tensor:
    """[B, n_fft, T] to [B, n_fft + hop_length * (T - 1)]."""
    _, n_fft, frames = pieces.shape
    samples = n_fft + hop_length * (frames - 1)
    folded = functional.fold(pieces, (1, samples), (1, n_fft), stride=(1, hop_length))
    return folded[:, 0, 0]
