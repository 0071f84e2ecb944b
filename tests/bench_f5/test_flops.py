"""What a step must compute, against the published figures of v1 Base."""

import pytest
import torch

from ishowtts_cli.bench_f5.checkpoints import TINY
from ishowtts_cli.bench_f5.flops import gemm_flop_s, step_flop
from ishowtts_synth.f5.config import F5TTS_V1_BASE


@pytest.mark.parametrize("frames", [1, 656, 938, 1406])
def test_v1_base_takes_what_its_formula_says(frames):
    formula = 2 * frames * (378.9e6 + 0.0901e6 * frames)

    assert step_flop(F5TTS_V1_BASE, frames) == pytest.approx(formula, rel=5e-4)


def test_a_smaller_model_takes_less():
    assert 0 < step_flop(TINY, 656) < step_flop(F5TTS_V1_BASE, 656) / 100


def test_this_machine_multiplies_at_some_rate():
    assert gemm_flop_s("cpu", torch.float32) > 1e6
