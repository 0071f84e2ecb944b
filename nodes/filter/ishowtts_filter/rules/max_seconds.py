"""Bounds a message in seconds: 280 letters are 19 seconds, 280 ideographs a minute."""

from typing import ClassVar

from msgspec.structs import replace

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.text import MaxSecondsSettings
from ishowtts_filter.text.cleaning import cut_between_words
from ishowtts_filter.text.duration import typical_s

_SLOWEST = "字"
_MOST_CHARS = 4000


class MaxSecondsRule:
    """Keeps the beginning that an average voice speaks within the limit."""

    name: ClassVar[str] = "max_seconds"

    def __init__(self, settings: MaxSecondsSettings) -> None:
        self._limit_s = settings.limit
        self._always_fits = _longest(_SLOWEST * _MOST_CHARS, settings.limit)

    def apply(self, draft: Draft) -> Draft | Rejection:
        if not self._limit_s or len(draft.text) <= self._always_fits:
            return draft
        if typical_s(draft.text) <= self._limit_s:
            return draft
        kept = cut_between_words(draft.text, _longest(draft.text, self._limit_s))
        return replace(draft, text=kept) if kept else Rejection("longer than may be spoken")


def _longest(text: str, limit_s: float) -> int:
    """How many characters fit; the estimate grows with each."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if typical_s(text[:middle]) <= limit_s:
            low = middle
        else:
            high = middle - 1
    return low
