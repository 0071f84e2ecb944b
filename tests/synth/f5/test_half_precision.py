"""In half precision: no further from stock's fp32 than stock's own half precision is, times 1.1."""

from pathlib import Path

import pytest
import torch

from tests.synth.f5.checkpoints import V0_ARCH, V1_ARCH, write_checkpoint
from tests.synth.f5.pairs import Case, load_pair, relative_error

MOST = 1.1
FRAMES = 160  # torch draws the same noise in every precision only if there are 16 * k numbers

CASES = {
    # One evaluation: the model's own error. At other steps the half-precision time grid, which is
    # stock's, weighs far more.
    "one step": Case(frames=FRAMES, steps=1, sway=None),
    "8 even steps": Case(frames=FRAMES, steps=8, sway=None),
    "EPSS with sway": Case(frames=FRAMES, steps=7),
    "no guidance": Case(frames=FRAMES, steps=8, sway=None, cfg_strength=0.0),
    "mixed text": Case("你好 world", steps=4, sway=None, frames=120),
}


@pytest.mark.parametrize("arch", [V1_ARCH, V0_ARCH], ids=["v1", "v0"])
def test_fp16_is_as_exact_as_stocks(tmp_path: Path, arch: dict[str, object]) -> None:
    write_checkpoint(tmp_path, arch=arch, seed=1)
    exact, half = load_pair(tmp_path), load_pair(tmp_path, torch.float16)
    for name, case in CASES.items():
        wanted = exact.theirs(case)
        (ours,) = half.ours(case)
        allowed = MOST * relative_error(half.theirs(case), wanted)
        assert relative_error(ours, wanted) <= allowed, name


def test_bfloat16_is_as_exact_as_stocks(checkpoint: Path) -> None:
    exact, half = load_pair(checkpoint), load_pair(checkpoint, torch.bfloat16)
    case = Case(frames=FRAMES, steps=8, sway=None)
    wanted = exact.theirs(case)
    (ours,) = half.ours(case)
    assert relative_error(ours, wanted) <= MOST * relative_error(half.theirs(case), wanted)


def test_bfloat16_runs_where_stock_has_the_same_time_twice(checkpoint: Path) -> None:
    exact, half = load_pair(checkpoint), load_pair(checkpoint, torch.bfloat16)
    case = Case(frames=FRAMES, steps=16)
    with pytest.raises(AssertionError, match="strictly increasing"):
        half.theirs(case)
    (ours,) = half.ours(case)
    assert relative_error(ours, exact.theirs(case)) < 0.05


def test_ragged_rows_in_fp16_agree_with_each_alone(checkpoint: Path) -> None:
    pair = load_pair(checkpoint, torch.float16)
    cases = [Case(seed=1, steps=4), Case("6", frames=125, seed=2, steps=4)]
    for case, together in zip(cases, pair.ours(*cases), strict=True):
        (alone,) = pair.ours(case)
        assert relative_error(together, alone) < 3e-3
