"""A ratio that grew beyond what is stored fails; times are never compared."""

import json

import pytest

from ishowtts_cli.bench_f5 import command, gate
from ishowtts_cli.bench_f5.command import Wish
from ishowtts_cli.bench_f5.ours import Ours
from ishowtts_cli.errors import CliError

COARSE = 2.0
"""Other work and other processors change the ratio by a fifth, not by so much."""
KEY = "cpu F5TTS_v1_Tiny float32"


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "stored.json"
    gate.store_ratio(KEY, 0.8, "2.13.0", path)
    return path


@pytest.mark.parametrize("ratio", [0.1, 0.8, 0.9])
def test_as_fast_as_before_or_nearly_passes(stored, ratio):
    gate.judge_ratio(KEY, ratio, stored)


def test_slower_against_stock_fails_and_says_by_how_much(stored):
    with pytest.raises(CliError, match=r"1\.200 of stock's time, at most 0\.920 is allowed"):
        gate.judge_ratio(KEY, 1.2, stored)


def test_an_unknown_device_is_told_how_to_store_its_ratio(stored):
    with pytest.raises(CliError, match=r"no ratio is stored for cuda .* --store"):
        gate.judge_ratio("cuda F5TTS_v1_Base float16", 0.2, stored)


def test_storing_one_keeps_the_others(stored):
    gate.store_ratio("other", 0.5, "2.13.0", stored)

    assert set(json.loads(stored.read_text())) == {KEY, "other"}


def test_the_project_has_a_ratio_for_a_cpu():
    gate.judge_ratio(KEY, 0.01)


@pytest.fixture
def wish(checkpoint):
    return Wish("cpu", checkpoint, "auto", "auto", threads=1)


def test_ours_is_not_twice_as_slow_against_stock_as_when_it_was_measured(wish):
    assert command.gate(wish, repeats=5, tolerance=COARSE) == 0


def test_an_engine_that_does_everything_three_times_is_too_slow(wish, monkeypatch):
    once = Ours.sample

    def thrice(*args):
        return [once(*args) for _ in range(3)][-1]

    monkeypatch.setattr(Ours, "sample", thrice)
    with pytest.raises(CliError, match="of stock's time, at most"):
        command.gate(wish, repeats=1, tolerance=COARSE)
