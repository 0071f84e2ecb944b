"""Token ids to one vector a frame: an embedding and ConvNeXt V2 blocks (arXiv 2301.00808)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ishowtts_synth.f5.config import ModelConfig

FILLER = 0  # frames after the text's end


class GlobalResponseNorm(nn.Module):
    """Scales channels by their energy over the whole sequence.

    So a row's padding would change every frame of it: rows come here alone, at their own length.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.empty(1, 1, dim))
        self.beta = nn.Parameter(torch.empty(1, 1, dim))

    def forward(self, x: Tensor) -> Tensor:  # [G, N, E]
        energy = torch.linalg.vector_norm(x, dim=1, keepdim=True)  # [G, 1, E]
        relative = energy / (energy.mean(dim=-1, keepdim=True) + 1e-6)
        return self.gamma * (x * relative) + self.beta + x


class ConvNeXtBlock(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv1d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 2 * dim)
        self.grn = GlobalResponseNorm(2 * dim)
        self.pwconv2 = nn.Linear(2 * dim, dim)

    def forward(self, x: Tensor) -> Tensor:  # [G, N, E]
        h = self.dwconv(x.transpose(1, 2)).transpose(1, 2)
        h = functional.gelu(self.pwconv1(self.norm(h)))  # [G, N, 2E]
        return x + self.pwconv2(self.grn(h))


class TextEmbedding(nn.Module):
    def __init__(self, config: ModelConfig, vocab_size: int) -> None:
        super().__init__()
        dim = config.text_dim
        self.mask_padding = config.arch.text_mask_padding
        # Given weights, it draws none: on "meta" that would load torch's compiler, for seconds.
        self.text_embed = nn.Embedding(
            vocab_size + 1, dim, _weight=torch.empty(vocab_size + 1, dim)
        )
        self.text_blocks = nn.ModuleList(ConvNeXtBlock(dim) for _ in range(config.arch.conv_layers))

    def forward(self, tokens: Tensor, positions: Tensor, *, guided: bool) -> Tensor:
        """Embed one request's text.

        Args:
            tokens: [T] ids as in the vocabulary.
            positions: [N, E] sinusoids, one a frame; N > T.
            guided: Give a second, empty text too, for classifier-free guidance.

        Returns:
            [G, N, E] with G = 2 if guided, else 1.
        """
        ids = functional.pad(tokens + 1, (0, len(positions) - len(tokens)), value=FILLER)  # [N]
        filler = (ids == FILLER)[:, None]  # [N, 1]; the empty text keeps the real one's length
        lanes = torch.stack((ids, torch.zeros_like(ids))) if guided else ids[None]  # [G, N]
        x = self.text_embed(lanes)  # [G, N, E]
        if not self.text_blocks:
            return x
        x = self._masked(x + positions, filler)
        for block in self.text_blocks:
            x = self._masked(block(x), filler)
        return x

    def _masked(self, x: Tensor, filler: Tensor) -> Tensor:
        return x.masked_fill(filler, 0.0) if self.mask_padding else x


def position_table(dim: int, length: int) -> Tensor:
    """[length, dim] fp32: cosines of all frequencies, then their sines."""
    frequency = 1.0 / (10_000.0 ** (torch.arange(0, dim, 2)[: dim // 2].float() / dim))
    angle = torch.outer(torch.arange(length), frequency).float()  # [length, dim / 2]
    return torch.cat((angle.cos(), angle.sin()), dim=-1)
