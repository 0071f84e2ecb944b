"""Laughter as chats of the world write it, and as a voice can do it."""

import re

import regex

_ALONE = r"(?<![A-Za-z0-9_])(?:{})(?![A-Za-z0-9_])"
_HAN = regex.compile(r"\p{Han}")
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_LETTER = regex.compile(r"\p{L}")
_LATIN_BUT_W = regex.compile(r"[A-Za-vx-z]")

# hahaha, AHAHAHA, hhahaah, jajaja, xaxaxa, and in Cyrillic.
_SYLLABLES = regex.compile(
    _ALONE.format(r"[aeioае]?(?:[hjx]++[aeio]++){3,}+[hjx]*+|(?:х++[ае]++){3,}+х*+"),
    regex.IGNORECASE,
)
_LOLOL = regex.compile(_ALONE.format(r"l++(?:o++l++){2,}+"), regex.IGNORECASE)
_H = regex.compile(_ALONE.format(r"h{3,}+"), regex.IGNORECASE)
_K = regex.compile(_ALONE.format(r"k{3,}+|K{4,}+"))
_JAMO = (
    (re.compile("ㅋ{2,}"), "크크크"),
    (re.compile("ㅎ{2,}"), "하하하"),
    (re.compile("[ㅠㅜ]{2,}"), "흑흑"),
)
_W_AFTER = regex.compile(
    r"(?<=[\p{Han}\p{Hiragana}\p{Katakana}ー！？!?。])[wW]{2,}+(?![A-Za-z0-9_.])"
)
_W_ALONE = regex.compile(r"(?<!\S)w{3,}+(?!\S)")

# Numbers that are sounds, unless something is counted: 666块 is money.
_COUNTED = "元块个年月日号分米度万亿千百次人岁层楼条张件只台部斤秒天级名章集期"
_NO_NUMBER = r"(?<![0-9A-Za-z_.,:第号$￥¥€£+-]){}(?![0-9A-Za-z_.:%℃°" + _COUNTED + "])"
_SIXES = regex.compile(_NO_NUMBER.format(r"6{3,}+"))
_TWO_THREES = regex.compile(_NO_NUMBER.format(r"23{2,}+"))
_FIVES = regex.compile(_NO_NUMBER.format(r"5{3,}+"))
_THAI = regex.compile(r"\p{Thai}")
_SHORT = 4


# Nearly all messages hold none of these, and none of the patterns matches without one.
_LATIN_HINTS = ("ah", "eh", "ih", "oh", "aj", "ej", "ij", "oj", "ax", "ex", "ix", "ox", "olo")
_LATIN_HINTS += ("ool", "hhh", "kkk", "ха", "хе")


def spoken_laughter(text: str) -> str:
    """The text with its laughter as short syllables. Idempotent; linear."""
    low = text.lower()
    if any(hint in low for hint in _LATIN_HINTS):
        text = _SYLLABLES.sub(_three, text)
        text = _LOLOL.sub("lol", text)
        text = _K.sub("hahaha", text)
        text = _H.sub("哈哈哈" if _HAN.search(text) else "hahaha", text)
    if not text.isascii():
        for pattern, said in _JAMO:
            text = pattern.sub(said, text)
    return _japanese(_numbers(text))


def _three(match: "regex.Match[str]") -> str:
    consonant, *rest = match[0].lower().lstrip("aeioае")
    vowel = next(letter for letter in rest if letter != consonant)
    return f"{'h' if consonant == 'x' else consonant}{vowel}" * 3


def _japanese(text: str) -> str:
    if "ww" not in text.lower():
        return text
    laugh = "わら" if _KANA.search(text) else "笑"
    text = _W_AFTER.sub(laugh, text)
    return text if _LATIN_BUT_W.search(text) else _W_ALONE.sub("わら", text)


def _numbers(text: str) -> str:
    """2333 and 6666 where the line is Chinese or nothing else, 555 where it is Thai."""
    if "666" not in text and "233" not in text and "555" not in text:
        return text
    if _THAI.search(text):
        return _FIVES.sub("ฮ่าฮ่าฮ่า", text)
    if _HAN.search(text):
        return _TWO_THREES.sub("哈哈哈", _SIXES.sub("六六六", text))
    if _LETTER.search(text):
        return text
    text = _SIXES.sub(lambda found: "六六六" if len(found[0]) >= _SHORT else found[0], text)
    return _TWO_THREES.sub(lambda found: "哈哈哈" if len(found[0]) >= _SHORT else found[0], text)
