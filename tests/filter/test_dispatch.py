"""Dispatch with a fake clock: slots, lead, retries, and one end for every utterance."""

from collections.abc import Iterator
from typing import TypeVar

import pytest

from ishowtts_filter.actions import Action, Ask, Cancel, Reasked
from ishowtts_filter.dispatch.dispatcher import Dispatcher
from ishowtts_filter.flights.synths import SynthTable
from ishowtts_filter.settings.queue import QueueSettings
from ishowtts_filter.utterance import Ended, Utterance
from ishowtts_schemas import FailureCode, SpeechDone, SpeechFailed, SpeechTaken
from tests.filter.fakes import synth_info, synth_state, utterance

A = TypeVar("A", Ask, Cancel, Ended, Reasked)

UNLIMITED = QueueSettings(lead_s=0, rate_limit_per_sec=0)


class Stage:
    """A dispatcher, its clock, and everything that it wanted done."""

    def __init__(self, settings: QueueSettings = UNLIMITED, *, slots: int = 2) -> None:
        self.dispatcher = Dispatcher(settings, SynthTable())
        self.now = 100.0
        self.online = True
        self.done: list[Action] = []
        if slots:
            self.add_synth(slots=slots)

    def add_synth(self, instance: str = "1", engine: str = "espeak", **facts: int) -> None:
        self.dispatcher.on_synth_info(synth_info(instance, engine, **facts))
        incarnation = facts.get("incarnation", 1)
        self.synth_health("ready", instance, incarnation)

    def synth_health(self, health: str, instance: str = "1", incarnation: int = 1) -> None:
        state = synth_state(instance, health, incarnation)  # type: ignore[arg-type]
        self.dispatcher.on_synth_state(state, self.now)

    def submit(self, **fields: object) -> Utterance:
        fields.setdefault("expires_at", self.now + 60)
        one = utterance(**fields)  # type: ignore[arg-type]
        self.dispatcher.submit(one, self.now)
        return one

    def take(self, one: Utterance, attempt: int = 1, instance: str = "1") -> None:
        taken = SpeechTaken(utterance_id=one.id, attempt=attempt, instance=instance, incarnation=1)
        self.dispatcher.on_taken(taken, self.now)

    def finish(
        self,
        one: Utterance,
        attempt: int = 1,
        audio_s: float = 1.0,
        synth_s: float = 0.001,
        **fields: str,
    ) -> None:
        done = SpeechDone(
            utterance_id=one.id,
            attempt=attempt,
            instance="1",
            outcome=fields.get("outcome", "done"),  # type: ignore[arg-type]
            audio_ms=audio_s * 1000,
            synth_ms=synth_s * 1000,
        )
        self.dispatcher.on_done(done, self.now)

    def fail(self, one: Utterance, code: FailureCode, *, retryable: bool, attempt: int = 1) -> None:
        failed = SpeechFailed(
            utterance_id=one.id, attempt=attempt, code=code, text="why", retryable=retryable
        )
        self.dispatcher.on_failed(failed, self.now)

    def poll(self, kind: type[A], after_s: float = 0.0) -> list[A]:
        """Let time pass, and return the new actions of a kind."""
        self.now += after_s
        actions = self.dispatcher.poll(self.now, online=self.online)
        self.done += actions
        return [action for action in actions if isinstance(action, kind)]

    def run(self, seconds: float) -> Iterator[Action]:
        """Follow `next_wake` for some time, as the node does."""
        end = self.now + seconds
        for _ in range(10_000):
            yield from self.dispatcher.poll(self.now, online=self.online)
            wake = self.dispatcher.next_wake(self.now)
            if wake is None or wake > end:
                break
            self.now = max(self.now, wake)
        else:
            raise AssertionError("it wakes up without end")
        self.now = end


def asked(asks: list[Ask]) -> list[str]:
    return [ask.utterance.id for ask in asks]


def outcomes(ends: list[Ended]) -> list[tuple[str, str]]:
    return [(end.utterance.id, end.outcome) for end in ends]


def test_no_more_is_asked_for_than_there_are_slots() -> None:
    stage = Stage(slots=2)
    ones = [stage.submit() for _ in range(4)]
    assert asked(stage.poll(Ask)) == [ones[0].id, ones[1].id]
    stage.take(ones[0])
    stage.finish(ones[0])
    assert asked(stage.poll(Ask)) == [ones[2].id]
    assert stage.dispatcher.in_flight == 2


