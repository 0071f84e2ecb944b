"""Unicode ground rules that several rules share. Nothing here raises, whatever the text."""

import re
import unicodedata
from functools import lru_cache

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
# The ignorable ones that `str.isprintable` takes for printable. Text that has none of them and is
# printable needs none of the patterns above, which are ten times slower.
_PRINTABLE_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)

_MARKED = regex.compile(r"\p{M}")
# Strokes through letters and rings around them have no sound; U+20E3 makes keycaps of digits.
# After composition no orthography stacks three marks of these blocks: Vietnamese needs none,
# Yoruba one, the phonetic alphabet two. Other scripts get more room: Tibetan has five.
_OVERLAY = r"\u0334-\u0338\u0488\u0489\u20D0-\u20E2\u20E4-\u20FF"
_DIACRITIC = rf"[\u0300-\u036F\u0483-\u0487\u1AB0-\u1AFF\u1DC0-\u1DFF\uFE20-\uFE2F{_OVERLAY}]"
_DISFIGURED = regex.compile(rf"[{_OVERLAY}]|{_DIACRITIC}{{3}}")
_DIACRITICS = regex.compile(rf"{_DIACRITIC}+")
_PILE = regex.compile(r"(?<=\p{M}{6})\p{M}+")

_STYLED = re.compile(
    "[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u24b6-\u24e9\U0001d400-\U0001d7ff"
    "\U0001f130-\U0001f149\U0001f150-\U0001f169\u1d00-\u1d22\u0262\u026a\u0274\u0280\u028f"
    "\u0299\u029c\u029f\ua730\ua731]"
)


def clean(text: str) -> str:
    """One line of visible text in NFC: no control, bidi or zero-width characters, single spaces.

    Lone surrogates go too, so that the result can be encoded. Idempotent.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    visible = text
    if not _is_visible(text):
        visible = _INVISIBLE.sub("", _SPACES.sub(" ", text))
    return " ".join(_without_piles(unicodedata.normalize("NFC", visible)).split())


def _is_visible(text: str) -> bool:
    return text.isprintable() and _PRINTABLE_IGNORABLE.search(text) is None


def plain(text: str) -> str:
    """Styled letters and digits (𝓱𝓲, ｈｉ, ⓗⓘ, ʜɪ) as those that voices know. Idempotent."""
    if text.isascii() or _STYLED.search(text) is None:
        return text
    return _STYLED.sub(_plain_letter, text)


def _plain_letter(match: "re.Match[str]") -> str:
    letter = match.group()
    name = unicodedata.name(letter, "")
    if "LATIN LETTER SMALL CAPITAL " in name or name.startswith("NEGATIVE CIRCLED LATIN"):
        last = name.rpartition(" ")[2]
        return last.lower() if len(last) == 1 else letter
    return unicodedata.normalize("NFKC", letter)


def _without_piles(text: str) -> str:
    """Without marks that are heaped upon letters to disfigure a line. Composed letters stay."""
    if text.isascii() or _MARKED.search(text) is None:
        return text
    if _DISFIGURED.search(text) is not None:
        text = _DIACRITICS.sub("", text)
    return unicodedata.normalize("NFC", _PILE.sub("", text))


def fold(text: str) -> str:
    """The form in which texts are compared: no case, width, style or invisible characters."""
    if text.isascii():
        return text.lower()
    visible = text if _is_visible(text) else _IGNORABLE.sub("", text)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())


@lru_cache(maxsize=16)  # two rules ask in a row
def sounds_of(text: str) -> str:
    """Letters and digits alone, folded: what is left of a text that somebody varies to repeat it.

    Spaces, punctuation, emoji and invisible characters do not count.
    """
    return "".join(filter(str.isalnum, fold(text)))


def cut(text: str, limit: int) -> str:
    """At most `limit` code points, without half a grapheme (an emoji, a letter and its marks).

    A single grapheme longer than the limit is cut all the same: a letter may carry any
    number of marks.
    """
    if len(text) <= limit:
        return text
    head = text[: limit + 1]
    if head.isascii():
        return head[:limit].rstrip(" ")
    end = 0
    for grapheme in _GRAPHEME.finditer(text, 0, limit + 1):
        if grapheme.end() > limit:
            break
        end = grapheme.end()
    return text[: end or limit].rstrip(" \u200c\u200d")


def cut_between_words(text: str, limit: int) -> str:
    """As `cut`, and without half a word, unless the word is more than half of what is left.

    Half a word sounds wrong, and `example.community` must not become `example.com`.
    """
    kept = cut(text, limit)
    if len(kept) == len(text) or not (_in_word(kept[-1:]) and _in_word(text[len(kept)])):
        return kept
    end = len(kept)
    while end and _in_word(kept[end - 1]):
        end -= 1
    return kept[:end].rstrip() if end * 2 > len(kept) else kept


def _in_word(char: str) -> bool:
    """Whether a character belongs to a word between spaces; ideographs stand alone."""
    return char > " " and not "\u2e80" <= char <= "\u9fff" and not char > "\U0001ffff"


def has_speech(text: str) -> bool:
    """Whether there is a letter, digit or ideograph to pronounce."""
    return any(map(str.isalnum, text))
