"""A memory of recent keys, bounded in number and in age."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class AgedWindow(Generic[K, V]):
    """Remembers the last `capacity` keys for `age_s` seconds; times come from the caller."""

    def __init__(self, capacity: int, age_s: float) -> None:
        self._capacity = capacity
        self._age_s = age_s
        self._entries: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, key: K, value: V, now: float) -> None:
        """Remember a key from now on; the oldest goes where there is no room."""
        self._forget(now)
        self._entries[key] = (now, value)
        self._entries.move_to_end(key)
        if len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def get(self, key: K, now: float) -> V | None:
        """The value, or None where the key is unknown or forgotten."""
        entry = self._entries.get(key)
        return None if entry is None or now - entry[0] > self._age_s else entry[1]

    def _forget(self, now: float) -> None:
        while self._entries:
            key, (since, _) = next(iter(self._entries.items()))
            if now - since <= self._age_s:
                return
            del self._entries[key]
