"""Percentiles, summaries, and where to look for the highest rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts_cli.bench.numbers import highest_passing, next_rate, percentile, summarise

values = st.lists(st.floats(0, 100), min_size=1, max_size=200).map(sorted)


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1), (1, 1), (50, 50), (95, 95), (99, 99), (100, 100)]
)
def test_percentiles_of_one_to_a_hundred(percent, expected):
    assert percentile(range(1, 101), percent) == expected


def test_one_value_is_every_percentile():
    assert {percentile([7.0], percent) for percent in (0, 50, 99, 100)} == {7.0}


def test_no_values_have_no_percentile():
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


@given(values, st.floats(0, 100))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(ordered, percent):
    found = percentile(ordered, percent)

    assert found in ordered
    assert sum(value <= found for value in ordered) >= len(ordered) * percent / 100 - 1e-6


@given(values)
def test_a_summary_is_ordered_and_in_milliseconds(seconds):
    summary = summarise(seconds)

    assert summary.count == len(seconds)
    assert summary.p50_ms <= summary.p95_ms <= summary.p99_ms <= summary.max_ms
    assert summary.max_ms == round(seconds[-1] * 1000, 3)
    assert len(summary.curve_ms) == 101
    assert summary.curve_ms == sorted(summary.curve_ms)


def test_nothing_measured_is_a_summary_too():
    assert summarise([]).p50_ms is None


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        ({100: True, 200: True, 400: False, 300: True}, 300),
        ({100: False}, None),
        ({100: True}, 100),
        ({100: True, 200: False, 400: True}, 100),
        ({}, None),
    ],
)
def test_the_highest_rate_is_below_the_first_failure(passed, expected):
    assert highest_passing(list(passed), list(passed.values())) == expected


def test_the_search_doubles_then_halves_the_gap():
    assert next_rate(100, None) == 200
    assert next_rate(200, 400) == 300
    assert next_rate(0, 100) == 50
