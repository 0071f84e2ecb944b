"""English for each shape of number."""

from collections.abc import Callable, Mapping

import regex

from ishowtts_filter.numerals import currencies, english
from ishowtts_filter.numerals.number import Number
from ishowtts_filter.numerals.shapes import Shape
from ishowtts_filter.numerals.units import UNITS

Say = Callable[[str], str]

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_PARTS = {2: ("half", "halves"), 4: ("quarter", "quarters")}
_MOST_PARTS = 20
_RATINGS = frozenset({5, 10, 100})
_TOGETHER = frozenset({(24, 7), (9, 11), (50, 50)})
_SIGNS = {"+": "plus", "-": "minus", "=": "equals", "÷": "divided by"}
_SCALES = {"k": "thousand", "m": "million", "b": "billion"}
_DEGREES = {"C": " Celsius", "F": " Fahrenheit", "℃": " Celsius", "℉": " Fahrenheit"}
_HUNDREDTHS = 2
_YEAR_BEFORE = regex.compile(
    r"\b(?:in|since|from|until|till|by|of|year|early|late|circa"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|spring|summer|autumn|fall|winter) ?,?$",
    regex.IGNORECASE,
)
_YEAR = regex.compile(r"(?:19|20)[0-9]{2}")
_NAMED = regex.compile(r" ?\p{L}")


def say_date(shape: Shape, _: Say) -> str:
    year, month, day = (int(shape.parts[name]) for name in ("year", "month", "day"))
    return f"{_MONTHS[month - 1]} {english.ordinal(day)} {english.year(year)}"


def say_version(shape: Shape, say: Say) -> str:
    return " point ".join(map(say, shape.parts["parts"].split(".")))


def say_phone(shape: Shape, _: Say) -> str:
    plus = "plus " if shape.text.startswith("+") else ""
    return plus + english.digits("".join(filter(str.isdigit, shape.text)))


def say_clock(shape: Shape, say: Say) -> str:
    if shape.is_score:
        return f"{say(shape.parts['hour'])} to {say(shape.parts['minute'].lstrip('0') or '0')}"
    half = f" {shape.parts['half'].upper()} M" if shape.parts["half"] else ""
    hour, minute = shape.parts["hour"].lstrip("0") or "0", shape.parts["minute"]
    words = [say(hour)]
    if minute != "00":
        words.append(_minutes(minute))
    elif not half:
        words.append("o'clock")
    if shape.parts["second"]:
        words.append(f"and {english.cardinal(int(shape.parts['second']))} seconds")
    return " ".join(words) + half


def say_money(shape: Shape, say: Say) -> str:
    text = shape.parts["number"]
    number, currency = Number.parse(text), currencies.ALL[shape.parts["currency"]]
    scale = shape.parts.get("scale", "")
    if scale:
        return f"{say(text)} {_SCALES.get(scale.lower(), scale)} {currency.many}"
    if len(number.fraction) != _HUNDREDTHS:
        return f"{say(text)} {currency.one if number.is_one else currency.many}"
    cents = int(number.fraction)
    parts = [f"{say(number.whole)} {currency.one if number.whole == '1' else currency.many}"]
    if number.whole == "0":
        parts.clear()
    if cents or not parts:
        parts.append(f"{english.cardinal(cents)} {currency.hundredths}")
    return " ".join(parts)


def say_percent(shape: Shape, say: Say) -> str:
    return f"{_signed(shape, say)} {'per mille' if shape.parts['of'] == '‰' else 'percent'}"


def say_degrees(shape: Shape, say: Say) -> str:
    return f"{_signed(shape, say)} degrees{_DEGREES.get(shape.parts['unit'][-1], '')}"


def say_scientific(shape: Shape, say: Say) -> str:
    exponent = shape.parts["exponent"].lstrip("+")
    minus = "minus " if exponent.startswith("-") else ""
    number = say(shape.parts["number"])
    return f"{number} times ten to the power of {minus}{say(exponent.lstrip('-'))}"


