"""Bounds a message in words; text without spaces is bounded by `max_chars`."""

from typing import ClassVar

from msgspec.structs import replace

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.text import MaxWordsSettings


class MaxWordsRule:
    """Keeps the first words, joined by one space."""

    name: ClassVar[str] = "max_words"

    def __init__(self, settings: MaxWordsSettings) -> None:
        self._limit = settings.limit

    def apply(self, draft: Draft) -> Draft | Rejection:
        words = draft.text.split(maxsplit=self._limit)
        if len(words) <= self._limit:
            return draft
        return replace(draft, text=" ".join(words[: self._limit]))