def test_priority_holds_until_a_slot_is_free() -> None:
    stage = Stage(slots=1)
    first, normal = stage.submit(), stage.submit()
    stage.poll(Ask)
    paid = stage.submit(priority="paid")
    stage.finish(first)
    assert asked(stage.poll(Ask)) == [paid.id]
    stage.finish(paid)
    assert asked(stage.poll(Ask)) == [normal.id]


def test_nothing_is_asked_for_before_a_synth_is_ready() -> None:
    stage = Stage(slots=0)
    one = stage.submit()
    assert stage.poll(Ask) == []
    stage.dispatcher.on_synth_info(synth_info())
    assert stage.poll(Ask) == []
    stage.synth_health("ready")
    (ask,) = stage.poll(Ask)
    assert ask == Ask(one, "espeak", "en", 1, one.spoken)


def test_spoken_is_the_end_of_what_was_done() -> None:
    stage = Stage()
    one = stage.submit()
    stage.poll(Ask)
    stage.take(one)
    stage.finish(one)
    assert outcomes(stage.poll(Ended)) == [(one.id, "spoken")]
    stage.finish(one)
    assert stage.poll(Ended) == []
    assert stage.dispatcher.next_wake(stage.now) is None


def test_a_room_gets_no_more_than_its_lead() -> None:
    stage = Stage(QueueSettings(lead_s=5, rate_limit_per_sec=0), slots=10)
    ones = [stage.submit(text="x" * 60) for _ in range(5)]
    assert len(stage.poll(Ask)) == 2, "4.3 s each: the second begins below 5 s"
    for one in ones[:2]:
        stage.take(one)
        stage.finish(one, audio_s=4.3)
    assert stage.poll(Ask) == []
    wake = stage.dispatcher.next_wake(stage.now)
    assert wake is not None
    assert wake <= stage.now + 3.61
    assert stage.poll(Ask, after_s=3.5) == []
    assert asked(stage.poll(Ask, after_s=0.2)) == [ones[2].id]


def test_one_rooms_lead_does_not_hold_up_another() -> None:
    stage = Stage(QueueSettings(lead_s=1, rate_limit_per_sec=0), slots=10)
    for _ in range(3):
        stage.submit(room="a", text="x" * 60)
    stage.submit(room="b", text="x" * 60)
    assert [ask.utterance.room for ask in stage.poll(Ask)] == ["a", "b"]


def test_the_player_steers_what_is_asked_for() -> None:
    stage = Stage(QueueSettings(lead_s=5, rate_limit_per_sec=0), slots=10)
    stage.dispatcher.on_playback("main", 20.0, stage.now, paused=False)
    stage.submit()
    assert stage.poll(Ask) == []
    assert stage.poll(Ask, after_s=14.9) == []
    assert len(stage.poll(Ask, after_s=0.2)) == 1


def test_a_paused_room_is_prepared_up_to_the_lead_and_goes_on_after() -> None:
    stage = Stage(QueueSettings(lead_s=3, rate_limit_per_sec=0), slots=10)
    stage.dispatcher.pause("main", stage.now, paused=True)
    ones = [stage.submit(text="x" * 60) for _ in range(3)]
    assert asked(stage.poll(Ask)) == [ones[0].id]
    stage.finish(ones[0], audio_s=4.3)
    assert stage.poll(Ask, after_s=30) == []
    stage.dispatcher.pause("main", stage.now, paused=False)
    assert stage.poll(Ask, after_s=1) == []
    assert asked(stage.poll(Ask, after_s=0.5)) == [ones[1].id]


def test_a_burst_is_smoothed_per_room() -> None:
    stage = Stage(QueueSettings(lead_s=0, rate_limit_per_sec=10), slots=100)
    for _ in range(5):
        stage.submit(room="a")
    stage.submit(room="b")
    times = [
        (round(stage.now - 100, 2), action.utterance.room)
        for action in stage.run(1.0)
        if isinstance(action, Ask)
    ]
    assert sorted(times) == [(0.0, "a"), (0.0, "b"), (0.1, "a"), (0.2, "a"), (0.3, "a"), (0.4, "a")]


def test_nothing_starts_after_its_time_to_live() -> None:
    stage = Stage(slots=1)
    busy = stage.submit()
    stage.poll(Ask)
    stage.take(busy)
    late = stage.submit(expires_at=stage.now + 5)
    assert outcomes([a for a in stage.run(5.3) if isinstance(a, Ended)]) == [(late.id, "expired")]
    stage.submit(expires_at=stage.now)
    stage.finish(busy)
    assert stage.poll(Ask) == []


