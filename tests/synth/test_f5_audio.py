"""Joining clauses and finding silence: arithmetic on samples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_synth.f5.crossfade import CrossFade
from ishowtts_synth.f5.silence import Samples, shorten_pauses, trim_edges

RATE_HZ = 24_000


def tone(seconds: float, level: float = 0.3) -> Samples:
    at = np.arange(round(seconds * RATE_HZ))
    return (level * np.sin(2 * np.pi * 440 * at / RATE_HZ)).astype(np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), np.float32)


def joined(clauses: list[Samples], overlap: int) -> list[Samples]:
    fade = CrossFade(overlap)
    return [fade.push(one, last=one is clauses[-1]) for one in clauses]


def all_at_the_end(clauses: list[Samples], overlap: int) -> Samples:
    """What stock does, when it has everything."""
    whole = clauses[0]
    for after in clauses[1:]:
        shared = min(overlap, len(whole), len(after))
        if not shared:
            whole = np.concatenate([whole, after])
            continue
        ramp = np.linspace(0, 1, shared)
        meeting = whole[-shared:] * np.linspace(1, 0, shared) + after[:shared] * ramp
        whole = np.concatenate([whole[:-shared], meeting.astype(np.float32), after[shared:]])
    return whole


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6), st.integers(0, 40), st.integers(0, 9))
@settings(deadline=None, max_examples=150)
def test_clauses_joined_one_by_one_are_what_stock_joins_at_the_end(
    lengths: list[int], overlap: int, seed: int
):
    chance = np.random.default_rng(seed)
    clauses = [chance.uniform(-1, 1, length).astype(np.float32) for length in lengths]
    pieces = joined(clauses, overlap)
    assert np.allclose(np.concatenate(pieces), all_at_the_end(clauses, overlap), atol=1e-6)


def test_all_but_the_overlap_can_be_heard_before_there_is_a_next_clause():
    first, second = joined([tone(1.0), tone(1.0)], 3600)
    assert len(first) == RATE_HZ - 3600
    assert len(second) == RATE_HZ


def test_a_join_has_no_step_louder_than_the_sound_itself():
    steady = np.full(RATE_HZ, 0.5, np.float32)
    heard = np.concatenate(joined([steady, -steady], 3600))
    assert np.abs(np.diff(heard)).max() < 0.001


def test_silence_at_the_ends_is_cut_off():
    heard = trim_edges(np.concatenate([silence(0.5), tone(1.0), silence(0.7)]), RATE_HZ)
    assert len(heard) == RATE_HZ
    assert not len(trim_edges(silence(1.0), RATE_HZ))
    assert not len(trim_edges(silence(0.0), RATE_HZ))


def test_noise_below_the_threshold_is_silence():
    assert not len(trim_edges(tone(1.0, 0.005), RATE_HZ))


def test_a_long_pause_is_cut_to_a_second_and_a_short_one_is_kept():
    speech = [tone(1.0), silence(3.0), tone(1.0), silence(0.9), tone(1.0)]
    heard = shorten_pauses(np.concatenate(speech), RATE_HZ)
    assert len(heard) / RATE_HZ == pytest.approx(4.9, abs=0.03)


def test_half_a_second_of_silence_is_left_at_the_ends():
    heard = shorten_pauses(np.concatenate([silence(2), tone(1.0), silence(2)]), RATE_HZ)
    assert len(heard) / RATE_HZ == pytest.approx(2.0, abs=0.03)
