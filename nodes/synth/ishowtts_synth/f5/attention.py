"""Self-attention over frames, with rotary positions (arXiv 2104.09864)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ishowtts_synth.f5.config import ArchConfig


class Attention(nn.Module):
    def __init__(self, arch: ArchConfig) -> None:
        super().__init__()
        self.heads = arch.heads
        self.rotated_heads = arch.pe_attn_head or arch.heads
        self.to_qkv = nn.Linear(arch.dim, 3 * arch.inner_dim)
        self.to_out = nn.Linear(arch.inner_dim, arch.dim)
        self.q_norm = self.k_norm = None
        if arch.qk_norm == "rms_norm":
            self.q_norm = nn.RMSNorm(arch.dim_head, eps=1e-6)
            self.k_norm = nn.RMSNorm(arch.dim_head, eps=1e-6)

    def forward(self, x: Tensor, rope: Tensor, bias: Tensor | None) -> Tensor:
        """Attend.

        Args:
            x: [L, N, D] lanes.
            rope: First N entries of `rope_table`.
            bias: [L, 1, 1, N], 0 where a frame is the lane's own, else -inf; None where all are.

        Returns:
            [L, N, D]
        """
        qkv = self.to_qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        if x.is_cpu:  # its kernel wants each head in one piece: 51 ms with the copy, 67 without
            qkv = qkv.contiguous()
        q, k = self._rotated(self._normed(qkv[:2]), rope)  # [L, H, N, K] each
        out = functional.scaled_dot_product_attention(q, k, qkv[2], attn_mask=bias)
        return self.to_out(out.transpose(1, 2).flatten(2))

    def _normed(self, qk: Tensor) -> Tensor:  # [2, L, H, N, K]
        if self.q_norm is None or self.k_norm is None:
            return qk
        return torch.stack((self.q_norm(qk[0]), self.k_norm(qk[1])))

    def _rotated(self, qk: Tensor, rope: Tensor) -> Tensor:  # [2, L, H, N, K]
        if self.rotated_heads == self.heads:
            return rotate(qk, rope)
        first, rest = qk.tensor_split((self.rotated_heads,), dim=2)
        return torch.cat((rotate(first, rope), rest), dim=2)


def rope_table(inv_freq: Tensor, length: int, dtype: torch.dtype) -> Tensor:
    """What `rotate` needs for each frame, for K channels a head.

    Angles are fp32. Stock at half precision multiplies in half too: at frame 1000 its angles are
    off by up to 0.25.

    Returns:
        In fp32 [length, K / 2, 2]: cosines and sines, as complex numbers have them. In half
        precision [length, 2, K]: each channel's own factor, then its neighbour's.
    """
    frames = torch.arange(length, device=inv_freq.device, dtype=torch.float32)
    angle = torch.outer(frames, inv_freq.float())  # [length, K / 2]
    cos, sin = angle.cos(), angle.sin()
    if dtype == torch.float32:
        return torch.stack((cos, sin), dim=-1)
    own, other = torch.stack((cos, cos), dim=-1), torch.stack((-sin, sin), dim=-1)
    return torch.stack((own.flatten(1), other.flatten(1)), dim=1).to(dtype)


def rotate(x: Tensor, rope: Tensor) -> Tensor:
    """Turn neighbouring channels as pairs.

    Args:
        x: [..., N, K]
        rope: N entries of `rope_table`, of the same precision.
    """
    pairs = x.unflatten(-1, (-1, 2))  # [..., N, K / 2, 2]
    if x.dtype == torch.float32:  # one kernel for three
        turned = torch.view_as_complex(pairs) * torch.view_as_complex(rope)
        return torch.view_as_real(turned).flatten(-2)
    own, other = rope.unbind(1)  # [N, K] each
    return torch.addcmul(x * own, pairs.flip(-1).flatten(-2), other)
