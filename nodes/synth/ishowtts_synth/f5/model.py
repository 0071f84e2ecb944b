"""F5-TTS's diffusion transformer (DiT), laid out for sampling.

Same mathematics as stock's `DiT`, each part where it costs least:
  once a schedule   time embedding and AdaLN, as a table over steps (42 % of the weights)
  once a request    text embedding, and the reference's and text's half of the input projection
  once a step       what depends on the noise

Shapes: L lanes (rows with the reference and text, then the same rows without, for guidance),
B rows, G = L / B, N frames, M mel channels, D model channels, H heads, K channels a head, S steps.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ishowtts_synth.f5.attention import Attention, rope_table
from ishowtts_synth.f5.config import ArchConfig, ModelConfig
from ishowtts_synth.f5.text_embedding import TextEmbedding, position_table

MAX_FRAMES = 8192
"""Stock's table of text positions ends here: 87 s."""

_TIME_CHANNELS = 256
_NORM_EPS = 1e-6


class StepTable(NamedTuple):
    """All that depends on the time alone. A schedule has S steps, a running batch L lanes or 1."""

    blocks: Tensor  # [S, depth, 6, D] shift, 1 + scale, gate of attention, then of feed-forward
    out: Tensor  # [S, 2, D] 1 + scale, shift before the last projection


class Conditioning(NamedTuple):
    """What stays the same over the steps of a batch."""

    context: Tensor  # [L, N, D] reference's and text's half of the input projection
    rope: Tensor  # [N, ...] as of `rope_table`
    padding: Tensor | None  # [L, N, 1] true behind a row's end; None where no row is padded
    bias: Tensor | None  # [L, 1, 1, N] the same for attention: -inf there, else 0


class Block(nn.Module):
    def __init__(self, arch: ArchConfig) -> None:
        super().__init__()
        self.attn_norm = nn.ModuleDict({"linear": nn.Linear(arch.dim, 6 * arch.dim)})
        self.attn = Attention(arch)
        self.ff = nn.Sequential(
            nn.Linear(arch.dim, arch.ff_mult * arch.dim),
            nn.GELU(approximate="tanh"),
            nn.Linear(arch.ff_mult * arch.dim, arch.dim),
        )

    def forward(self, x: Tensor, modulation: Tensor, conditioning: Conditioning) -> Tensor:
        # [L or 1, 6, D] to six of [L or 1, 1, D]
        shift_a, scale_a, gate_a, shift_f, scale_f, gate_f = modulation[:, :, None].unbind(1)
        h = self.attn(modulate(x, shift_a, scale_a), conditioning.rope, conditioning.bias)
        x = torch.addcmul(x, gate_a, h)
        return torch.addcmul(x, gate_f, self.ff(modulate(x, shift_f, scale_f)))