def test_what_a_dead_synth_had_is_asked_for_again() -> None:
    stage = Stage(slots=1)
    one = stage.submit()
    stage.poll(Ask)
    stage.take(one)
    stage.synth_health("offline")
    assert stage.poll(Ask) == [], "nobody there"
    stage.add_synth("2")
    assert stage.poll(Ask) == [Ask(one, "espeak", "en", 2, one.spoken)]
    stage.finish(one, attempt=2)
    assert outcomes(stage.poll(Ended)) == [(one.id, "spoken")]


def test_a_synth_that_came_back_is_another_one() -> None:
    stage = Stage(slots=1)
    one = stage.submit()
    stage.poll(Ask)
    stage.take(one)
    stage.add_synth(incarnation=2)
    assert [ask.attempt for ask in stage.poll(Ask)] == [2]


def test_a_late_will_of_an_earlier_incarnation_loses_nothing() -> None:
    stage = Stage(slots=1)
    one = stage.submit()
    stage.poll(Ask)
    stage.take(one)
    stage.synth_health("offline", incarnation=0)
    assert stage.poll(Ask) == []
    stage.finish(one)
    assert outcomes(stage.poll(Ended)) == [(one.id, "spoken")]


def test_three_attempts_and_it_has_failed() -> None:
    stage = Stage(slots=1)
    one = stage.submit()
    for attempt in (1, 2, 3):
        assert [ask.attempt for ask in stage.poll(Ask)] == [attempt]
        stage.take(one, attempt)
        stage.fail(one, "engine_error", retryable=True, attempt=attempt)
    (end,) = stage.poll(Ended)
    assert (end.outcome, end.reason) == ("failed", "why (3 attempts)")
    assert stage.dispatcher.in_flight == 0


def test_what_cannot_succeed_fails_at_once() -> None:
    stage = Stage(slots=1)
    one = stage.submit()
    stage.poll(Ask)
    stage.fail(one, "bad_request", retryable=False)
    (end,) = stage.poll(Ended)
    assert (end.outcome, end.reason) == ("failed", "why")


def test_a_synth_may_find_it_too_late() -> None:
    stage = Stage(slots=1)
    one = stage.submit()
    stage.poll(Ask)
    stage.fail(one, "expired", retryable=False)
    assert outcomes(stage.poll(Ended)) == [(one.id, "expired")]


def test_an_overloaded_synth_is_asked_later_and_blamed_for_nothing() -> None:
    stage = Stage(slots=1)
    one = stage.submit()
    stage.poll(Ask)
    for _ in range(10):
        stage.fail(one, "overloaded", retryable=True)
        assert stage.poll(Ask) == []
        assert [ask.attempt for ask in stage.poll(Ask, after_s=0.6)] == [1]


def test_what_nobody_took_is_called_off_and_asked_for_again() -> None:
    stage = Stage(slots=1)
    one = stage.submit()
    stage.poll(Ask)
    assert stage.poll(Ask, after_s=1.9) == []
    assert stage.poll(Ask, after_s=0.2) == [Ask(one, "espeak", "en", 2, one.spoken)]
    assert [a.attempt for a in stage.done if isinstance(a, Cancel)] == [1], "it may come late"
    stage.take(one, 2)
    assert stage.poll(Ask, after_s=2.5) == []


def test_requests_that_nobody_took_are_no_failures() -> None:
    stage = Stage(slots=1)
    one = stage.submit()
    for _ in range(6):
        stage.poll(Ask, after_s=2.1)
    stage.take(one, 6)
    stage.finish(one, 6)
    assert outcomes(stage.poll(Ended)) == [(one.id, "spoken")]


def test_what_nobody_takes_in_time_expires_and_is_called_off() -> None:
    stage = Stage(slots=1)
    one = stage.submit(expires_at=stage.now + 5)
    actions = list(stage.run(10))
    assert [type(action) for action in actions].count(Ask) == 3
    assert Cancel(one.id, "espeak", "no synth took it in time") in actions
    assert outcomes([a for a in actions if isinstance(a, Ended)]) == [(one.id, "expired")]


