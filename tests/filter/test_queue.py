"""The queue: order, fairness, bounds, and one end for everything that enters."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ishowtts_filter.dispatch.crowd import Crowd
from ishowtts_filter.dispatch.queue import SpeechQueue
from ishowtts_filter.utterance import PRIORITIES, Ended, Utterance
from ishowtts_schemas import Priority
from tests.filter.fakes import utterance


def drain(queue: SpeechQueue) -> list[Utterance]:
    taken: list[Utterance] = []
    while (one := queue.take(lambda _: True, lambda _: True)) is not None:
        taken.append(one)
    return taken


def test_the_more_urgent_class_speaks_first_and_each_class_in_order() -> None:
    queue = SpeechQueue(20)
    waiting = [utterance(priority=priority) for priority in reversed(PRIORITIES) for _ in range(2)]
    for one in waiting:
        assert queue.put(one) == []
    expected = [one for priority in PRIORITIES for one in waiting if one.priority == priority]
    assert drain(queue) == expected


def test_rooms_take_turns_and_within_them_authors() -> None:
    queue = SpeechQueue(50)
    for room, author in [*[("a", "spammer")] * 4, ("a", "ann"), ("b", "bob"), ("b", "bob")]:
        queue.put(utterance(room, author))
    turns = [(one.room, one.author) for one in drain(queue)]
    assert turns == [
        ("a", "spammer"),
        ("b", "bob"),
        ("a", "ann"),
        ("b", "bob"),
        ("a", "spammer"),
        ("a", "spammer"),
        ("a", "spammer"),
    ]


def test_a_room_that_is_not_ready_does_not_hold_up_the_others() -> None:
    queue = SpeechQueue(10)
    paid, free = utterance("a", priority="paid"), utterance("b")
    queue.put(paid)
    queue.put(free)
    assert queue.take(lambda room: room == "b", lambda _: True) == free
    assert queue.take(lambda room: room == "b", lambda _: True) is None


def test_an_author_is_heard_in_order_even_where_only_the_second_could_be_spoken() -> None:
    queue = SpeechQueue(10)
    first, second = utterance(voice="x"), utterance(voice="y")
    queue.put(first)
    queue.put(second)
    assert queue.take(lambda _: True, lambda one: one.voice == "y") is None
    assert drain(queue) == [first, second]


def test_a_full_queue_sheds_the_oldest_of_the_lowest_class() -> None:
    queue = SpeechQueue(3)
    old, paid, new = utterance(expires_at=1), utterance(priority="paid"), utterance(expires_at=2)
    for one in (old, paid, new):
        queue.put(one)
    late_paid = utterance(priority="paid")
    assert [end.utterance for end in queue.put(late_paid)] == [old]
    assert [end.outcome for end in queue.put(utterance(priority="paid"))] == ["shed"]
    newcomer = utterance()
    assert [end.utterance for end in queue.put(newcomer)] == [newcomer]
    assert [one.priority for one in queue] == ["paid"] * 3


def test_a_flood_sheds_itself_and_not_the_quiet_room() -> None:
    queue = SpeechQueue(10)
    quiet = utterance("quiet")
    queue.put(quiet)
    modest = utterance("loud", "modest")
    queue.put(modest)
    for _ in range(100):
        queue.put(utterance("loud", "spammer"))
    assert quiet in list(queue)
    assert modest in list(queue)
    assert queue.depths == {"quiet": 1, "loud": 9}


def test_what_waited_too_long_expires() -> None:
    queue = SpeechQueue(10)
    short, long = utterance(expires_at=5), utterance(expires_at=50)
    queue.put(long)
    queue.put(short)
    assert queue.expire(lambda _: 4.9) == []
    assert queue.expire(lambda _: 5.0) == [Ended(short, "expired", "waited too long")]
    assert list(queue) == [long]


def test_cancel_by_any_property() -> None:
    queue = SpeechQueue(10)
    mine, other = utterance("a", "ann"), utterance("a", "bob")
    queue.put(mine)
    queue.put(other)
    ended = queue.cancel(lambda one: one.author_id == "ann", "gone")
    assert ended == [Ended(mine, "cancelled", "gone")]
    assert queue.cancel(lambda one: one.id == mine.id, "gone") == []
    assert drain(queue) == [other]
    assert queue.depths == {}


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcd")), max_size=60))
@settings(deadline=None)
def test_the_largest_crowd_is_always_known(changes: list[tuple[bool, str]]) -> None:
    crowd: Crowd[str] = Crowd()
    counts: Counter[str] = Counter()
    for more, key in changes:
        if more:
            crowd.add(key)
        elif counts[key]:
            crowd.remove(key)
        counts[key] = max(0, counts[key] + (1 if more else -1))
        if +counts:
            assert counts[crowd.largest()] == max(counts.values())
        assert len(crowd) == len(+counts)


def test_times_that_were_taken_out_do_not_pile_up() -> None:
    queue = SpeechQueue(10)
    for _ in range(5000):
        queue.put(one := utterance(expires_at=1e9))
        queue.remove(one.id)
    assert sum(map(len, queue._deadlines._rooms.values())) < 100


class QueueMachine(RuleBasedStateMachine):
    """Any sequence of operations: every utterance has exactly one end or still waits."""

    @initialize(capacity=st.integers(1, 8))
    def begin(self, capacity: int) -> None:
        self.capacity = capacity
        self.queue = SpeechQueue(capacity)
        self.now = 0.0
        self.entered: list[Utterance] = []
        self.ended: list[str] = []

    def end(self, ends: list[Ended]) -> None:
        self.ended += [end.utterance.id for end in ends]

    @rule(
        room=st.sampled_from("abc"),
        author=st.sampled_from("xyz"),
        priority=st.sampled_from(PRIORITIES),
        ttl=st.floats(0.1, 10),
    )
    def put(self, room: str, author: str, priority: Priority, ttl: float) -> None:
        one = utterance(room, author, priority, expires_at=self.now + ttl)
        self.entered.append(one)
        shed = self.queue.put(one)
        self.end(shed)
        for end in shed:
            lower = PRIORITIES.index(end.utterance.priority)
            assert all(PRIORITIES.index(rest.priority) <= lower for rest in self.queue)

    @rule(open_rooms=st.sets(st.sampled_from("abc")))
    def take(self, open_rooms: set[str]) -> None:
        ready = [one for one in self.queue if one.room in open_rooms]
        taken = self.queue.take(lambda room: room in open_rooms, lambda _: True)
        assert (taken is None) == (not ready)
        if taken is not None:
            best = min(PRIORITIES.index(one.priority) for one in ready)
            assert PRIORITIES.index(taken.priority) == best
            self.ended.append(taken.id)

    @rule(seconds=st.floats(0, 5))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.end(self.queue.expire(lambda _: self.now))
        assert all(one.expires_at > self.now for one in self.queue)

    @rule(author=st.sampled_from("xyz"))
    def cancel_author(self, author: str) -> None:
        self.end(self.queue.cancel(lambda one: one.author_id == author, "removed"))
        assert all(one.author_id != author for one in self.queue)

    @invariant()
    def everything_is_accounted_for_once(self) -> None:
        waiting = [one.id for one in self.queue]
        assert len(waiting) == len(self.queue) <= self.capacity
        assert sorted(waiting + self.ended) == sorted(one.id for one in self.entered)
        assert sum(self.queue.depths.values()) == len(waiting)


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
