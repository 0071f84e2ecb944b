"""Rows side by side in padded tensors, and one Euler step of all of them.

Nothing here decides anything: `euler_step` maps tensors to tensors with no look at their values,
so that its kernels can be captured once for each shape.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from ishowtts_synth.f5.model import Conditioning, F5Model, StepTable
from ishowtts_synth.f5.schedule_cache import Schedule


@dataclass(eq=False)
class Trajectory:
    """One row's way from noise to mel.

    Attributes:
        x: [N, M] the state, N being the row's own length.
        context: [G, N, D] as of `F5Model.context`.
        cfg_strength: Guidance, where G is 2.
        schedule: Of S steps.
        index: Steps taken.
    """

    x: Tensor
    context: Tensor
    cfg_strength: float
    schedule: Schedule
    index: int = 0

    @property
    def frames(self) -> int:
        return len(self.x)

    @property
    def guided(self) -> bool:
        return len(self.context) > 1

    @property
    def ended(self) -> bool:
        return self.index == len(self.schedule)


class Batch(NamedTuple):
    """Tensors of some rows, padded to one length."""

    x: Tensor  # [B, N, M]
    conditioning: Conditioning  # L = G * B lanes
    cfg_strength: Tensor | None  # [B, 1, 1] fp32; None without guidance


class Step(NamedTuple):
    """One step of each row, rows being at steps of their own."""

    table: StepTable  # [L or 1, ...]
    dt: Tensor  # [B or 1, 1, 1]


def collate(model: F5Model, rows: Sequence[Trajectory], frames: int) -> Batch:
    """Pad rows, all guided or none, to `frames`."""
    x = torch.stack([_padded(row.x, frames) for row in rows])  # [B, N, M]
    context = torch.stack([_padded(row.context, frames) for row in rows], dim=1)  # [G, B, N, D]
    padding = _padding(rows, frames, x.device)  # [B, N] or None
    bias = None
    if padding is not None:
        padding = padding.repeat(len(context), 1)[:, :, None]  # [L, N, 1]
        # Of the model's precision: attention would make this of a boolean mask in every block.
        bias = x.new_zeros(padding.shape).masked_fill(padding, -torch.inf).mT[:, None]
    conditioning = Conditioning(context.flatten(0, 1), model.rope[:frames], padding, bias)
    strengths = [row.cfg_strength for row in rows]
    guidance = torch.tensor(strengths, device=x.device)[:, None, None] if rows[0].guided else None
    return Batch(x, conditioning, guidance)


def gather_step(rows: Sequence[Trajectory]) -> Step:
    """Each row's entry of its own schedule; no copy where all rows are at the same one."""
    first = rows[0]
    if all(row.schedule is first.schedule and row.index == first.index for row in rows):
        here = slice(first.index, first.index + 1)
        blocks, out = first.schedule.table
        return Step(StepTable(blocks[here], out[here]), first.schedule.dt[here, None, None])
    lanes = list(rows) * len(first.context)
    table = StepTable(
        torch.stack([row.schedule.table.blocks[row.index] for row in lanes]),
        torch.stack([row.schedule.table.out[row.index] for row in lanes]),
    )
    dt = torch.stack([row.schedule.dt[row.index] for row in rows])
    return Step(table, dt[:, None, None])


def euler_step(model: F5Model, batch: Batch, step: Step) -> Tensor:
    """[B, N, M]: every row one step on."""
    flow = model(batch.x, batch.conditioning, step.table)  # [L, N, M]
    if batch.cfg_strength is not None:
        flow, unconditional = flow.chunk(2)  # [B, N, M] each
        flow = (flow + (flow - unconditional) * batch.cfg_strength).to(batch.x.dtype)
    if batch.conditioning.padding is not None:
        # What stands behind a row's end is no one's; left to grow, it would overflow half precision
        # and reach the row as 0 * inf.
        flow = flow.masked_fill(batch.conditioning.padding[: len(flow)], 0.0)
    return batch.x + step.dt * flow


def _padded(x: Tensor, frames: int) -> Tensor:
    """Zeros behind the end of [..., N, C]."""
    return functional.pad(x, (0, 0, 0, frames - x.shape[-2])) if frames > x.shape[-2] else x


def _padding(rows: Sequence[Trajectory], frames: int, device: torch.device) -> Tensor | None:
    if all(row.frames == frames for row in rows):
        return None
    ends = torch.tensor([row.frames for row in rows], device=device)  # [B]
    return torch.arange(frames, device=device) >= ends[:, None]  # [B, N]
