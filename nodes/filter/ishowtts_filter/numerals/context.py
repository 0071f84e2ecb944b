"""The language in which a number is read: that of the words next to it."""

from functools import cached_property
from typing import Literal

import regex

from ishowtts_filter.numerals.shapes import Shape, substitute
from ishowtts_filter.text.language import LATIN, detect

Language = Literal["en", "zh", ""]
"""Empty: neither, so that the engine reads the digits."""

_LETTER = regex.compile(r"\p{L}")
_HAN = regex.compile(r"\p{Han}")
_LATIN = regex.compile(r"\p{Latin}")
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}--の]", regex.V1)
_NOT_LATIN = regex.compile(r"[^\p{Latin}\p{M}'’ ]+")
_NAMES = regex.compile(r"\p{Latin}*[0-9][0-9\p{Latin}]*+")
# What may stand between a number and the word that it belongs to.
_NEXT = regex.compile(r" *+(\p{L})")
_LAST = regex.compile(r"(\p{L})[ ,，:：=+#(（-]*+$")


class Context:
    """The words around the numbers of one text."""

    def __init__(self, text: str, default: Language) -> None:
        self._text = text
        self._default: Language = default

    def language_of(self, shape: Shape) -> Language:
        letter = _neighbour(shape) or self._usual_letter
        if not letter:
            return self._default
        if _HAN.match(letter):
            return "" if self._is_japanese else "zh"
        return self._latin if _LATIN.match(letter) else ""

    @cached_property
    def _words(self) -> str:
        """The text without numbers and what belongs to them: the `C` of `-5°C` is no word."""
        return _NAMES.sub(" ", substitute(self._text, lambda _: " "))

    @cached_property
    def _usual_letter(self) -> str:
        found = _HAN.search(self._words) or _LETTER.search(self._words)
        return found.group() if found else ""

    @cached_property
    def _is_japanese(self) -> bool:
        return _KANA.search(self._text) is not None

    @cached_property
    def _latin(self) -> Language:
        """English, unless the words are surely of another language."""
        found = detect(_NOT_LATIN.sub(" ", self._words), LATIN)
        return "en" if found == "en" or (found is None and self._default) else ""


def _neighbour(shape: Shape) -> str:
    """A letter right beside the number, behind it rather than before; then one word away."""
    after, before = shape.after[:1], shape.before[-1:]
    if after.isalpha():
        return after
    if before.isalpha():
        return before
    found = _NEXT.match(shape.after) or _LAST.search(shape.before)
    return found.group(1) if found else ""
