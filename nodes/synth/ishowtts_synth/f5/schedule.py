"""The times at which the flow is evaluated, in stock's own arithmetic.

Empirically pruned step sampling (EPSS): https://arxiv.org/abs/2505.19931
Sway sampling: https://arxiv.org/abs/2410.06885
"""

import torch
from torch import Tensor

EPSS: dict[int, tuple[int, ...]] = {
    5: (0, 2, 4, 8, 16, 32),
    6: (0, 2, 4, 6, 8, 16, 32),
    7: (0, 2, 4, 6, 8, 16, 24, 32),
    10: (0, 2, 4, 6, 8, 12, 16, 20, 24, 28, 32),
    12: (0, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32),
    16: (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32),
}
"""Number of steps to times, in 32nds. Other numbers, 8 too, have no table."""


def time_grid(
    steps: int, *, sway: float | None, epss: bool, device: torch.device | str, dtype: torch.dtype
) -> Tensor:
    """Times from 0 to 1 between which the sampler steps.

    Args:
        steps: Function evaluations (NFE), at least 1.
        sway: Coefficient; negative values step finer at the start. None leaves the grid alone.
        epss: Take the pruned grid where there is one; sway comes on top.
        device: Where the grid is used.
        dtype: The model's; a grid computed in another one differs in its last bits.

    Returns:
        [steps + 1] times.
    """
    if epss and steps in EPSS:
        grid = torch.tensor(EPSS[steps], device=device, dtype=dtype) / 32
    else:
        grid = torch.linspace(0, 1, steps + 1, device=device, dtype=dtype)
    if sway is not None:
        grid = grid + sway * (torch.cos(torch.pi / 2 * grid) - 1 + grid)
    return grid  # [steps + 1]
