"""What is repeated is said a few times."""

import re
from collections import Counter
from itertools import groupby
from operator import eq
from typing import ClassVar

from msgspec.structs import replace

from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.settings.text import RepeatsSettings
from ishowtts_filter.text.laughter import spoken_laughter

_SHORT_UNIT = 8
_LONGEST_UNIT = 60
_LONGEST_PHRASE = 30
_PUNCTUATION = ".,!?;:~…，。！？、；：～\"'()"
_DIGITS = frozenset(
    {*"0123456789", "zero", "oh", "one", "two", "three", "four", "five"}
    | {"six", "seven", "eight", "nine"}
)
_IDEOGRAPHS = re.compile("[零幺一二三四五六七八九]{2,}")


class RepeatsRule:
    """Shortens laughter and runs of one character, word or phrase.

    Numbers are left alone, also those that are read digit by digit: a telephone's.
    """

    name: ClassVar[str] = "repeats"

    def __init__(self, settings: RepeatsSettings) -> None:
        self._settings = settings
        self._chars = _runs_of(r"[^\d\s]", settings.max_chars)
        self._short = _runs_of(rf"[^\d\s]{{2,{_SHORT_UNIT - 1}}}?", settings.max_words)
        self._long = _runs_of(rf"[^\d\s]{{{_SHORT_UNIT},{_LONGEST_UNIT}}}?", settings.max_phrases)

    def apply(self, draft: Draft) -> Draft | Rejection:
        text = spoken_laughter(draft.text) if self._settings.laughter else draft.text
        text = self._shorten(text)
        text = self._without_repeated_words(text)
        return draft if text == draft.text else replace(draft, text=text)

    def _shorten(self, text: str) -> str:
        chars, words = self._settings.max_chars, self._settings.max_words
        phrases = self._settings.max_phrases
        again = _comes_again(text)
        if 0 < chars <= again:
            text = _shorten(text, self._chars, chars)
        if 0 < 2 * words <= again and _may_repeat(text, 2, _SHORT_UNIT - 1, words):
            text = _shorten(text, self._short, words)
        is_long = 0 < _SHORT_UNIT * phrases <= again
        if is_long and _may_repeat(text, _SHORT_UNIT, _LONGEST_UNIT, phrases):
            text = _shorten(text, self._long, phrases)
        return text

    def _without_repeated_words(self, text: str) -> str:
        words = text.split()
        keys = _without_numbers([word.strip(_PUNCTUATION).casefold() or word for word in words])
        for size in range(1, self._longest_phrase(keys) + 1):
            limit = self._settings.max_words if size == 1 else self._settings.max_phrases
            if limit and sum(map(eq, keys[size:], keys)) >= limit * size:
                gone = _surplus(keys, size, limit)
                words = [word for at, word in enumerate(words) if at not in gone]
                keys = [key for at, key in enumerate(keys) if at not in gone]
        return " ".join(words)

    def _longest_phrase(self, keys: list[str]) -> int:
        """How long a phrase can be that stands there too often: all its words do."""
        if len(set(keys)) == len(keys):
            return 0
        often = 1 + min(self._settings.max_words or len(keys), self._settings.max_phrases or 1)
        total = sum(count for count in Counter(keys).values() if count >= often)
        return min(_LONGEST_PHRASE, total // often)


def _runs_of(unit: str, limit: int) -> re.Pattern[str] | None:
    return re.compile(rf"({unit})\1{{{limit},}}") if limit else None


def _shorten(text: str, runs: re.Pattern[str] | None, limit: int) -> str:
    """Keeps the first `limit` units of each run; capital and small letters are the same."""
    if runs is None:
        return text
    pieces: list[str] = []
    at = 0
    # `İ` alone is longer in small letters.
    low = text.replace("\u0130", "i").lower()
    for run in runs.finditer(low if low.isascii() else _IDEOGRAPHS.sub(_digits, low)):
        pieces.append(text[at : run.start() + limit * len(run[1])])
        at = run.end()
    return "".join([*pieces, text[at:]]) if pieces else text


def _digits(number: re.Match[str]) -> str:
    """Digits, which are no runs, for a number; `六六六六` is none."""
    return number[0] if len(set(number[0])) == 1 else "0" * len(number[0])


def _without_numbers(keys: list[str]) -> list[str]:
    """Keys in which no digit of a number is another one's: `one three eight eight eight eight`."""
    if _DIGITS.isdisjoint(keys):
        return keys
    result: list[str] = []
    for are_digits, run in groupby(keys, _DIGITS.__contains__):
        number = list(run)
        if are_digits and len(set(number)) > 1:
            number = [f"{key} {len(result) + at}" for at, key in enumerate(number)]
        result += number
    return result


def _comes_again(text: str) -> int:
    """How many characters a word of the text has that stand in it before."""
    return max((len(word) - len(set(word)) for word in text.lower().split()), default=0)


def _may_repeat(text: str, shortest: int, longest: int, limit: int) -> bool:
    """Whether some characters come again soon; the patterns themselves are ten times as slow.

    A run of more than `limit` units has so many places where a sample comes again one unit
    later that at least one of them is looked at.
    """
    low = text.lower()
    size = shortest * (2 if limit > 2 else 1)  # noqa: PLR2004 - longer samples err less
    return any(
        low.find(low[at : at + size], at + shortest, at + longest + size) >= 0
        for at in range(0, len(low) - size, limit * shortest - size + 1)
    )


def _surplus(keys: list[str], size: int, limit: int) -> set[int]:
    """Positions of whole repetitions of `size` words beyond the first `limit`."""
    gone: set[int] = set()
    same = 0
    for at in range(size, len(keys) + 1):
        if at < len(keys) and keys[at] == keys[at - size]:
            same += 1
            continue
        surplus = max(0, same // size - (limit - 1)) * size
        first = at - same + (limit - 1) * size
        gone.update(range(first, first + surplus))
        same = 0
    return gone
