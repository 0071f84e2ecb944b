"""Forms of a text in which keywords are looked for, each with the way back to the text."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

import regex

from ishowtts_filter.text.cleaning import fold
from ishowtts_filter.words.confusables import look_alike, unmix
from ishowtts_filter.words.leet import SYMBOLS
from ishowtts_filter.words.translation import Translation

NO_GAP, JOINER, APOSTROPHE, SPACE, BREAK = range(5)
"""What stands between two characters: nothing, a separator within a word, a space, a clause end.

An apostrophe is none of these: `he'll` is one word, but not `hell`.
"""

# Beside these stand no letters of one word: `and/or` is two.
_BREAKS = frozenset(",;:?!/\\…，。；：？！、")
_APOSTROPHES = frozenset("'’`´")
_JOINER, _APOSTROPHE, _SPACE, _BREAK = "\x01\x02\x03\x04"  # folding leaves no control characters
_GAPS = {_JOINER: JOINER, _APOSTROPHE: APOSTROPHE, _SPACE: SPACE, _BREAK: BREAK}
_WITHOUT_GAPS = dict.fromkeys(map(ord, _GAPS))
_GAP = re.compile(rf"[{_JOINER}-{_BREAK}]+")

_GRAPHEME = regex.compile(r"\X")
# Each code point is a grapheme.
_SIMPLE = regex.compile(
    r"[^\p{M}\p{C}\p{Regional_Indicator}\p{Emoji_Modifier}\u1100-\u11ff\ua960-\ua97f]*+"
)
_MARKED = regex.compile(r"[\p{Latin}\p{Greek}]\p{M}")
# Marks of one script are part of its letters; these hide any letter.
_HIDING = regex.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]")
_MOST_CACHED = 8192


class Span(NamedTuple):
    """A part of a text; no grapheme is cut."""

    start: int
    end: int


class Folded:
    """A text in another form.

    Gaps and places are worked out when something was found: most messages hold nothing.

    Attributes:
        chars: The form, without marks for gaps.
    """

    def __init__(self, marked: str, starts: Sequence[int], ends: Sequence[int]) -> None:
        self.chars = marked.translate(_WITHOUT_GAPS)
        self._marked = marked
        self._starts = starts
        self._ends = ends

    @cached_property
    def gaps(self) -> bytes:
        """What stands before each of `chars`, and after the last, and is left out."""
        gaps = bytearray(len(self.chars) + 1)
        left_out = 0
        for gap in _GAP.finditer(self._marked):
            start, end = gap.span()
            gaps[start - left_out] = _GAPS[max(gap.group())]
            left_out += end - start
        return bytes(gaps)

    def span(self, begin: int, stop: int) -> Span:
        """The part of the text that some of `chars` come from."""
        return Span(self._starts[self._places[begin]], self._ends[self._places[stop - 1]])

    @cached_property
    def _places(self) -> Sequence[int]:
        if len(self.chars) == len(self._marked):
            return range(len(self.chars))
        return [place for place, char in enumerate(self._marked) if char not in _GAPS]


def plain(text: str) -> Folded:
    """As `text.fold`, with positions."""
    return _folded(text, fold(text), _fold)


@lru_cache(maxsize=16)  # the matchers look at one text in turn
def bare(text: str) -> Folded:
    """Letters, digits and what is written for letters, without marks, spaces or separators."""
    unmixed = unmix(text)
    return _folded(unmixed, unmixed.translate(_STRIPPED), _strip)


def _folded(text: str, whole: str, form: Callable[[str], str]) -> Folded:
    """`whole`, if it went character by character; else formed grapheme by grapheme."""
    if len(whole) == len(text) and (text.isascii() or _SIMPLE.fullmatch(text)):
        return Folded(whole, range(len(text)), range(1, len(text) + 1))
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for grapheme in _GRAPHEME.finditer(text):
        formed = form(grapheme.group())
        chars.append(formed)
        starts += [grapheme.start()] * len(formed)
        ends += [grapheme.end()] * len(formed)
    return Folded("".join(chars), starts, ends)


@lru_cache(maxsize=_MOST_CACHED)
def _fold(grapheme: str) -> str:
    return fold(grapheme)


@lru_cache(maxsize=_MOST_CACHED)
def _strip(grapheme: str) -> str:
    """The letters of a grapheme, or one mark for the gap that it makes."""
    folded = _without_marks(fold(grapheme))
    if not folded or folded in SYMBOLS:
        return folded
    letters = "".join(alike for char in folded for alike in look_alike(char) if alike.isalnum())
    if letters:
        return letters
    if folded.isspace():
        return _SPACE
    if folded[0] in _APOSTROPHES:
        return _APOSTROPHE
    return _BREAK if folded[0] in _BREAKS or folded.startswith("..") else _JOINER


def _without_marks(folded: str) -> str:
    decomposed = unicodedata.normalize("NFD", folded)
    return _HIDING.sub("", decomposed if _MARKED.match(decomposed) else folded)


_STRIPPED = Translation(_strip)
