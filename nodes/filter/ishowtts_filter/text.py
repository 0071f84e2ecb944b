"""Unicode ground rules that several rules share. Nothing here raises, whatever the text."""

import unicodedata

import regex

_GRAPHEME = regex.compile(r"\X")

_SPACES = regex.compile(r"[\s\x1c-\x1f\x85]+")

# Joiners carry meaning inside emoji sequences and inside scripts that join their letters.
_JOINING = (
    r"[\p{Arabic}\p{Syriac}\p{Nko}\p{Mongolian}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}"
    r"\p{Oriya}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Khmer}]"
)
_EMOJI = r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F]"
_INVISIBLE = regex.compile(
    r"[\p{Cc}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}]"
    r"|[[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]--[\uFE0E\uFE0F\u200C\u200D]]"
    rf"|(?<!{_EMOJI}(?=\u200D\p{{Extended_Pictographic}})"
    # Any marks between: NFC changes their order, and the answer must not change with it.
    rf"|{_JOINING}\p{{M}}*(?=[\u200C\u200D][{_JOINING}&&\p{{L}}]))[\u200C\u200D]",
    regex.V1,
)
_IGNORABLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}]")


def clean(text: str) -> str:
    """One line of visible text in NFC: no control, bidi or zero-width characters, single spaces.

    Lone surrogates go too, so that the result can be encoded. Idempotent.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    spaced = _SPACES.sub(" ", text)
    visible = _INVISIBLE.sub("", spaced)
    return " ".join(unicodedata.normalize("NFC", visible).split())


def fold(text: str) -> str:
    """The form in which texts are compared: no case, width, style or invisible characters."""
    if text.isascii():
        return text.lower()
    visible = _IGNORABLE.sub("", text)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())


def cut(text: str, limit: int) -> str:
    """At most `limit` code points, without half a grapheme (an emoji, a letter and its marks).

    A single grapheme longer than the limit is cut all the same: a letter may carry any
    number of marks.
    """
    if len(text) <= limit:
        return text
    end = 0
    for grapheme in _GRAPHEME.finditer(text, 0, limit + 1):
        if grapheme.end() > limit:
            break
        end = grapheme.end()
    return text[: end or limit].rstrip(" \u200c\u200d")


def has_speech(text: str) -> bool:
    """Whether there is a letter, digit or ideograph to pronounce."""
    return any(map(str.isalnum, text))
