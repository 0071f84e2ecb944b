"""Words that the streamer does not want to hear."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import ClassVar

from msgspec.structs import replace

from ishowtts_bus.errors import SettingsError
from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.words import BannedKeywordsSettings
from ishowtts_filter.words.censored import CensoredMatcher
from ishowtts_filter.words.masking import mask
from ishowtts_filter.words.matcher import (
    DisguiseMatcher,
    HomophoneMatcher,
    Keyword,
    Matcher,
    Part,
    PlainMatcher,
)
from ishowtts_filter.words.pinyin import abbreviated, is_heard, spelled

_REJECTION = Rejection("contains a banned keyword")
_SILENCE = "…"  # engines pause here; a row of asterisks would be read out


class BannedKeywordsRule:
    """Rejects or masks text with a banned keyword, and leaves out names that hold one."""

    name: ClassVar[str] = "banned_keywords"

    def __init__(self, settings: BannedKeywordsSettings) -> None:
        self._drop = settings.action == "drop"
        self._instead = settings.replacement if settings.action == "replace" else _SILENCE
        self._matcher = _matcher(settings)
        if not self._drop and self._bans(self._instead):
            raise SettingsError("filter.banned_keywords: the replacement holds a banned keyword")

    def apply(self, draft: Draft) -> Draft | Rejection:
        text = draft.text
        if self._bans(text):
            masked = None if self._drop else mask(text, self._matcher, self._instead)
            if masked is None:
                return _REJECTION
            draft = replace(draft, text=masked)
        return self._without_names(draft)

    def _without_names(self, draft: Draft) -> Draft:
        if draft.author and self._bans(draft.author):
            draft = replace(draft, author="")
        event = draft.event
        if event is not None and event.recipient and self._bans(event.recipient):
            draft = replace(draft, event=replace(event, recipient=""))
        return draft

    def _bans(self, text: str) -> bool:
        return next(self._matcher.spans(text), None) is not None


def _matcher(settings: BannedKeywordsSettings) -> Matcher:
    keywords = [
        *map(Keyword, settings.keywords),
        *(Keyword(word, whole=True) for word in settings.whole_words),
    ]
    allowed = PlainMatcher([Keyword(word) for word in settings.allowed])
    return Matcher(tuple(_parts(settings, keywords)) if keywords else (), allowed)


def _parts(settings: BannedKeywordsSettings, keywords: Sequence[Keyword]) -> Iterator[Part]:
    """The cheapest first: one find is enough to drop a message."""
    yield PlainMatcher(keywords)
    disguised: list[Keyword] = []
    if settings.disguises:
        yield CensoredMatcher(keywords)
        disguised += (*keywords, *_whole(abbreviated, keywords))
    if settings.pinyin:
        yield HomophoneMatcher(keywords)
        disguised += _whole(spelled, keywords)
    if settings.backwards:
        disguised += (Keyword(word.text[::-1], whole=True) for word in keywords)
    if disguised:
        yield DisguiseMatcher(disguised)


def _whole(forms: Callable[[str], Iterable[str]], keywords: Sequence[Keyword]) -> Iterator[Keyword]:
    """Other forms of Chinese keywords, which count only as whole words."""
    for word in keywords:
        if is_heard(word.text):
            yield from (Keyword(form, whole=True) for form in forms(word.text))
