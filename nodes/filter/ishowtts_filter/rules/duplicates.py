"""One author who says the same again and again."""

from typing import ClassVar

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.people import DuplicatesSettings
from ishowtts_filter.text.cleaning import sounds_of
from ishowtts_filter.window import AgedWindow

CAPACITY = 4096

Key = tuple[str, str, str]


class DuplicatesRule:
    """Rejects what the same author said a moment ago, however it is varied.

    A name alone tells nobody apart: only authors with an id or a login are looked at.
    """

    name: ClassVar[str] = "duplicates"
    once: ClassVar[bool] = True

    def __init__(self, settings: DuplicatesSettings) -> None:
        self._window_s = settings.window_s
        self._said: AgedWindow[Key, bool] = AgedWindow(CAPACITY, settings.window_s)

    def apply(self, draft: Draft) -> Draft | Rejection:
        key = self._key(draft)
        if key is not None and self._said.get(key, draft.received_at_ns / 1e9):
            return Rejection(f"the author said so within the last {self._window_s:g} s")
        return draft

    def remember(self, draft: Draft) -> None:
        key = self._key(draft)
        if key is not None:
            self._said.put(key, True, draft.received_at_ns / 1e9)

    def _key(self, draft: Draft) -> Key | None:
        if not self._window_s or draft.paid or not (draft.author_id or draft.login):
            return None
        sounds = sounds_of(draft.text)
        return (draft.room, draft.author_key, sounds) if sounds else None
