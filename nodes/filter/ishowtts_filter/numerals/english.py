"""English words for numbers."""

from ishowtts_filter.numerals.number import Number

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_POWERS = (
    *("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion"),
    *("sextillion", "septillion", "octillion", "nonillion", "decillion", "undecillion"),
    "duodecillion",
)
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_DECIMALS = 10
_LONG_DIGITS = 8
_TEN, _TWENTY, _HUNDRED, _THOUSAND = 10, 20, 100, 1000


def number(value: Number, max_digits: int) -> str:
    """`1234.5` as `one thousand two hundred thirty-four point five`."""
    words = _whole(value, max_digits)
    if not value.fraction or len(value.whole) > max_digits:
        return words
    return f"{words} point {digits(value.fraction[:_DECIMALS])}"


def cardinal(value: int) -> str:
    """An integer below 10^42."""
    if value < _THOUSAND:
        return _below_thousand(value)
    groups: list[str] = []
    for power in _POWERS:
        value, group = divmod(value, _THOUSAND)
        if group:
            groups.append(f"{_below_thousand(group)} {power}".rstrip())
        if not value:
            break
    return " ".join(reversed(groups))


def ordinal(value: int) -> str:
    """`3` as `third`."""
    head, last = _last_word(cardinal(value))
    if last in _ORDINALS:
        return head + _ORDINALS[last]
    return head + (last[:-1] + "ieth" if last.endswith("y") else last.removesuffix("t") + "th")


def year(value: int) -> str:
    """`2024` as `twenty twenty-four`, `1905` as `nineteen oh five`."""
    century, rest = divmod(value, _HUNDRED)
    if century % _TEN == 0 and rest < _TEN:
        return cardinal(value)
    if not rest:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < _TEN else ''}{cardinal(rest)}"


def digits(text: str) -> str:
    """Each digit by itself."""
    return " ".join(_ONES[int(digit)] for digit in text)


def _whole(value: Number, max_digits: int) -> str:
    if len(value.whole) > max_digits:
        return f"a number of {cardinal(len(value.whole))} digits"
    one_by_one = digits(value.whole)
    if value.is_code:
        return one_by_one
    words = cardinal(int(value.whole))
    is_long = len(value.whole) >= _LONG_DIGITS and not value.is_grouped
    return one_by_one if is_long and len(one_by_one) < len(words) else words


def _below_thousand(value: int) -> str:
    hundreds, rest = divmod(value, _HUNDRED)
    if not hundreds:
        return _below_hundred(rest)
    return f"{_ONES[hundreds]} hundred" + (f" {_below_hundred(rest)}" if rest else "")


def _below_hundred(value: int) -> str:
    if value < _TWENTY:
        return _ONES[value]
    tens, ones = divmod(value, _TEN)
    return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")


def _last_word(words: str) -> tuple[str, str]:
    start = max(words.rfind(" "), words.rfind("-")) + 1
    return words[:start], words[start:]
