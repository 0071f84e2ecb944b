"""What numbers look like in chat."""

import re
from collections.abc import Callable

from msgspec import Struct

from ishowtts_filter.numerals import currencies
from ishowtts_filter.numerals.number import AMOUNT, NUMBER
from ishowtts_filter.numerals.units import UNITS

# Digits in names are left as they are: `PS5`, `mp3`, `3D`, `4chan`; so are tails of odd shapes.
# Python's own `re`, which has no script names, is five times faster here than `regex`.
_LETTER = r"A-Za-zªº\u00c0-\u024f\u0300-\u052f\u1d00-\u1fff"
_BEFORE = rf"(?<![{_LETTER}0-9_])(?<!\d[.:/^])"
_AFTER = rf"(?![{_LETTER}0-9_]|[.:/^]\d)"
_SEEN_CHARS = 40
_GAME = re.compile(
    r"(?i)比分|赢|输|领先|落后|打成|\b(?:score|won|win|wins|lost|lose|lead|beat|vs)\b"
)
_FIRST = r"(?<![\w)\]])"
_MINUS = rf"(?P<minus>{_FIRST}[-−])?"
# Chinese puts no space before a sign; between its numbers a stroke means `to`.
_CHINESE = r"(?<=[\u4e00-\u9fff])(?<![零一二两三四五六七八九十百千万亿])"
_BELOW = rf"(?P<minus>(?:{_FIRST}|{_CHINESE})[-−])?"


def _any_of(names: dict[str, object]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


_CURRENCY = _any_of({**currencies.CURRENCIES})
_MONEY = _any_of({**currencies.ALL})
_UNIT = _any_of({**UNITS})

_BOUND: dict[str, str] = {
    "date": r"(?P<year>[12]\d{3})[-/.](?P<month>1[0-2]|0?[1-9])[-/.]"
    r"(?P<day>[12]\d|3[01]|0?[1-9])",
    "version": r"(?P<parts>\d{1,4}(?:\.\d{1,4}){2,5})",
    "phone": r"\+\d{7,15}|\+\d{1,3}[ -]\d{3,12}(?:[ -]\d{2,12}){0,4}|1[3-9]\d(?:[ -]?\d{4}){2}"
    r"|\d{3}[ -]\d{3}[ -]\d{4}|\d{3}-\d{4}|\d{1,4}(?:-\d{2,4}){3}",
    "clock": r"(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
    r"(?: ?(?P<half>[aApP])\.?[mM])?",
    "score": r"(?P<ours>\d{1,4})[:：](?P<theirs>\d{1,4})",
    "money": rf"(?P<currency>{_CURRENCY}) ?(?P<number>{AMOUNT})(?P<scale>[kKmMbB万亿])?",
    "money_behind": rf"(?P<number>{AMOUNT}) ?(?P<currency>{_MONEY})",
    "percent": rf"{_BELOW}(?P<number>{NUMBER}) ?(?P<of>[%％‰])",
    "degrees": rf"{_BELOW}(?P<number>{NUMBER}) ?(?P<unit>° ?[CF]?|℃|℉)",
    "power": r"(?P<base>\d{1,40})\^(?P<exponent>\d{1,40})",
    "scientific": r"(?P<number>\d{1,10}(?:\.\d{1,20})?)[eE](?P<exponent>[+-]?\d{1,4})",
    "fraction": r"(?P<top>\d{1,4})/(?P<bottom>\d{1,4})",
    "versus": r"(?P<ours>\d{1,3})[vV][sS]?(?P<theirs>\d{1,3})",
    "by": r"(?P<width>\d{1,5})[x×](?P<height>\d{1,5})",
    "span": rf"(?P<low>{NUMBER})[-–—~～](?P<high>{NUMBER})",
    "ordinal": r"(?P<number>\d{1,9})(?:st|nd|rd|th)",
    "lines": r"(?P<number>\d{3,4})[pP]",
    "quantity": rf"{_MINUS}(?P<number>{NUMBER}) ?(?P<unit>{_UNIT})",
    "scaled": rf"(?P<number>{NUMBER})(?P<scale>[kKwWxX])",
    "year": r"(?P<year>1\d{3}|20\d\d)(?=年(?!级))",
    "laughter": r"(?<![第号$￥¥€£.,:+-])(?:6{3,}|5{3,}|8{3,}|23{2,})",
    "signed": rf"(?:{_FIRST}|(?<=[温度])(?=.{{,8}}度))(?P<sign>[-−+])(?P<number>{NUMBER})",
    "integer": rf"(?P<number>{NUMBER})",
}
_FREE: dict[str, str] = {
    "release": rf"(?<![{_LETTER}0-9_.])[vV](?P<parts>\d{{1,4}}(?:\.\d{{1,4}}){{1,5}}){_AFTER}",
    "place": r"(?:#|(?<!\w)[Nn][oO]\. ?)(?P<number>\d{1,9})" + _AFTER,
    "until": r"(?<=:\d\d) ?[-–—~～] ?(?=\d{1,2}:\d\d)",
    "heart": r"(?<![0-9<=])(?<!(?<![<3])[0-9] )<3+(?![^\s.,!?~])(?![.,]\d)",
    "operator": r"(?<=\d) ?(?P<sign>[+=×÷*]) ?(?=\d)",
    "decimals": r"(?<![\w.])\.(?P<fraction>\d+)" + _AFTER,
}


class Shape(Struct, frozen=True):
    """A number that was found.

    Attributes:
        name: Key of the shapes.
        parts: Its named parts; empty where it has not got one.
        text: The number itself.
        before: The last of the text before it.
        after: The first of the text behind it.
    """

    name: str
    parts: dict[str, str]
    text: str
    before: str
    after: str

    @property
    def is_score(self) -> bool:
        """Whether `21:18` is said of a game, and not of the time."""
        return _GAME.search(self.before) is not None or _GAME.search(self.after) is not None


def _ascii(pattern: str) -> str:
    return pattern.replace(r"[^\d]", "[^0-9]").replace(r"\d", "[0-9]")


def _nameless(pattern: str) -> str:
    return _PART.sub("(?:", pattern)


_PART = re.compile(r"\(\?P<\w+>")
_EACH = {
    **{name: re.compile(_ascii(pattern)) for name, pattern in _FREE.items()},
    **{name: re.compile(_ascii(f"(?:{shape}){_AFTER}")) for name, shape in _BOUND.items()},
}
_ALONE = "|".join(f"(?P<{name}>{_nameless(pattern)})" for name, pattern in _FREE.items())
_FRAMED = "|".join(f"(?P<{name}>{_nameless(pattern)})" for name, pattern in _BOUND.items())
# Most of a text is no number: the first look keeps that cheap.
_ANY = re.compile(_ascii(rf"(?=[^\d]{{0,5}}\d)(?:{_ALONE}|{_BEFORE}(?:{_FRAMED}){_AFTER})"))


def substitute(text: str, said: Callable[[Shape], str]) -> str:
    """The text with what `said` makes of every number in it, from left to right."""

    def replaced(found: "re.Match[str]") -> str:
        name = found.lastgroup or ""
        again = _EACH[name].match(text, found.start())
        parts = again.groupdict(default="") if again else {}
        start, end = found.span()
        before, after = text[max(0, start - _SEEN_CHARS) : start], text[end : end + _SEEN_CHARS]
        return said(Shape(name, parts, found.group(), before, after))

    return _ANY.sub(replaced, text)
