"""What cannot be heard in time is shed at once; a pause makes nobody older."""

import pytest

from ishowtts_filter.actions import Ask, Paused
from ishowtts_filter.settings.queue import QueueSettings
from ishowtts_filter.utterance import Ended
from tests.filter.fakes import utterance
from tests.filter.test_dispatch import Stage, asked, outcomes

LINE = "x" * 60  # 4.3 s
PACED = QueueSettings(lead_s=5, rate_limit_per_sec=0, capacity=1000)


def test_what_would_be_heard_too_late_is_shed_and_told_why() -> None:
    stage = Stage(PACED, slots=0)
    ones = [stage.submit(text=LINE, expires_at=stage.now + 60) for _ in range(20)]
    ends = stage.poll(Ended)
    assert outcomes(ends) == [(one.id, "shed") for one in ones[14:]]
    assert ends[0].reason == "60 s of speech are ahead of it, and it may wait 60 s"


def test_the_players_backlog_counts() -> None:
    stage = Stage(PACED, slots=0)
    stage.dispatcher.on_playback("main", 100.0, stage.now, paused=False)
    late = stage.submit(expires_at=stage.now + 60)
    other_room = stage.submit(room="other", expires_at=stage.now + 60)
    assert outcomes(stage.poll(Ended)) == [(late.id, "shed")]
    stage.now += 41
    in_time = stage.submit(expires_at=stage.now + 60)
    assert stage.poll(Ended) == []
    waiting = stage.dispatcher.snapshot(stage.now)["waiting"]
    assert {one["utterance_id"] for one in waiting} == {other_room.id, in_time.id}


def test_what_was_paid_for_is_admitted_always_and_goes_first() -> None:
    stage = Stage(PACED, slots=0)
    for _ in range(30):
        stage.submit(text=LINE, expires_at=stage.now + 60)
    stage.poll(Ended)
    paid = [stage.submit(text=LINE, priority="paid", expires_at=stage.now + 600) for _ in range(30)]
    assert stage.poll(Ended) == []
    free = stage.submit(expires_at=stage.now + 60)
    assert outcomes(stage.poll(Ended)) == [(free.id, "shed")], "paid ones are ahead of it"
    stage.add_synth(slots=1)
    assert asked(stage.poll(Ask)) == [paid[0].id]


def test_a_flood_by_one_author_does_not_shed_another() -> None:
    stage = Stage(PACED, slots=0)
    for _ in range(50):
        stage.submit(text=LINE, author="spammer", expires_at=stage.now + 60)
    stage.poll(Ended)
    quiet = stage.submit(text=LINE, author="quiet", expires_at=stage.now + 60)
    assert stage.poll(Ended) == []
    stage.add_synth(slots=1)
    stage.poll(Ask)
    waiting = stage.dispatcher.snapshot(stage.now)["waiting"]
    assert quiet.id in [one["utterance_id"] for one in waiting]
    for number in range(14):
        stage.submit(text=LINE, author=f"another {number}", expires_at=stage.now + 60)
    ends = stage.poll(Ended)
    assert {end.outcome for end in ends} == {"shed"}, "one of each author is too much as well"
    assert quiet.id not in {end.utterance.id for end in ends}


def test_without_pacing_nothing_is_known_of_lateness() -> None:
    stage = Stage(QueueSettings(lead_s=0, rate_limit_per_sec=0, capacity=1000), slots=0)
    for _ in range(500):
        stage.submit(text=LINE, expires_at=stage.now + 60)
    assert stage.poll(Ended) == []


def test_what_came_too_late_has_expired_and_was_not_shed() -> None:
    stage = Stage(PACED)
    stage.dispatcher.on_playback("main", 100.0, stage.now, paused=False)
    late = stage.submit(expires_at=stage.now - 1)
    assert outcomes(stage.poll(Ended)) == [(late.id, "expired")]


@pytest.mark.parametrize("lead_s", [0.0, 3.0])
def test_nothing_grows_older_while_its_room_is_paused(lead_s: float) -> None:
    stage = Stage(QueueSettings(lead_s=lead_s, rate_limit_per_sec=0), slots=0)
    stage.dispatcher.pause("main", stage.now, paused=True)
    before = stage.submit(expires_at=stage.now + 10)
    assert stage.poll(Ended, after_s=100) == []
    during = stage.submit(expires_at=stage.now + 10)
    elsewhere = stage.submit(room="other", expires_at=stage.now + 10)
    stage.now += 100
    stage.dispatcher.pause("main", stage.now, paused=False)
    assert outcomes(stage.poll(Ended)) == [(elsewhere.id, "expired")]
    assert stage.poll(Ended, after_s=9.7) == []
    ends = stage.poll(Ended, after_s=0.6)
    assert sorted(outcomes(ends)) == sorted([(before.id, "expired"), (during.id, "expired")])


def test_after_a_pause_a_request_may_be_spoken_as_long_as_it_had_left() -> None:
    stage = Stage(QueueSettings(lead_s=0, rate_limit_per_sec=0), slots=1)
    stage.dispatcher.pause("main", stage.now, paused=True)
    stage.submit(expires_at=stage.now + 10)
    stage.now += 100
    stage.dispatcher.pause("main", stage.now, paused=False)
    (ask,) = stage.poll(Ask)
    assert ask.utterance.expires_at == pytest.approx(stage.now + 10)


def test_a_pause_is_said_once_to_be_written_down() -> None:
    stage = Stage(PACED)
    for paused in (False, True, True, False):
        stage.dispatcher.on_playback("main", 0.0, stage.now, paused=paused)
        stage.dispatcher.pause("main", stage.now, paused=paused)
    assert stage.poll(Paused) == [Paused("main", True), Paused("main", False)]


def test_a_message_whose_row_is_being_written_can_be_called_off() -> None:
    stage = Stage(PACED)
    doomed, spared = utterance(expires_at=stage.now + 60), utterance(expires_at=stage.now + 60)
    for one in (doomed, spared):
        stage.dispatcher.expect(one)
    stage.dispatcher.cancel(lambda one: one.id == doomed.id, "removed", stage.now)
    assert stage.poll(Ended) == [], "it is not accepted yet"
    for one in (doomed, spared):
        stage.dispatcher.submit(one, stage.now)
    actions = stage.dispatcher.poll(stage.now)
    assert [type(action) for action in actions] == [Ended, Ask]
    assert actions[0] == Ended(doomed, "cancelled", "removed")
