"""Times, bit for bit stock's."""

import pytest
import torch

from ishowtts_synth.f5.schedule import EPSS, time_grid
from tests.synth.f5 import stock


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
@pytest.mark.parametrize("steps", range(1, 65))
def test_pruned_times_are_stocks(steps: int, dtype: torch.dtype) -> None:
    ours = time_grid(steps, sway=None, epss=True, device="cpu", dtype=dtype)
    assert torch.equal(ours, stock.get_epss_timesteps(steps, "cpu", dtype))


@pytest.mark.parametrize("steps", [5, 6, 7, 10, 12, 16])
def test_these_steps_have_a_table(steps: int) -> None:
    pruned = time_grid(steps, sway=None, epss=True, device="cpu", dtype=torch.float32)
    even = time_grid(steps, sway=None, epss=False, device="cpu", dtype=torch.float32)
    assert not torch.equal(pruned, even)
    assert len(EPSS[steps]) == steps + 1


@pytest.mark.parametrize("steps", [4, 8, 9, 11, 24, 32])
def test_other_steps_have_none(steps: int) -> None:
    grids = [
        time_grid(steps, sway=None, epss=epss, device="cpu", dtype=torch.float32)
        for epss in (True, False)
    ]
    assert torch.equal(*grids)


@pytest.mark.parametrize("sway", [-1.0, 0.0, 0.5])
def test_sway_comes_on_top_of_pruning(sway: float) -> None:
    plain = time_grid(7, sway=None, epss=True, device="cpu", dtype=torch.float32)
    swayed = time_grid(7, sway=sway, epss=True, device="cpu", dtype=torch.float32)
    wanted = plain + sway * (torch.cos(torch.pi / 2 * plain) - 1 + plain)
    assert torch.equal(swayed, wanted)
    assert float(swayed[0]) == 0.0
    assert float(swayed[-1]) == pytest.approx(1.0, abs=1e-6)
