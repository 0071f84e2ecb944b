"""Words that the streamer does not want to hear."""

import re
from typing import ClassVar

from msgspec.structs import replace

from ishowtts_filter.rules.base import Draft, Rejection
from ishowtts_filter.settings.words import BannedKeywordsSettings
from ishowtts_filter.text import fold

# Scripts written without spaces have no whole words to look for.
_UNSPACED = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\u0e00-\u0eff\U00020000-\U0003ffff"
_WORD = re.compile(rf"(?![{_UNSPACED}])\w")


class BannedKeywordsRule:
    """Rejects text with a banned keyword, and leaves out an author's name that holds one."""

    name: ClassVar[str] = "banned_keywords"

    def __init__(self, settings: BannedKeywordsSettings) -> None:
        self._pattern = _compile(settings)

    def apply(self, draft: Draft) -> Draft | Rejection:
        if self._pattern is None:
            return draft
        if self._pattern.search(fold(draft.text)):
            return Rejection("contains a banned keyword")
        if draft.author and self._pattern.search(fold(draft.author)):
            return replace(draft, author="")
        return draft


def _compile(settings: BannedKeywordsSettings) -> re.Pattern[str] | None:
    """One alternation of all keywords; None where none is left after folding."""
    folded = {fold(keyword).strip() for keyword in settings.keywords} - {""}
    if not folded:
        return None
    bounded = _whole if settings.whole_word else re.escape
    return re.compile("|".join(bounded(keyword) for keyword in sorted(folded)))


def _whole(keyword: str) -> str:
    before = rf"(?<![^\W{_UNSPACED}])" if _WORD.match(keyword[0]) else ""
    after = rf"(?![^\W{_UNSPACED}])" if _WORD.match(keyword[-1]) else ""
    return f"{before}{re.escape(keyword)}{after}"