def say_fraction(shape: Shape, say: Say) -> str:
    top, bottom = int(shape.parts["top"]), int(shape.parts["bottom"])
    if bottom in _RATINGS and 0 < top <= bottom:
        return f"{say(str(top))} out of {say(str(bottom))}"
    if (top, bottom) in _TOGETHER or not 0 < top < bottom <= _MOST_PARTS:
        together = "" if (top, bottom) in _TOGETHER else " slash"
        return f"{say(shape.parts['top'])}{together} {say(shape.parts['bottom'])}"
    one, many = _PARTS.get(bottom) or (name := english.ordinal(bottom), name + "s")
    return f"{say(str(top))} {one if top == 1 else many}"


def say_quantity(shape: Shape, say: Say) -> str:
    unit = UNITS[shape.parts["unit"]]
    is_one = Number.parse(shape.parts["number"]).is_one
    return f"{_signed(shape, say)} {unit.one if is_one else unit.many}"


def say_laughter(shape: Shape, say: Say) -> str | None:
    return say(shape.text) if regex.match(r" \p{Latin}", shape.after) else None


def say_operator(shape: Shape, _: Say) -> str:
    return f" {_SIGNS.get(shape.parts['sign'], 'times')} "


def say_signed(shape: Shape, say: Say) -> str:
    sign = "plus" if shape.parts["sign"] == "+" else "minus"
    return f"{sign} {say(shape.parts['number'])}"


def say_integer(shape: Shape, say: Say) -> str:
    text = shape.parts["number"]
    return english.year(int(text)) if _is_year(shape) else say(text)


def _is_year(shape: Shape) -> bool:
    if not _YEAR.fullmatch(shape.parts["number"]):
        return False
    if _YEAR_BEFORE.search(shape.before):
        return True
    return not shape.before and not _NAMED.match(shape.after)


def _signed(shape: Shape, say: Say) -> str:
    return ("minus " if shape.parts["minus"] else "") + say(shape.parts["number"])


def _minutes(text: str) -> str:
    return ("oh " if text.startswith("0") else "") + english.cardinal(int(text))


def _pairs(text: str) -> str:
    """`1080` as `ten eighty`, `720` as `seven twenty`."""
    head, tail = int(text[:-2]), int(text[-2:])
    return f"{english.cardinal(head)} {_minutes(text[-2:]) if tail else 'hundred'}"


def _between(first: str, word: str, second: str) -> Callable[[Shape, Say], str]:
    return lambda shape, say: f"{say(shape.parts[first])} {word} {say(shape.parts[second])}"


SPEECH: Mapping[str, Callable[[Shape, Say], str | None]] = {
    "date": say_date,
    "version": say_version,
    "release": lambda shape, say: f"v {say_version(shape, say)}",
    "phone": say_phone,
    "clock": say_clock,
    "score": _between("ours", "to", "theirs"),
    "money": say_money,
    "money_behind": say_money,
    "percent": say_percent,
    "degrees": say_degrees,
    "power": _between("base", "to the power of", "exponent"),
    "scientific": say_scientific,
    "fraction": say_fraction,
    "versus": _between("ours", "v", "theirs"),
    "by": _between("width", "by", "height"),
    "span": _between("low", "to", "high"),
    "until": lambda _, __: " to ",
    "ordinal": lambda shape, _: english.ordinal(int(shape.parts["number"])),
    "lines": lambda shape, _: f"{_pairs(shape.parts['number'])} p",
    "quantity": say_quantity,
    "scaled": lambda shape, say: f"{say(shape.parts['number'])} {shape.parts['scale'].lower()}",
    "year": lambda shape, _: english.year(int(shape.parts["year"])),
    "laughter": say_laughter,
    "heart": lambda _, __: "heart",
    "operator": say_operator,
    "signed": say_signed,
    "place": lambda shape, say: f"number {say(shape.parts['number'])}",
    "decimals": lambda shape, say: say(f"0{shape.text}"),
    "integer": say_integer,
}
