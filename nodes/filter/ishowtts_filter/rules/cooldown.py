"""A pause between messages of one author."""

from typing import ClassVar

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.people import CooldownSettings
from ishowtts_filter.window import AgedWindow

CAPACITY = 4096


class CooldownRule:
    """Rejects an author who was just spoken. Only what was accepted starts a pause."""

    name: ClassVar[str] = "cooldown"
    once: ClassVar[bool] = True

    def __init__(self, settings: CooldownSettings) -> None:
        self._settings = settings
        self._spoke: AgedWindow[tuple[str, str], bool] = AgedWindow(CAPACITY, settings.pause_s)

    def apply(self, draft: Draft) -> Draft | Rejection:
        key = self._key(draft)
        if key is not None and self._spoke.get(key, draft.received_at_ns / 1e9):
            return Rejection(f"the author was spoken within the last {self._settings.pause_s:g} s")
        return draft

    def remember(self, draft: Draft) -> None:
        key = self._key(draft)
        if key is not None:
            self._spoke.put(key, True, draft.received_at_ns / 1e9)

    def _key(self, draft: Draft) -> tuple[str, str] | None:
        if not self._settings.pause_s or draft.paid or not draft.author_key:
            return None
        exempt = not set(self._settings.exempt).isdisjoint(draft.roles)
        return None if exempt else (draft.room, draft.author_key)
