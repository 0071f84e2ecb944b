"""Bounds a message in characters."""

from typing import ClassVar

from msgspec.structs import replace

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.text import MaxCharsSettings
from ishowtts_filter.text.cleaning import cut_between_words


class MaxCharsRule:
    """Keeps the first characters and cuts between words, or else between graphemes."""

    name: ClassVar[str] = "max_chars"

    def __init__(self, settings: MaxCharsSettings) -> None:
        self._limit = settings.limit

    def apply(self, draft: Draft) -> Draft | Rejection:
        if len(draft.text) <= self._limit:
            return draft
        return replace(draft, text=cut_between_words(draft.text, self._limit))
