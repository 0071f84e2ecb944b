"""Gauges of the dispatcher: fresh enough, exact when all is quiet, bounded."""

from ishowtts_bus import Counters
from ishowtts_filter.actions import Ask
from ishowtts_filter.gauges import INTERVAL_S, MAX_ROOMS, OTHERS, DispatchGauges
from tests.filter.test_dispatch import Stage


def test_gauges_follow_now_and_then_and_at_once_when_all_is_quiet() -> None:
    stage, counters = Stage(slots=0), Counters()
    gauges = DispatchGauges(counters, stage.dispatcher)
    stage.submit()
    gauges.show(stage.now)
    stage.submit()
    gauges.show(stage.now + INTERVAL_S / 2)
    assert counters.get("filter_queue_depth", room="main") == 1
    gauges.show(stage.now + INTERVAL_S)
    assert counters.get("filter_queue_depth", room="main") == 2
    stage.dispatcher.clear("main", stage.now)
    gauges.show(stage.now + INTERVAL_S)
    assert counters.get("filter_queue_depth", room="main") == 0


def test_what_synths_have_is_shown_until_the_last_is_done() -> None:
    stage, counters = Stage(slots=1), Counters()
    gauges = DispatchGauges(counters, stage.dispatcher)
    one = stage.submit()
    stage.poll(Ask)
    gauges.show(stage.now)
    assert counters.get("filter_in_flight") == 1
    stage.finish(one)
    gauges.show(stage.now)
    assert counters.get("filter_in_flight") == 0


def test_rooms_beyond_the_first_share_a_gauge() -> None:
    stage, counters = Stage(slots=0), Counters()
    for number in range(MAX_ROOMS + 7):
        stage.submit(room=f"room-{number}")
    DispatchGauges(counters, stage.dispatcher).show(stage.now)
    assert counters.get("filter_queue_depth", room="room-0") == 1
    assert counters.get("filter_queue_depth", room=OTHERS) == 7
