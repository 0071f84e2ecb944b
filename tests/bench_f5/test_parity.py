"""Parity comes before speed, and can fail."""

import pytest
import torch

from ishowtts_cli.bench_f5 import command
from ishowtts_cli.bench_f5.parity import ALLOWED_FP32, check_parity, relative
from ishowtts_cli.errors import CliError


def test_both_sides_make_the_same_of_the_same_weights(bench):
    (parity,) = check_parity(bench, cases=1)

    assert parity.fine
    assert 0 < parity.error <= ALLOWED_FP32


def test_a_changed_weight_is_noticed_and_no_speed_is_measured(bench, monkeypatch):
    weight = bench.ours.model.proj_out.weight
    with torch.no_grad():
        weight[3, 5] += 0.01
    try:
        (parity,) = check_parity(bench, cases=1)
        conditions = command._conditions(bench, "random", quick=True)
        with pytest.raises(CliError, match="no speed is measured"):
            command._checked(bench, conditions, command.HEAVY)
    finally:
        with torch.no_grad():
            weight[3, 5] -= 0.01
    assert not parity.fine


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (torch.zeros(3), torch.zeros(3)),
        (torch.ones(3), torch.ones(4)),
        (torch.tensor([float("nan")]), torch.ones(1)),
    ],
)
def test_silence_other_lengths_and_no_numbers_never_agree(found, wanted):
    assert relative(found, wanted) == float("inf")
