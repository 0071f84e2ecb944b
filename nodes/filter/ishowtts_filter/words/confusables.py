"""Letters that look like Latin ones, one character at a time."""

from functools import lru_cache

import regex
from decancer_py import parse

# Scripts that people write chat in: their letters are look-alikes only inside a Latin word.
_ALPHABETS = r"\p{Cyrillic}\p{Greek}\p{Armenian}\p{Georgian}\p{Hebrew}\p{Cherokee}"
_FOREIGN = regex.compile(rf"[{_ALPHABETS}]")
_IN_WORD = rf"[\p{{Latin}}{_ALPHABETS}\p{{M}}0-9@$!|]"
_WORD = regex.compile(rf"{_IN_WORD}++")
_LATIN = regex.compile(r"\p{Latin}")

# Scripts where a shape like `口` for `o` is a word of its own; never a look-alike.
_OWN = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\p{Arabic}\p{Hebrew}\p{Thai}\p{Lao}"
    r"\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}"
    r"\p{Sinhala}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Mongolian}\p{Ethiopic}]"
    rf"|[{_ALPHABETS}]"
)

_DECORATIVE = regex.compile(r"[\p{Alphabetic}\p{Regional_Indicator}\p{Sc}\p{N}]")

# Same shape as the Latin letter in every common font, so that a word of these alone is suspect.
_TWINS = dict(
    zip(
        "асеһіјӏорԛѕѡхуԁАВСЕНІЈКМОРЅТХУԚԜѴοιΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "acehijlopqswxydABCEHIJKMOPSTXYQWVoiABEZHIKMNOPTYX",
        strict=True,
    )
)


def unmix(text: str) -> str:
    """Foreign letters in Latin words as the letters they look like, and words of twins alone.

    The result has the length of the text; other words stay: `вот` is Russian, `bаd` is not.
    """
    if text.isascii() or not _FOREIGN.search(text):
        return text
    return _WORD.sub(lambda word: _unmixed(word.group()), text)


@lru_cache(maxsize=4096)
def _unmixed(word: str) -> str:
    if not _FOREIGN.search(word):
        return word
    letters = [char for char in word if char.isalpha()]
    if any(map(_LATIN.match, letters)):
        return "".join(_one(char) for char in word)
    if all(char in _TWINS for char in letters):
        return "".join(_TWINS.get(char, char) for char in word)
    return word


def _one(char: str) -> str:
    alike = _TWINS.get(char) or (_ask(char) if _FOREIGN.match(char) else char)
    return alike if len(alike) == 1 else char


@lru_cache(maxsize=4096)
def look_alike(char: str) -> str:
    """The ASCII letters that a decorative letter or symbol stands for, or the character itself."""
    if char.isascii() or _OWN.match(char) or not _DECORATIVE.match(char):
        return char
    alike = _ask(char)
    return alike if alike.isascii() and alike.isalnum() else char


def _ask(char: str) -> str:
    try:
        return str(parse(char, disable_bidi=True)).lower()
    except (ValueError, UnicodeError):  # a lone surrogate
        return char
