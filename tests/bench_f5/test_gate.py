"""A ratio that grew beyond what is stored fails; times are never compared."""

import json

import pytest

from ishowtts_cli.bench_f5 import gate
from ishowtts_cli.errors import CliError

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
