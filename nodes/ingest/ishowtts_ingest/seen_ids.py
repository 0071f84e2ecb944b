"""Knows what comes a second time."""

from collections import OrderedDict


class SeenIds:
    """The last ids that came.

    Args:
        capacity: How many are remembered; then the oldest is forgotten.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._ids: OrderedDict[str, None] = OrderedDict()

    def add(self, one: str) -> bool:
        """Remember an id; False where it is known."""
        if one in self._ids:
            return False
        self._ids[one] = None
        if len(self._ids) > self._capacity:
            self._ids.popitem(last=False)
        return True
