"""What espeak is given: text that cannot be a command, cut by script into languages.

Espeak reads a foreign script as "Chinese letter, Chinese letter", so each run of a script is
spoken by that script's language, all within one utterance.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

_LATIN = (
    (0x41, 0x5A),
    (0x61, 0x7A),
    (0xAA, 0xAA),
    (0xBA, 0xBA),
    (0xC0, 0xD6),
    (0xD8, 0xF6),
)
_BLOCKS: dict[str, tuple[tuple[int, int], ...]] = {
    "latin": (
        *_LATIN,
        (0xF8, 0x2FF),
        (0x1E00, 0x1EFF),
        (0x2C60, 0x2C7F),
        (0xA722, 0xA7FF),
    ),
    "greek": ((0x370, 0x3FF), (0x1F00, 0x1FFF)),
    "cyrillic": ((0x400, 0x52F), (0x1C80, 0x1C8F), (0x2DE0, 0x2DFF), (0xA640, 0xA69F)),
    "armenian": ((0x530, 0x58F),),
    "hebrew": ((0x590, 0x5FF), (0xFB1D, 0xFB4F)),
    "arabic": (
        (0x600, 0x6FF),
        (0x750, 0x77F),
        (0x8A0, 0x8FF),
        (0xFB50, 0xFDFF),
        (0xFE70, 0xFEFE),
    ),
    "devanagari": ((0x900, 0x97F), (0xA8E0, 0xA8FF)),
    "bengali": ((0x980, 0x9FF),),
    "gurmukhi": ((0xA00, 0xA7F),),
    "gujarati": ((0xA80, 0xAFF),),
    "oriya": ((0xB00, 0xB7F),),
    "tamil": ((0xB80, 0xBFF),),
    "telugu": ((0xC00, 0xC7F),),
    "kannada": ((0xC80, 0xCFF),),
    "malayalam": ((0xD00, 0xD7F),),
    "sinhala": ((0xD80, 0xDFF),),
    "thai": ((0xE00, 0xE7F),),
    "myanmar": ((0x1000, 0x109F), (0xAA60, 0xAA7F)),
    "georgian": ((0x10A0, 0x10FF), (0x1C90, 0x1CBF), (0x2D00, 0x2D2F)),
    "hangul": ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF)),
    "ethiopic": ((0x1200, 0x139F), (0x2D80, 0x2DDF), (0xAB00, 0xAB2F)),
    "cherokee": ((0x13A0, 0x13FF), (0xAB70, 0xABBF)),
    "shavian": ((0x10450, 0x1047F),),
    "kana": ((0x3041, 0x30FA), (0x30FC, 0x30FF), (0x31F0, 0x31FF)),
    "han": (
        (0x2E80, 0x2FDF),
        (0x3005, 0x3007),
        (0x3100, 0x312F),
        (0x3400, 0x4DBF),
        (0x4E00, 0x9FFF),
        (0xF900, 0xFAFF),
        (0x20000, 0x323AF),
    ),
}
_RANGES = sorted((first, last, name) for name, rows in _BLOCKS.items() for first, last in rows)
_STARTS = [first for first, _, _ in _RANGES]

SCRIPT_LANGUAGES: Mapping[str, str] = {
    "greek": "el",
    "cyrillic": "ru",
    "armenian": "hy",
    "hebrew": "he",
    "arabic": "ar",
    "devanagari": "hi",
    "bengali": "bn",
    "gurmukhi": "pa",
    "gujarati": "gu",
    "oriya": "or",
    "tamil": "ta",
    "telugu": "te",
    "kannada": "kn",
    "malayalam": "ml",
    "sinhala": "si",
    "thai": "th",
    "myanmar": "my",
    "georgian": "ka",
    "hangul": "ko",
    "ethiopic": "am",
    "cherokee": "chr-us-qaaa-x-west",
    "shavian": "en-shaw",
    "kana": "ja",
    "han": "cmn",
}
"""Who reads a script unless told otherwise. Espeak's Japanese cannot read kanji; Mandarin does."""

_OTHER_SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "cyrillic": ("uk", "be", "bg", "mk", "ba", "cv", "kk", "ky", "tt", "nog", "sr"),
    "greek": ("grc",),
    "armenian": ("hyw",),
    "arabic": ("fa", "ur", "ug", "sd"),
    "devanagari": ("mr", "ne", "kok"),
    "bengali": ("as", "bpy"),
    "myanmar": ("shn",),
    "ethiopic": ("ti",),
    "han": ("yue", "hak"),
}
_TWO_SCRIPTS = ("sr",)
"""Languages whose espeak voice reads Latin letters as well as their own."""

