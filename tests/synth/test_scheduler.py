from dataclasses import dataclass

import pytest

from ishowtts_schemas import Priority
from ishowtts_synth.scheduler import NS, REMEMBER_COUNT, REMEMBER_S, Scheduler


@dataclass(frozen=True)
class Job:
    id: str
    attempt: int = 1
    priority: Priority = "normal"
    deadline_at_ns: int = 10 * NS

    @property
    def key(self) -> tuple[str, int]:
        return (self.id, self.attempt)


class Clock:
    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns

    def pass_s(self, seconds: float) -> None:
        self.now_ns += int(seconds * NS)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def scheduler(clock: Clock) -> Scheduler[Job]:
    return Scheduler(4, clock)


def taken(scheduler: Scheduler[Job]) -> list[str]:
    ids: list[str] = []
    while (job := scheduler.take()) is not None:
        ids.append(job.id)
    return ids


def test_the_urgent_go_first_and_equals_in_their_order(scheduler: Scheduler[Job]) -> None:
    for job in (Job("a"), Job("b"), Job("c", priority="paid"), Job("d", priority="interactive")):
        assert scheduler.add(job) == "queued"
    assert taken(scheduler) == ["d", "c", "a", "b"]


def test_a_full_queue_refuses_and_takes_the_same_job_later(scheduler: Scheduler[Job]) -> None:
    for number in range(4):
        scheduler.add(Job(str(number)))
    assert scheduler.add(Job("late")) == "overloaded"
    scheduler.take()
    assert scheduler.add(Job("late")) == "queued"


def test_past_its_deadline_it_is_not_started(scheduler: Scheduler[Job], clock: Clock) -> None:
    scheduler.add(Job("short", deadline_at_ns=1 * NS))
    scheduler.add(Job("long", deadline_at_ns=9 * NS))
    clock.pass_s(1)
    assert [job.id for job in scheduler.expire()] == ["short"]
    assert taken(scheduler) == ["long"]
    assert scheduler.add(Job("stale", deadline_at_ns=1 * NS)) == "expired"


def test_a_job_is_spoken_once_however_often_it_comes(scheduler: Scheduler[Job]) -> None:
    scheduler.add(Job("a"))
    assert scheduler.add(Job("a")) == "duplicate"
    scheduler.take()
    assert scheduler.add(Job("a")) == "duplicate"
    scheduler.end(("a", 1))
    assert scheduler.add(Job("a")) == "duplicate"
    assert scheduler.add(Job("a", attempt=2)) == "queued"


def test_what_waits_is_known_however_long(scheduler: Scheduler[Job], clock: Clock) -> None:
    scheduler.add(Job("a", deadline_at_ns=10_000 * NS))
    clock.pass_s(2 * REMEMBER_S)
    assert scheduler.add(Job("a", deadline_at_ns=10_000 * NS)) == "duplicate"


def test_cancel_removes_every_waiting_attempt(scheduler: Scheduler[Job]) -> None:
    for job in (Job("a"), Job("b"), Job("a", attempt=2)):
        scheduler.add(job)
    assert [job.key for job in scheduler.cancel("a")] == [("a", 1), ("a", 2)]
    assert taken(scheduler) == ["b"]


def test_cancel_of_one_attempt_leaves_the_others(scheduler: Scheduler[Job]) -> None:
    for job in (Job("a"), Job("b")):
        scheduler.add(job)
    assert [job.key for job in scheduler.cancel("a", 1)] == [("a", 1)]
    assert scheduler.add(Job("a", attempt=2)) == "queued"
    assert taken(scheduler) == ["b", "a"]


def test_a_cancel_of_an_attempt_that_overtakes_it_wins(scheduler: Scheduler[Job]) -> None:
    assert scheduler.cancel("a", 2) == []
    assert scheduler.add(Job("a", attempt=2)) == "cancelled"
    assert scheduler.add(Job("a", attempt=3)) == "queued"
    scheduler.cancel("a")
    assert scheduler.add(Job("a", attempt=4)) == "cancelled"


def test_a_cancel_that_overtakes_its_request_wins(scheduler: Scheduler[Job]) -> None:
    assert scheduler.cancel("a") == []
    assert scheduler.add(Job("a")) == "cancelled"
    assert taken(scheduler) == []


def test_an_old_cancel_is_forgotten(scheduler: Scheduler[Job], clock: Clock) -> None:
    scheduler.cancel("a")
    clock.pass_s(REMEMBER_S + 1)
    assert scheduler.add(Job("a", deadline_at_ns=1_000 * NS)) == "queued"


def test_memory_of_cancels_is_bounded(scheduler: Scheduler[Job]) -> None:
    scheduler.cancel("first")
    for number in range(REMEMBER_COUNT):
        scheduler.cancel(f"other-{number}")
    assert scheduler.add(Job("first")) == "queued"


def test_drain_empties_the_queue(scheduler: Scheduler[Job]) -> None:
    scheduler.add(Job("a"))
    scheduler.add(Job("b", priority="paid"))
    assert {job.id for job in scheduler.drain()} == {"a", "b"}
    assert len(scheduler) == 0
