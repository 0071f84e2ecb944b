"""Which job is next, and which is not taken at all: policy without threads or I/O."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Generic, Literal, Protocol, TypeVar, get_args

from ishowtts_schemas import Priority

NS = 1_000_000_000
REMEMBER_S = 150
"""Longer than the broker keeps a request (120 s), so that no late repeat is spoken twice."""
REMEMBER_COUNT = 4096

Key = tuple[str, int]
"""Utterance id and attempt."""

Verdict = Literal["queued", "duplicate", "overloaded", "expired", "cancelled"]


class Schedulable(Protocol):
    """What the policy looks at."""

    @property
    def key(self) -> Key: ...

    @property
    def priority(self) -> Priority: ...

    @property
    def deadline_at_ns(self) -> int: ...


J = TypeVar("J", bound=Schedulable)


class _Memory:
    """Keys seen lately, bounded in number and age."""

    def __init__(self, clock_ns: Callable[[], int]) -> None:
        self._clock_ns = clock_ns
        self._seen: OrderedDict[object, int] = OrderedDict()

    def add(self, key: object) -> None:
        self._forget_old()
        self._seen[key] = self._clock_ns()
        self._seen.move_to_end(key)
        if len(self._seen) > REMEMBER_COUNT:
            self._seen.popitem(last=False)

    def __contains__(self, key: object) -> bool:
        self._forget_old()
        return key in self._seen

    def _forget_old(self) -> None:
        oldest_ns = self._clock_ns() - REMEMBER_S * NS
        while self._seen and next(iter(self._seen.values())) < oldest_ns:
            self._seen.popitem(last=False)


def names(utterance_id: str, attempt: int | None, key: Key) -> bool:
    """Whether a cancel of an attempt, or of them all, means this job."""
    return key[0] == utterance_id and attempt in (None, key[1])


class Scheduler(Generic[J]):
    """A bounded queue by priority, first come first served within one, each job once.

    Args:
        capacity: Jobs that may wait.
        clock_ns: Wall-clock time; deadlines are in its terms.
    """

    def __init__(self, capacity: int, clock_ns: Callable[[], int]) -> None:
        self._capacity = capacity
        self._clock_ns = clock_ns
        self._waiting: dict[Priority, deque[J]] = {name: deque() for name in get_args(Priority)}
        self._known = _Memory(clock_ns)
        self._cancelled = _Memory(clock_ns)
        self._in_hand: set[Key] = set()

    def __len__(self) -> int:
        """Jobs that wait."""
        return sum(map(len, self._waiting.values()))

    def add(self, job: J) -> Verdict:
        """Queue a job, or say why not. An overloaded one may come again."""
        if job.key in self._in_hand or job.key in self._known:
            return "duplicate"
        if len(self) >= self._capacity and job.deadline_at_ns > self._clock_ns():
            return "overloaded"
        self._known.add(job.key)
        if job.key in self._cancelled or (job.key[0], None) in self._cancelled:
            return "cancelled"
        if job.deadline_at_ns <= self._clock_ns():
            return "expired"
        self._in_hand.add(job.key)
        self._waiting[job.priority].append(job)
        return "queued"

    def take(self) -> J | None:
        """The next job, which is in hand until `end`."""
        queue = next(filter(None, self._waiting.values()), None)
        return queue.popleft() if queue else None

    def expire(self) -> list[J]:
        """Remove and return what has waited past its deadline."""
        now_ns = self._clock_ns()
        return self._remove(job for job in self._all() if job.deadline_at_ns <= now_ns)

    def cancel(self, utterance_id: str, attempt: int | None = None) -> list[J]:
        """Remove and return what waits of one attempt, or of all; later ones fall as well."""
        self._cancelled.add((utterance_id, attempt))
        return self._remove(job for job in self._all() if names(utterance_id, attempt, job.key))

    def end(self, key: Key) -> None:
        """A taken job has ended; a repeat of it is still a duplicate."""
        self._in_hand.discard(key)
        self._known.add(key)

    def drain(self) -> list[J]:
        """Remove and return all that waits."""
        return self._remove(self._all())

    def _all(self) -> Iterable[J]:
        return (job for queue in self._waiting.values() for job in queue)

    def _remove(self, jobs: Iterable[J]) -> list[J]:
        gone = list(jobs)
        for job in gone:
            self._waiting[job.priority].remove(job)
            self._in_hand.discard(job.key)
        return gone
