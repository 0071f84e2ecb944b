"""What the model makes of a time grid, kept for the next request with the same one."""

from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import Tensor

from ishowtts_synth.f5.model import F5Model, StepTable
from ishowtts_synth.f5.schedule import time_grid

_KEPT = 16  # 9 MB each at 32 steps of v1 Base in half precision


@dataclass(frozen=True)
class Schedule:
    """A time grid with all that follows from it.

    Attributes:
        table: Of S steps.
        dt: [S] in the model's dtype.
    """

    table: StepTable
    dt: Tensor

    def __len__(self) -> int:
        return len(self.dt)


class ScheduleCache:
    """The schedules last used with one model."""

    def __init__(self, model: F5Model) -> None:
        self._model = model
        self._schedules: OrderedDict[tuple[int, float | None, bool], Schedule] = OrderedDict()

    def get(self, steps: int, *, sway: float | None, epss: bool) -> Schedule:
        key = (steps, sway, epss)
        if key not in self._schedules:
            self._schedules[key] = self._make(steps, sway=sway, epss=epss)
            if len(self._schedules) > _KEPT:
                self._schedules.popitem(last=False)
        self._schedules.move_to_end(key)
        return self._schedules[key]

    def _make(self, steps: int, *, sway: float | None, epss: bool) -> Schedule:
        model = self._model
        # Stock's grid is as coarse as its model: near 0 sway leaves few bits of a half. bfloat16,
        # which stock does not run in, would have the same time twice.
        dtype = torch.float32 if model.dtype == torch.bfloat16 else model.dtype
        grid = time_grid(steps, sway=sway, epss=epss, device=model.device, dtype=dtype)
        return Schedule(model.step_table(grid[:-1]), grid.diff().to(model.dtype))
