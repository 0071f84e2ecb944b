"""One long text that many people paste."""

import re
from typing import ClassVar

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.people import CopypastaSettings
from ishowtts_filter.text.cleaning import sounds_of
from ishowtts_filter.window import AgedWindow

CAPACITY = 4096
_SIMILAR_LENGTH = 0.75
_IDEOGRAPH_LETTERS = 3
_IDEOGRAPH = re.compile("[\u3040-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")

Key = tuple[str, str]


class CopypastaRule:
    """Rejects a long text that was spoken a moment ago, whoever pastes it.

    Texts are one where their beginnings or their ends are and their lengths are close: people
    append something to get past the platform's own check. Text without an author is an app's.
    """

    name: ClassVar[str] = "copypasta"
    once: ClassVar[bool] = True

    def __init__(self, settings: CopypastaSettings) -> None:
        self._settings = settings
        # The length of the text that was spoken, by its beginning and by its end.
        self._spoken: AgedWindow[Key, int] = AgedWindow(CAPACITY, settings.window_s)

    def apply(self, draft: Draft) -> Draft | Rejection:
        sounds = self._long_text(draft)
        now = draft.received_at_ns / 1e9
        for key in self._keys(draft, sounds):
            before = self._spoken.get(key, now)
            if before is not None and _close(before, len(sounds)):
                return Rejection(f"was read within the last {self._settings.window_s:g} s")
        return draft

    def remember(self, draft: Draft) -> None:
        sounds = self._long_text(draft)
        for key in self._keys(draft, sounds):
            self._spoken.put(key, len(sounds), draft.received_at_ns / 1e9)

    def _long_text(self, draft: Draft) -> str:
        """The text as it is compared; empty where it is short or does not count."""
        wanted = self._settings.min_chars
        off = not self._settings.window_s or draft.paid or not draft.author_key
        if off or len(draft.text) * _IDEOGRAPH_LETTERS < wanted:
            return ""
        sounds = sounds_of(draft.text)
        return sounds if _letters(sounds) >= wanted else ""

    def _keys(self, draft: Draft, sounds: str) -> tuple[Key, ...]:
        if not sounds:
            return ()
        ideographs = _letters(sounds) - len(sounds)
        size = self._settings.min_chars // (_IDEOGRAPH_LETTERS if ideographs > len(sounds) else 1)
        return (draft.room, f"^{sounds[:size]}"), (draft.room, f"${sounds[-size:]}")


def _letters(sounds: str) -> int:
    ideographs = 0 if sounds.isascii() else len(_IDEOGRAPH.findall(sounds))
    return len(sounds) + ideographs * (_IDEOGRAPH_LETTERS - 1)


def _close(one: int, other: int) -> bool:
    return min(one, other) >= _SIMILAR_LENGTH * max(one, other)
