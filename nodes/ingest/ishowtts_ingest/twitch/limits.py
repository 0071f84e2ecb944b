"""Keeps within Twitch's limits: so many joins and logins in a stretch of time."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

PERIOD_S = 10.5
"""Twitch counts over 10 s; what leaves here evenly may arrive closer together."""


class Turnstile:
    """At most `count` turns in any `period_s` seconds, in the order of asking.

    A turn that was asked for counts, taken or not.
    """

    def __init__(self, count: int, period_s: float) -> None:
        self._turns: deque[float] = deque(maxlen=count)
        self._count = count
        self._period_s = period_s

    def reserve(self, now: float) -> float:
        """When the next turn is, at the earliest `now`."""
        full = len(self._turns) == self._count
        turn = max(now, self._turns[0] + self._period_s) if full else now
        self._turns.append(turn)
        return turn


class Gate:
    """Lets callers through one by one at a turnstile's pace; one for all connections."""

    def __init__(
        self,
        turnstile: Turnstile,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._turnstile = turnstile
        self._clock = clock
        self._sleep = sleep

    async def pass_through(self) -> None:
        """Wait for a turn."""
        now = self._clock()
        pause_s = self._turnstile.reserve(now) - now
        if pause_s > 0:
            await self._sleep(pause_s)
