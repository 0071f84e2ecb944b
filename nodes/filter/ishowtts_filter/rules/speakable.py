"""Voices make up words for text that has none."""

from typing import ClassVar

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.text.cleaning import has_speech


class SpeakableRule:
    """Rejects text without a letter, digit or ideograph: emoji or punctuation alone."""

    name: ClassVar[str] = "speakable"

    def apply(self, draft: Draft) -> Draft | Rejection:
        return draft if has_speech(draft.text) else Rejection("nothing to speak")