def test_a_synth_that_hangs_is_given_up() -> None:
    stage = Stage(slots=1)
    one = stage.submit()
    stage.poll(Ask)
    stage.take(one)
    assert stage.poll(Ask, after_s=4.9) == []
    assert stage.poll(Ask, after_s=0.2) == [Ask(one, "espeak", "en", 2, one.spoken)]
    stage.take(one, 2)
    stage.poll(Ask, after_s=5.1)
    stage.take(one, 3)
    stage.poll(Ask, after_s=5.1)
    assert outcomes([a for a in stage.done if isinstance(a, Ended)]) == [(one.id, "failed")]
    cancels = [a for a in stage.done if isinstance(a, Cancel)]
    assert [(a.utterance_id, a.attempt) for a in cancels] == [
        (one.id, 1),
        (one.id, 2),
        (one.id, None),
    ]


def test_the_next_attempt_speaks_although_the_hanging_one_is_called_off() -> None:
    stage = Stage(slots=1)
    one = stage.submit()
    stage.poll(Ask)
    stage.take(one)
    stage.poll(Ask, after_s=5.1)
    stage.finish(one, attempt=1, outcome="cancelled")
    stage.take(one, 2)
    stage.finish(one, attempt=2)
    assert outcomes([a for a in stage.done if isinstance(a, Ended)]) == []
    assert outcomes(stage.poll(Ended)) == [(one.id, "spoken")]


def test_a_synth_is_given_time_for_all_that_it_has() -> None:
    stage = Stage(slots=4)
    ones = [stage.submit(text="x" * 60) for _ in range(4)]
    stage.poll(Ask)
    for one in ones:
        stage.take(one)
    assert stage.poll(Cancel, after_s=12) == [], "4.3 s each, three times that is allowed"
    assert [a.utterance_id for a in stage.poll(Cancel, after_s=2)] == [ones[0].id]
    stage.take(ones[0], 2)
    assert stage.poll(Cancel, after_s=11) == []
    assert [a.utterance_id for a in stage.poll(Cancel, after_s=2)] == [ones[1].id]


def test_how_long_a_synth_may_take_is_learned_from_it() -> None:
    stage = Stage(slots=1)
    for _ in range(30):
        one = stage.submit(text="x" * 60)
        stage.poll(Ask)
        stage.take(one)
        stage.finish(one, audio_s=4.3, synth_s=12.9)
    one = stage.submit(text="x" * 60)
    stage.poll(Ask)
    stage.take(one)
    assert stage.poll(Cancel, after_s=37) == [], "three times real time, and three times that"
    assert [a.utterance_id for a in stage.poll(Cancel, after_s=3)] == [one.id]


def test_a_hanging_synth_that_finishes_after_all_has_spoken() -> None:
    stage = Stage(slots=2)
    one = stage.submit()
    stage.poll(Ask)
    stage.take(one)
    stage.poll(Ask, after_s=11)
    stage.finish(one, attempt=1)
    assert outcomes(stage.poll(Ended)) == [(one.id, "spoken")]


def test_cancel_reaches_what_waits_and_what_is_being_spoken() -> None:
    stage = Stage(slots=1)
    speaking, waiting = stage.submit(), stage.submit()
    stage.poll(Ask)
    stage.take(speaking)
    stage.dispatcher.cancel(lambda one: one.author_id == "ann", "removed", stage.now)
    actions = stage.dispatcher.poll(stage.now)
    assert Cancel(speaking.id, "espeak", "removed") in actions
    ends = [action for action in actions if isinstance(action, Ended)]
    assert sorted(outcomes(ends)) == sorted([(speaking.id, "cancelled"), (waiting.id, "cancelled")])
    stage.finish(speaking, outcome="cancelled")
    assert stage.poll(Ended) == []


def test_the_slot_of_a_cancelled_utterance_is_free_when_its_synth_says_so() -> None:
    stage = Stage(slots=1)
    one, other = stage.submit(), stage.submit()
    stage.poll(Ask)
    stage.take(one)
    stage.dispatcher.cancel(lambda u: u.id == one.id, "skipped", stage.now)
    assert stage.poll(Ask) == []
    stage.finish(one, outcome="cancelled")
    assert asked(stage.poll(Ask)) == [other.id]


def test_a_synth_that_does_not_confirm_a_cancel_frees_its_slot_all_the_same() -> None:
    stage = Stage(slots=1)
    one, other = stage.submit(), stage.submit()
    stage.poll(Ask)
    stage.dispatcher.cancel(lambda u: u.id == one.id, "skipped", stage.now)
    assert stage.poll(Ask) == []
    assert asked(stage.poll(Ask, after_s=2.1)) == [other.id]


