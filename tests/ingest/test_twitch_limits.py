"""How fast Twitch is asked for anything."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_ingest.network.backoff import Backoff
from ishowtts_ingest.twitch.joins import LONGEST_PAUSE_S, Joins
from ishowtts_ingest.twitch.limits import Gate, Turnstile


@given(st.lists(st.floats(0, 30), max_size=80), st.integers(1, 20))
@settings(deadline=None)
def test_no_stretch_of_time_has_more_turns_than_allowed(pauses: list[float], count: int) -> None:
    turnstile, now, turns = Turnstile(count, 10.0), 0.0, list[float]()
    for pause in pauses:
        now += pause
        turns.append(turnstile.reserve(now))
        assert turns[-1] >= now
    assert turns == sorted(turns)
    for first, last in zip(turns, turns[count:], strict=False):
        assert last - first >= 10.0 - 1e-6


def test_whoever_asks_seldom_never_waits() -> None:
    turnstile = Turnstile(20, 10.5)
    assert [turnstile.reserve(0.0) for _ in range(21)] == [0.0] * 20 + [10.5]
    assert turnstile.reserve(100.0) == 100.0


async def test_a_gate_is_passed_in_the_order_of_asking() -> None:
    now, naps, passed = 5.0, list[float](), list[int]()

    async def sleep(seconds: float) -> None:
        naps.append(seconds)

    gate = Gate(Turnstile(2, 10.0), clock=lambda: now, sleep=sleep)

    async def ask(number: int) -> None:
        await gate.pass_through()
        passed.append(number)

    await asyncio.gather(*(ask(number) for number in range(5)))
    assert passed == [0, 1, 2, 3, 4]
    assert naps == [10.0, 10.0, 20.0]


def test_pauses_double_to_a_bound_are_jittered_and_begin_anew() -> None:
    backoff = Backoff(0.5, 30.0, jitter=lambda: 1.0)
    assert [backoff.next_s() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    backoff.reset()
    assert backoff.next_s() == 0.5
    assert Backoff(0.5, 30.0, jitter=lambda: 0.0).next_s() == 0.25


def test_channels_are_asked_for_in_order_and_once() -> None:
    joins = Joins(15.0)
    joins.want("a", 0.0)
    joins.want("b", 1.0)
    assert joins.next_due(1.0) == "a"
    joins.sent("a", 1.0)
    assert joins.next_due(1.0) == "b"
    joins.sent("b", 1.0)
    assert joins.next_due(2.0) is None
    assert joins.wait_s(2.0) == 14.0
    joins.settle("a")
    joins.settle("b")
    assert joins.next_due(1e9) is None
    assert joins.wait_s(0.0) is None


def test_a_channel_without_an_answer_is_asked_for_ever_more_seldom() -> None:
    joins, now, pauses = Joins(15.0), 0.0, list[float]()
    joins.want("a", now)
    assert not joins.is_unanswered("a")
    for _ in range(9):
        assert joins.next_due(now) == "a"
        joins.sent("a", now)
        assert joins.is_unanswered("a")
        pauses.append(joins.wait_s(now) or 0.0)
        now += pauses[-1]
    assert pauses == [15, 30, 60, 120, 240, 480, *[LONGEST_PAUSE_S] * 3]
    joins.want("a", now)
    assert joins.next_due(now) == "a"
    assert not joins.is_unanswered("a"), "a new wish begins anew"


def test_a_refused_channel_waits_long_and_is_not_called_silent() -> None:
    joins = Joins(15.0)
    joins.want("a", 0.0)
    joins.sent("a", 0.0)
    joins.postpone("a", 1.0)
    assert joins.wait_s(1.0) == LONGEST_PAUSE_S
    assert not joins.is_unanswered("a")


def test_the_first_answers_are_waited_for_and_no_others() -> None:
    joins = Joins(15.0)
    for name in "abc":
        joins.want(name, 0.0)
    assert joins.waiting
    for name in "abc":
        joins.sent(name, 0.0)
    joins.settle("a")
    joins.postpone("b", 1.0)
    assert joins.waiting, "c may still be answered"
    joins.sent("c", 15.0)
    assert not joins.waiting


def test_what_is_not_wanted_is_not_asked_for() -> None:
    joins = Joins(15.0)
    joins.sent("a", 0.0)
    joins.postpone("a", 0.0)
    assert joins.next_due(1e9) is None
    assert "a" not in joins
