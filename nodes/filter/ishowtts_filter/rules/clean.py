"""Makes the text one line that every later rule and engine can read."""

from typing import ClassVar

from msgspec.structs import replace

from ishowtts_filter.rules.base import Draft, Rejection
from ishowtts_filter.settings.text import CleanSettings
from ishowtts_filter.text import clean


class CleanRule:
    """Drops control and invisible characters, folds whitespace, rejects what is then empty."""

    name: ClassVar[str] = "clean"

    def __init__(self, settings: CleanSettings) -> None:
        self._settings = settings

    def apply(self, draft: Draft) -> Draft | Rejection:
        text = clean(draft.text)
        if not text:
            return Rejection("the message is empty")
        return draft if text == draft.text else replace(draft, text=text)
