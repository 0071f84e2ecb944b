"""Rate limit and playback backlog of a room."""

import pytest

from ishowtts_filter.flights.pace import MAX_ROOMS, Paces, RoomPace

INF = float("inf")


def test_a_burst_is_spaced_by_the_rate() -> None:
    pace = RoomPace()
    assert pace.ready_at(100.0, 0) <= 100.0
    pace.ask(1.0, 0.1, 100.0)
    assert pace.ready_at(100.0, 0) == pytest.approx(100.1)
    pace.ask(1.0, 0.1, 100.1)
    assert pace.ready_at(100.1, 0) == pytest.approx(100.2)


def test_speech_is_prepared_up_to_the_lead() -> None:
    pace = RoomPace()
    pace.ask(3.0, 0, 0.0)
    assert pace.ready_at(0.0, 5.0) <= 0.0
    pace.ask(3.0, 0, 0.0)
    assert pace.backlog_s(0.0) == 6.0
    assert pace.ready_at(0.0, 5.0) == INF, "what is not yet spoken does not drain"
    pace.settle(3.0, 4.0, 0.0)
    pace.settle(3.0, 2.0, 0.0)
    assert pace.ready_at(0.0, 5.0) == pytest.approx(1.0, abs=0.01)
    assert pace.ready_at(1.01, 5.0) <= 1.01


def test_the_backlog_drains_in_real_time_unless_paused() -> None:
    pace = RoomPace()
    pace.settle(0, 10.0, 0.0)
    assert pace.backlog_s(4.0) == 6.0
    pace.pause(4.0, paused=True)
    assert pace.backlog_s(100.0) == 6.0
    assert pace.ready_at(100.0, 5.0) == INF
    pace.pause(100.0, paused=False)
    assert pace.backlog_s(102.0) == 4.0
    assert pace.ready_at(102.0, 5.0) <= 102.0


def test_while_paused_the_lead_is_still_filled() -> None:
    pace = RoomPace()
    pace.pause(0.0, paused=True)
    assert pace.ready_at(0.0, 5.0) <= 0.0
    assert pace.ready_at(0.0, 0.0) == INF, "without a limit a pause stops everything"


def test_the_player_knows_better_than_the_estimate() -> None:
    pace = RoomPace()
    pace.settle(0, 10.0, 0.0)
    pace.measure(1.5, 0.0, paused=False)
    assert pace.backlog_s(0.0) == 1.5
    pace.measure(1.5, 0.0, paused=True)
    assert pace.backlog_s(60.0) == 1.5


def test_rooms_are_bounded() -> None:
    paces = Paces()
    for number in range(MAX_ROOMS + 10):
        paces[f"room-{number}"].pause(0.0, paused=True)
    assert len(paces.items()) == MAX_ROOMS
    assert paces[f"room-{MAX_ROOMS}"].paused
