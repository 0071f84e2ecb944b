"""Numbers in words: neural voices stumble over digits, and read them in one language only."""

from typing import ClassVar

from msgspec.structs import replace

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.numerals.speech import say_numbers
from ishowtts_filter.settings.words import NumbersSettings


class NumbersRule:
    """Says numbers, units, money, dates, times and scores as the words around them are."""

    name: ClassVar[str] = "numbers"
    for_voices: ClassVar[bool] = True

    def __init__(self, settings: NumbersSettings) -> None:
        self._settings = settings

    def apply(self, draft: Draft) -> Draft | Rejection:
        text = say_numbers(
            draft.text,
            default=self._settings.language,
            max_digits=self._settings.max_digits,
        )
        if text == draft.text:
            return draft
        written = draft.text if draft.written is None else draft.written
        return replace(draft, text=text, written=written)
