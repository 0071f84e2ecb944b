"""What the streamer wants said instead: abbreviations, names that voices get wrong."""

import logging
from collections.abc import Callable
from typing import Any, ClassVar

import regex
from msgspec import Struct
from msgspec.structs import replace

from ishowtts_bus.errors import SettingsError
from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.words import Replacement, ReplacementsSettings
from ishowtts_filter.text.cleaning import cut
from ishowtts_filter.words.scripts import UNSPACED, is_wordy

logger = logging.getLogger(__name__)

_TIMEOUT_S = 0.01  # 1 to 50 us are usual; nested repeats take hours
_MAX_CHARS = 2000
_MAX_TIMES = 100
_MAX_FAILURES = 3
_WORDY = rf"(?:(?!{UNSPACED})[\p{{L}}\p{{M}}\p{{N}}_])"


class ReplacementsRule:
    """Replaces words, text or regular expressions, in the order of the settings."""

    name: ClassVar[str] = "replacements"
    once: ClassVar[bool] = True  # `gg` for `gg well played` would never come to an end

    def __init__(self, settings: ReplacementsSettings) -> None:
        self._substitutions = [Substitution.of(entry) for entry in settings.entries]

    def apply(self, draft: Draft) -> Draft | Rejection:
        text = draft.text
        for substitution in self._substitutions:
            text = substitution.apply(text)
        return draft if text == draft.text else replace(draft, text=" ".join(text.split()))


class Substitution(Struct):
    """One entry, ready for use; one that is slow again and again is left out."""

    source: str
    pattern: "regex.Pattern[str]"
    instead: str | Callable[[Any], str]
    failures: int = 0

    @classmethod
    def of(cls, entry: Replacement) -> "Substitution":
        """Compile an entry.

        Raises:
            SettingsError: Its pattern or its replacement is not valid.
        """
        pattern = _compile(entry)
        if entry.match != "regex":
            return cls(entry.pattern, pattern, lambda _: entry.replacement)
        return cls(entry.pattern, pattern, entry.replacement)

    def apply(self, text: str) -> str:
        """The text with its first matches replaced, bounded in length and time."""
        if self.failures >= _MAX_FAILURES:
            return text
        try:
            said = self.pattern.sub(self.instead, text, count=_MAX_TIMES, timeout=_TIMEOUT_S)
        except TimeoutError:
            self._fail()
            return text
        self.failures = 0
        return cut(said, max(_MAX_CHARS, len(text)))

    def _fail(self) -> None:
        self.failures += 1
        if self.failures == _MAX_FAILURES:
            logger.error("filter.replacements: %r is too slow and left out now", self.source)


def _compile(entry: Replacement) -> "regex.Pattern[str]":
    source = entry.pattern
    if entry.match != "regex":
        source = regex.escape(source)
    if entry.match == "word":
        source = _bounded(entry.pattern, source)
    flags = regex.IGNORECASE if entry.ignore_case else 0
    try:
        pattern = regex.compile(source, flags)
        if entry.match == "regex":
            # A replacement is read when it is first used, which this is.
            regex.compile(f"(?:{source})?", flags).sub(entry.replacement, "")
    except (regex.error, IndexError, ValueError, OverflowError) as error:
        raise SettingsError(f"filter.replacements: {entry.pattern!r}: {error}") from None
    return pattern


def _bounded(word: str, source: str) -> str:
    """Whole words between spaces; Chinese, which has none of them, is found anywhere."""
    before = rf"(?<!{_WORDY})" if is_wordy(word[0]) else ""
    after = rf"(?!{_WORDY})" if is_wordy(word[-1]) else ""
    return f"{before}{source}{after}"
