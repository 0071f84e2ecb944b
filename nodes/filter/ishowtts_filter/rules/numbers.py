"""Numbers in words: neural voices stumble over digits, and read them in one language only."""

from typing import ClassVar

from msgspec.structs import replace

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.numerals.speech import say_numbers
from ishowtts_filter.settings.words import NumbersSettings


class NumbersRule:
    """Says numbers, units, money, dates, times and scores as the words around them are."""

    name: ClassVar[str] = "numbers"

    def __init__(self, settings: NumbersSettings) -> None:
        self._settings = settings

    def apply(self, draft: Draft) -> Draft | Rejection:
        text = say_numbers(
            draft.text,
            default=self._settings.language,
            max_digits=self._settings.max_digits,
        )
        return draft if text == draft.text else replace(draft, text=text)
