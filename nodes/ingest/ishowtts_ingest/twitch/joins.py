"""Which channel a connection joins next, and when it asks again."""

LONGEST_PAUSE_S = 600.0


class Joins:
    """The channels of one connection that are not confirmed yet.

    Twitch answers nothing for a channel that does not exist, and nothing to who asks too
    often. So each is asked for again, after pauses that double.

    Args:
        first_answer_s: How long the first answer may take.
    """

    def __init__(self, first_answer_s: float) -> None:
        self._first_answer_s = first_answer_s
        self._due: dict[str, float] = {}
        self._tries: dict[str, int] = {}
        self._refused: set[str] = set()

    def want(self, name: str, now: float) -> None:
        """Join it as soon as may be; a new wish begins anew."""
        self._due[name] = now
        self._tries[name] = 0
        self._refused.discard(name)

    def settle(self, name: str) -> None:
        """It was joined, or is not wanted any more."""
        self._due.pop(name, None)
        self._tries.pop(name, None)
        self._refused.discard(name)

    def postpone(self, name: str, now: float) -> None:
        """It was refused: ask again much later, it may come back."""
        if name in self._due:
            self._due[name] = now + LONGEST_PAUSE_S
            self._refused.add(name)

    def next_due(self, now: float) -> str | None:
        """The channel that has waited longest for its turn."""
        name = min(self._due, key=self._due.__getitem__, default=None)
        return name if name is not None and self._due[name] <= now else None

    def wait_s(self, now: float) -> float | None:
        """How long until one is due; None for never."""
        return max(0.0, min(self._due.values()) - now) if self._due else None

    def sent(self, name: str, now: float) -> None:
        """It was asked for."""
        if name in self._due:
            tries = self._tries[name] = self._tries[name] + 1
            pause_s = self._first_answer_s * 2 ** (min(tries, 10) - 1)
            self._due[name] = now + min(LONGEST_PAUSE_S, pause_s)

    def is_unanswered(self, name: str) -> bool:
        """Whether it was asked for and there was neither a yes nor a no."""
        return self._tries.get(name, 0) > 0 and name not in self._refused

    def __contains__(self, name: str) -> bool:
        return name in self._due

    @property
    def waiting(self) -> bool:
        """Whether an answer may still come to a channel's first request."""
        return any(tries <= 1 and name not in self._refused for name, tries in self._tries.items())