# C0 holds espeak's embedded commands (\x01 and digits change the voice for good), and the other
# characters here have no sound; ZWJ and ZWNJ stay, for Persian and Indian scripts need them.
_UNSPOKEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ue000-\uf8ff\ufe00-\ufe0f\ufeff\ufff0-\uffff\ud800-\udfff\U000e0000-\U0010ffff]+"
)
_STYLED = re.compile("[\u2070-\u209f\u2100-\u214f\u2460-\u24ff\uff01-\uffef\U0001d400-\U0001d7ff]+")
_SILENT_CATEGORIES = frozenset("PZCM")
_CLOSING = "\"')]}»”’」』）】》 "
_PAUSES_MS: Mapping[str, int] = {
    **dict.fromkeys(",;:、，；：·،", 120),
    **dict.fromkeys(".!?…。！？~～।؟", 250),
}
"""Espeak is silent after punctuation only where more text of the same call follows."""


@dataclass(frozen=True)
class Segment:
    """A piece of text in one language.

    Attributes:
        language: Espeak's tag, `en-us`.
        pause_ms: Silence that its punctuation asks for before the next piece.
    """

    language: str
    text: str
    pause_ms: int = 0


def clean(text: str) -> str:
    """Text in which espeak finds nothing but text.

    `[[` would begin phonemes in the espeak-ng program; letters in fancy dress (full width,
    mathematical bold) are turned into the letters that they are.
    """
    text = _STYLED.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    return _UNSPOKEN.sub(" ", unicodedata.normalize("NFC", text)).replace("[[", "[ [").strip()


def is_speakable(text: str) -> bool:
    """Whether there is more than punctuation: espeak would read a lone `?!` by name."""
    return any(unicodedata.category(char)[0] not in _SILENT_CATEGORIES for char in text)


def language_scripts(language: str) -> tuple[str, ...]:
    """The scripts that a language's voice reads: `("cyrillic",)` for `ru`."""
    base = language.partition("-")[0]
    own = [script for script, reader in SCRIPT_LANGUAGES.items() if reader in (base, language)]
    own += [script for script, readers in _OTHER_SCRIPTS.items() if base in readers]
    if not own or base in _TWO_SCRIPTS or "latn" in language:
        own.append("latin")
    return tuple(own)


def script_languages(language: str | None, latin_language: str) -> dict[str, str]:
    """Which language reads each script, where `language` reads its own."""
    readers = {**SCRIPT_LANGUAGES, "latin": latin_language}
    if language is not None:
        readers.update(dict.fromkeys(language_scripts(language), language))
    return readers


def segment(text: str, base: str, readers: Mapping[str, str]) -> list[Segment]:
    """Cut text where the language changes.

    Digits, signs and spaces stay with what stands before them, at the start with what follows.
    Letters that nobody reads are left out: espeak would spell them as "letter" and a number.

    Args:
        text: Cleaned text.
        base: The language of text without any letter.
        readers: Script to language.
    """
    runs: list[tuple[str | None, list[str]]] = [(None, [])]
    unread = False
    for char in text:
        script = _script(char)
        if script is None and unread and unicodedata.category(char)[0] == "M":
            continue
        language = runs[-1][0] if script is None else readers.get(script)
        unread = script is not None and language is None
        if unread:
            continue
        if runs[-1][0] is None:
            runs[-1] = (language, runs[-1][1])
        elif runs[-1][0] != language:
            runs.append((language, []))
        runs[-1][1].append(char)
    pieces = [(language or base, "".join(chars).strip()) for language, chars in runs]
    spoken = [piece for piece in pieces if is_speakable(piece[1])]
    return [Segment(*piece, _pause_ms(piece[1])) for piece in spoken]


def _pause_ms(text: str) -> int:
    return _PAUSES_MS.get(text.rstrip(_CLOSING)[-1:], 0)


def _script(char: str) -> str | None:
    """The script of a letter, `"unknown"` for one of no table; None for what belongs to all."""
    code = ord(char)
    if char.isascii():
        return "latin" if char.isalpha() else None
    first, last, name = _RANGES[bisect_right(_STARTS, code) - 1]
    if first <= code <= last:
        return name
    return "unknown" if unicodedata.category(char) == "Lo" else None