class InputEmbedding(nn.Module):
    """Stock's one projection of noise, reference and text, in two; and positions by convolution."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        dim, mels = config.arch.dim, config.mel_spec.n_mel_channels
        self.proj_noise = nn.Linear(mels, dim, bias=False)
        self.proj_context = nn.Linear(mels + config.text_dim, dim)
        self.conv1 = nn.Conv1d(dim, dim, kernel_size=31, padding=15, groups=16)
        self.conv2 = nn.Conv1d(dim, dim, kernel_size=31, padding=15, groups=16)

    def forward(self, noise: Tensor, conditioning: Conditioning) -> Tensor:
        rows = len(noise)
        lanes = conditioning.context.unflatten(0, (-1, rows))  # [G, B, N, D]
        x = (lanes + self.proj_noise(noise)).flatten(0, 1)  # [L, N, D]
        padding = None if conditioning.padding is None else conditioning.padding.mT  # [L, 1, N]
        h = _masked(x.mT, padding)  # [L, D, N]
        for conv in (self.conv1, self.conv2):
            h = _masked(functional.mish(conv(h)), padding)
        # Sums take the layout of their first operand: channels must stay innermost for all blocks.
        return x + h.mT


class F5Model(nn.Module):
    """The transformer of one checkpoint; for inference only."""

    inv_freq: Tensor
    rope: Tensor
    positions: Tensor

    def __init__(self, config: ModelConfig, vocab_size: int) -> None:
        super().__init__()
        arch = config.arch
        self.config = config
        self.time_embed = nn.Sequential(
            nn.Linear(_TIME_CHANNELS, arch.dim), nn.SiLU(), nn.Linear(arch.dim, arch.dim)
        )
        self.text_embed = TextEmbedding(config, vocab_size)
        self.input_embed = InputEmbedding(config)
        self.transformer_blocks = nn.ModuleList(Block(arch) for _ in range(arch.depth))
        self.norm_out = nn.ModuleDict({"linear": nn.Linear(arch.dim, 2 * arch.dim)})
        self.proj_out = nn.Linear(arch.dim, config.mel_spec.n_mel_channels)
        self.register_buffer("inv_freq", torch.empty(arch.dim_head // 2))
        self.register_buffer("rope", None, persistent=False)
        self.register_buffer("positions", None, persistent=False)

    @property
    def device(self) -> torch.device:
        return self.proj_out.weight.device

    @property
    def dtype(self) -> torch.dtype:
        return self.proj_out.weight.dtype

    def step_table(self, times: Tensor) -> StepTable:
        """Time embedding and AdaLN of a whole schedule.

        Args:
            times: [S]
        """
        t = functional.silu(self.time_embed(_sinusoids(times).to(self.dtype)))  # [S, D]
        each = [block.attn_norm["linear"](t).unflatten(-1, (6, -1)) for block in self._blocks()]
        blocks = torch.stack(each, dim=1)
        out = self.norm_out["linear"](t).unflatten(-1, (2, -1))
        for scale in (blocks[:, :, 1], blocks[:, :, 4], out[:, 0]):
            scale.add_(1)  # here once, not in each of 45 norms a step
        return StepTable(blocks, out)

    def context(self, reference: Tensor, tokens: Tensor, frames: int, *, guided: bool) -> Tensor:
        """One request's half of the input projection.

        Args:
            reference: [R, M] log-mel.
            tokens: [T] ids.
            frames: N, at most MAX_FRAMES.
            guided: Add a lane without reference and text.

        Returns:
            [G, N, D]
        """
        text = self.text_embed(tokens, self.positions[:frames], guided=guided)  # [G, N, E]
        audio = text.new_zeros(len(text), frames, reference.shape[1])  # [G, N, M]
        audio[0, : len(reference)] = reference
        return self.input_embed.proj_context(torch.cat((audio, text), dim=-1))

    def forward(self, noise: Tensor, conditioning: Conditioning, step: StepTable) -> Tensor:
        """Predict the flow at one time for each row.

        Args:
            noise: [B, N, M] zero behind each row's end.
            conditioning: Of the same rows.
            step: One step, [1, ...] if all rows share it, else [L, ...].

        Returns:
            [L, N, M]
        """
        x = self.input_embed(noise, conditioning)
        for block, modulation in zip(self._blocks(), step.blocks.unbind(1), strict=True):
            x = block(x, modulation, conditioning)
        scale, shift = step.out[:, :, None].unbind(1)  # [L or 1, 1, D]
        return self.proj_out(modulate(x, shift, scale))

    def _blocks(self) -> list[Block]:
        return [block for block in self.transformer_blocks if isinstance(block, Block)]


def modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Norm over channels, times scale, plus shift; x [L, N, D], the others [L or 1, 1, D]."""
    if len(scale) == 1:  # one kernel: the modulation is the norm's own weight and bias
        weight, bias = scale.flatten(), shift.flatten()
        return functional.layer_norm(x, x.shape[-1:], weight, bias, _NORM_EPS)
    h = functional.layer_norm(x, x.shape[-1:], eps=_NORM_EPS)
    return torch.addcmul(shift, h, scale)


def load_model(
    config: ModelConfig, state: Mapping[str, Tensor], *, device: str, dtype: torch.dtype
) -> F5Model:
    """Make a model of what `load_checkpoint` read."""
    vocab_size = len(state["text_embed.text_embed.weight"]) - 1
    with torch.device("meta"):
        model = F5Model(config, vocab_size)
    inv_freq = state["inv_freq"].to(device=device, dtype=torch.float32)
    weights = {key: tensor.to(device=device, dtype=dtype) for key, tensor in state.items()}
    model.load_state_dict({**weights, "inv_freq": inv_freq}, assign=True)
    model.rope = rope_table(inv_freq, MAX_FRAMES, dtype)
    model.positions = position_table(config.text_dim, MAX_FRAMES).to(device=device, dtype=dtype)
    return model.eval().requires_grad_(requires_grad=False)


def _sinusoids(times: Tensor) -> Tensor:
    """[S] to [S, 256] fp32, rounded where stock rounds."""
    half = _TIME_CHANNELS // 2
    channels = torch.arange(half, device=times.device).float()
    frequency = torch.exp(channels * (-math.log(10_000) / (half - 1)))
    angle = 1000 * times[:, None] * frequency  # [S, 128] fp32
    return torch.cat((angle.sin(), angle.cos()), dim=-1)


def _masked(x: Tensor, padding: Tensor | None) -> Tensor:
    return x if padding is None else x.masked_fill(padding, 0.0)
