"""Who has most: counts that go up and down by one, and their maximum at once."""

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")


class Crowd(Generic[K]):
    """Counts by key. Finding the key with the most costs the same for one key and for 10,000."""

    def __init__(self) -> None:
        self._counts: dict[K, int] = {}
        self._levels: dict[int, OrderedDict[K, None]] = {}
        self._top = 0

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, key: K) -> None:
        """One more."""
        count = self._counts.get(key, 0)
        self._move(key, count, count + 1)
        self._top = max(self._top, count + 1)

    def remove(self, key: K) -> None:
        """One less; the key must have some."""
        count = self._counts[key]
        self._move(key, count, count - 1)
        if self._top not in self._levels:
            self._top = count - 1

    def largest(self) -> K:
        """The key with most; of several, the one that has had so many for longest."""
        return next(iter(self._levels[self._top]))

    def _move(self, key: K, old: int, new: int) -> None:
        if old:
            level = self._levels[old]
            del level[key]
            if not level:
                del self._levels[old]
        if new:
            self._counts[key] = new
            self._levels.setdefault(new, OrderedDict())[key] = None
        else:
            del self._counts[key]
