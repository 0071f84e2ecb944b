"""Growing, jittered pauses between tries."""

import random
from collections.abc import Callable


class Backoff:
    """Doubles from one try to the next, up to a bound; half of each pause is chance.

    Args:
        first_s: The first pause at its longest.
        longest_s: The bound.
        jitter: A number from 0 to 1.
    """

    def __init__(
        self, first_s: float, longest_s: float, jitter: Callable[[], float] = random.random
    ) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._jitter = jitter
        self._next_s = first_s

    def next_s(self) -> float:
        """The pause before the next try."""
        pause_s = self._next_s * (0.5 + self._jitter() / 2)
        self._next_s = min(self._longest_s, self._next_s * 2)
        return pause_s

    def reset(self) -> None:
        """Begin anew, after something went well."""
        self._next_s = self._first_s