def test_a_cancel_that_overtook_its_request_is_said_again() -> None:
    stage = Stage(slots=1)
    one = stage.submit()
    stage.poll(Ask)
    stage.dispatcher.cancel(lambda u: u.id == one.id, "skipped", stage.now)
    stage.poll(Cancel)
    stage.take(one)
    assert [cancel.utterance_id for cancel in stage.poll(Cancel)] == [one.id]


def test_clear_ends_a_room_and_only_that() -> None:
    stage = Stage(slots=1)
    speaking, waiting = stage.submit(room="a"), stage.submit(room="a")
    other = stage.submit(room="b")
    stage.poll(Ask)
    stage.dispatcher.clear("a", stage.now)
    assert sorted(outcomes(stage.poll(Ended))) == sorted(
        [(speaking.id, "cancelled"), (waiting.id, "cancelled")]
    )
    stage.finish(speaking, outcome="cancelled")
    assert asked(stage.poll(Ask)) == [other.id]


def test_somebody_elses_cancel_is_an_end_too() -> None:
    stage = Stage(slots=1)
    one = stage.submit()
    stage.poll(Ask)
    stage.take(one)
    stage.finish(one, outcome="cancelled")
    assert outcomes(stage.poll(Ended)) == [(one.id, "cancelled")]


def test_a_full_queue_sheds_and_says_so() -> None:
    stage = Stage(QueueSettings(capacity=2), slots=0)
    paid = stage.submit(priority="paid")
    shed = stage.submit()
    stage.submit(priority="paid")
    assert outcomes(stage.poll(Ended)) == [(shed.id, "shed")]
    assert paid.id in [u["utterance_id"] for u in stage.dispatcher.snapshot(stage.now)["waiting"]]


def test_without_a_broker_nobody_is_asked_or_blamed() -> None:
    stage = Stage(slots=2)
    one = stage.submit()
    stage.poll(Ask)
    stage.online = False
    waiting = stage.submit(expires_at=stage.now + 20)
    assert [a for a in stage.run(15) if isinstance(a, Ask)] == []
    stage.online = True
    assert asked(stage.poll(Ask)) == [waiting.id], "the first may still be answered"
    stage.finish(one)
    assert outcomes(stage.poll(Ended)) == [(one.id, "spoken")]


def test_a_voice_that_turns_out_not_to_exist_fails_and_says_why() -> None:
    stage = Stage(slots=0)
    one = stage.submit(voice="miao")
    stage.poll(Ended)
    stage.add_synth()
    (end,) = stage.poll(Ended)
    assert (end.utterance.id, end.outcome) == (one.id, "failed")
    assert end.reason == "no voice 'miao'; there are: cmn, en"


def test_a_wish_for_a_busy_engine_does_not_hold_up_the_others() -> None:
    stage = Stage(slots=1)
    stage.add_synth("2", "f5", slots=1)
    first = stage.submit(engine="f5", author="ann")
    second = stage.submit(engine="f5", author="bob")
    third = stage.submit(engine="espeak", author="cid")
    assert asked(stage.poll(Ask)) == [first.id, third.id]
    stage.finish(first)
    assert asked(stage.poll(Ask)) == [second.id]


def test_estimates_follow_what_the_engine_really_takes() -> None:
    stage = Stage(QueueSettings(lead_s=4, rate_limit_per_sec=0), slots=10)
    for _ in range(20):
        one = stage.submit(text="x" * 60, room="teacher")
        stage.poll(Ask)
        stage.finish(one, audio_s=1.0)
        stage.now += 10
    for _ in range(8):
        stage.submit(text="x" * 60)
    assert 4 <= len(stage.poll(Ask)) <= 5, "1 s each by now, 4.3 s at first sight"


@pytest.mark.parametrize("attempts", [1, 2])
def test_stopping_leaves_nothing_without_an_end(attempts: int) -> None:
    stage = Stage(slots=1)
    speaking, waiting = stage.submit(), stage.submit()
    stage.poll(Ask)
    stage.take(speaking)
    if attempts == 2:
        stage.synth_health("offline")
    stage.dispatcher.cancel_waiting("the filter stopped")
    stage.dispatcher.abandon("too late", stage.now)
    assert sorted(outcomes(stage.poll(Ended))) == sorted(
        [(speaking.id, "failed"), (waiting.id, "cancelled")]
    )
    assert stage.dispatcher.in_flight == 0
