"""What may be asked of YouTube today, and how fast, so that it lasts; without I/O."""

import math
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LOOKUP_UNITS = 1
POLL_UNITS = 5
"""https://developers.google.com/youtube/v3/determine_quota_cost"""

SHORTEST_PLAN_S = 3600.0
"""After the planned hours, what is left is spread over this long, again and again."""
LONGEST_PAUSE_S = 60.0
"""What is read later than this is hardly worth its units."""


def next_reset_s(now_s: float) -> float:
    """When the quota begins anew: at midnight, Pacific time, in seconds since 1970."""
    here = datetime.fromtimestamp(now_s, _pacific())
    midnight = datetime.combine(here.date() + timedelta(days=1), time(), here.tzinfo)
    return midnight.timestamp()


def _pacific() -> ZoneInfo | timezone:
    try:
        return ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:
        # Without the system's time zones: never early, in summer an hour late.
        return timezone(timedelta(hours=-8))


class Quota:
    """Counts what is spent, over all channels of one key.

    Only this process is counted: after a restart it believes in a whole day's quota, until
    YouTube says otherwise.

    Args:
        daily_units: What YouTube grants from one midnight to the next.
        plan_s: How long it is to last from the first look of a day.
    """

    def __init__(self, daily_units: int, plan_s: float) -> None:
        self._daily_units = daily_units
        self._plan_s = plan_s
        self._left = daily_units
        self._reset_at_s = 0.0
        self._planned_until_s = 0.0

    def spend(self, units: int, now_s: float) -> None:
        """Count a request; refused ones cost as much."""
        self._roll_over(now_s)
        self._left -= units

    def exhaust(self, now_s: float) -> None:
        """YouTube says that nothing is left."""
        self._roll_over(now_s)
        self._left = 0

    def wait_s(self, units: int, now_s: float) -> float:
        """How long to wait before `units` may be spent; 0 for not at all."""
        self._roll_over(now_s)
        return 0.0 if self._left >= units else self._reset_at_s - now_s

    def pause_s(self, readers: int, now_s: float) -> float:
        """The time between two looks of each of `readers` that makes the rest last.

        It has a bound, so the rest may not last; with nothing left it is 0.
        """
        self._roll_over(now_s)
        looks = self._left // POLL_UNITS
        if looks < 1:
            return 0.0
        plan_s = max(self._planned_until_s - now_s, SHORTEST_PLAN_S)
        plan_s = min(plan_s, self._reset_at_s - now_s)
        return min(plan_s * max(readers, 1) / looks, LONGEST_PAUSE_S)

    def _roll_over(self, now_s: float) -> None:
        if now_s >= self._reset_at_s:
            self._left = self._daily_units
            self._reset_at_s = next_reset_s(now_s)
            self._planned_until_s = now_s + self._plan_s


def in_words(wait_s: float) -> str:
    """A time of waiting, to a person: `5 h 12 min`."""
    minutes = math.ceil(wait_s / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004
