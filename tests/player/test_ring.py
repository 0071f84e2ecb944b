import pytest

from ishowtts_player.rooms.ring import ResumeRing
from ishowtts_player.settings.stream import StreamSettings
from tests.player.clock import HandClock

EVENT_BYTES = 100


def numbers(ring: ResumeRing, after: int) -> list[int] | None:
    entries = ring.since(f"e-{after}")
    return None if entries is None else [int(entry.data) for entry in entries]


def filled(count: int, clock: HandClock | None = None, **limits) -> ResumeRing:
    ring = ResumeRing("e", StreamSettings(**limits), clock or HandClock())
    for number in range(1, count + 1):
        assert ring.next_id == f"e-{number}"
        ring.append(str(number).encode().ljust(EVENT_BYTES))
    return ring


def test_a_listener_gets_what_came_after_its_last_event():
    ring = filled(5)
    assert numbers(ring, 3) == [4, 5]
    assert numbers(ring, 5) == []
    assert numbers(ring, 0) == [1, 2, 3, 4, 5]


def test_an_event_that_never_was_cannot_be_resumed_from():
    assert numbers(filled(5), 6) is None


@pytest.mark.parametrize(
    "other",
    [None, "", "3", "-3", "e-", "e-x", "e--1", "e-²", "f-3", f"e-{10**18}", f"e-{'9' * 5000}"],
)
def test_an_id_that_is_none_of_this_bridge_resumes_nothing(other):
    assert filled(5).since(other) is None


def test_a_gap_is_never_papered_over():
    ring = filled(10, ring_events=4)
    assert numbers(ring, 6) == [7, 8, 9, 10]
    assert numbers(ring, 5) is None


def test_bytes_are_bounded():
    ring = filled(50, ring_bytes=1024)
    assert sum(len(entry.data) for entry in ring) <= 1024
    assert numbers(ring, 40) == list(range(41, 51))
    assert numbers(ring, 30) is None


def test_one_event_larger_than_the_ring_leaves_it_empty():
    ring = filled(1, ring_bytes=1024)
    ring.append(bytes(2000))
    assert numbers(ring, 1) is None
    assert numbers(ring, 2) == []


def test_old_events_are_forgotten():
    clock = HandClock()
    ring = filled(3, clock, ring_age_s=60)
    clock.pass_s(59)
    ring.append(b"4")
    assert numbers(ring, 0) == [1, 2, 3, 4]
    clock.pass_s(2)
    assert numbers(ring, 0) is None
    assert numbers(ring, 3) == [4]
