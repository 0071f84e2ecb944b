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

    def forward(self, x: Tensor, rope: Tensor, keys: Tensor | None) -> Tensor:
        """Attend.

        Args:
            x: [L, N, D] lanes.
            rope: [N, K / 2, 2] as of `rope_table`.
            keys: [L, 1, 1, N], true where a frame is the lane's own; None where all are.

        Returns:
            [L, N, D]
        """
        qkv = self.to_qkv(x).unflatten(-1, (3, self.heads, -1))  # [L, N, 3, H, K]
        q, k = self._rotated(self._normed(qkv[:, :, :2]), rope).permute(2, 0, 3, 1, 4)
        v = qkv[:, :, 2].transpose(1, 2)  # [L, H, N, K], as q and k
        if x.is_cpu:  # its kernel wants each head in one piece: 51 ms with the copies, 67 without
            q, k, v = q.contiguous(), k.contiguous(), v.contiguous()
        out = functional.scaled_dot_product_attention(q, k, v, attn_mask=keys)
        return self.to_out(out.transpose(1, 2).flatten(2))

    def _normed(self, qk: Tensor) -> Tensor:  # [L, N, 2, H, K]
        if self.q_norm is None or self.k_norm is None:
            return qk
        return torch.stack((self.q_norm(qk[:, :, 0]), self.k_norm(qk[:, :, 1])), dim=2)

    def _rotated(self, qk: Tensor, rope: Tensor) -> Tensor:  # [L, N, 2, H, K]
        if self.rotated_heads == self.heads:
            return rotate(qk, rope)
        first, rest = qk.tensor_split((self.rotated_heads,), dim=3)
        return torch.cat((rotate(first, rope), rest), dim=3)


def rope_table(inv_freq: Tensor, length: int) -> Tensor:
    """[length, K / 2, 2] fp32: cosine and sine of each frame's angles, for K channels a head.

    Stock at half precision multiplies in half too: at frame 1000 its angles are off by up to 0.25.
    """
    frames = torch.arange(length, device=inv_freq.device, dtype=torch.float32)
    angle = torch.outer(frames, inv_freq.float())  # [length, K / 2]
    return torch.stack((angle.cos(), angle.sin()), dim=-1)


def rotate(x: Tensor, rope: Tensor) -> Tensor:
    """Turn neighbouring channels as pairs.

    Args:
        x: [L, N, 2, H, K] queries and keys.
        rope: [N, K / 2, 2]
    """
    rope = rope[:, None, None]  # [N, 1, 1, K / 2, 2]
    pairs = x.unflatten(-1, (-1, 2))  # [L, N, 2, H, K / 2, 2]
    if x.dtype == torch.float32:  # one kernel for seven: 0.7 ms for 7.6 on a CPU
        turned = torch.view_as_complex(pairs) * torch.view_as_complex(rope)
        return torch.view_as_real(turned).flatten(-2)
    (even, odd), (cos, sin) = pairs.unbind(-1), rope.unbind(-1)
    return torch.stack((even * cos - odd * sin, odd * cos + even * sin), dim=-1).flatten(-2)
