"""Chinese for each shape of number."""

import re
from collections.abc import Callable, Mapping

from ishowtts_filter.numerals import chinese, currencies
from ishowtts_filter.numerals.number import Number
from ishowtts_filter.numerals.shapes import Shape
from ishowtts_filter.numerals.units import UNITS

Say = Callable[[str], str]

_GENERATION = re.compile(r"[05-9][05]")  # who was born in the 95后: 九五后

_ZEROS = {"k": 3, "m": 6, "b": 9}
_SCALES = {"w": "万", "x": "倍"}
_SIGNS = {"+": "加", "-": "减", "−": "减", "=": "等于", "÷": "除以"}
_DEGREES = {"C": "摄氏度", "℃": "摄氏度", "F": "华氏度", "℉": "华氏度"}
_HALVES = {"": "", "a": "上午", "p": "下午"}


def say_date(shape: Shape, say: Say) -> str:
    year, month, day = (shape.parts[name] for name in ("year", "month", "day"))
    return f"{chinese.digits(year)}年{say(month.lstrip('0'))}月{say(day.lstrip('0'))}日"


def say_version(shape: Shape, say: Say) -> str:
    return "点".join(map(say, shape.parts["parts"].split(".")))


def say_phone(shape: Shape, _: Say) -> str:
    plus = "加" if shape.text.startswith("+") else ""
    return plus + chinese.digits("".join(filter(str.isdigit, shape.text)), phone=True)


def say_clock(shape: Shape, say: Say) -> str:
    hour, minute, second = (shape.parts[name] for name in ("hour", "minute", "second"))
    if shape.is_score:
        return f"{say(hour)}比{say(minute.lstrip('0') or '0')}"
    hour = hour.lstrip("0") or "0"
    words = f"{_HALVES[shape.parts['half'].lower()]}{'两' if hour == '2' else say(hour)}点"
    if minute != "00" or second:
        words += f"{_two_digits(minute)}分"
    return words + (f"{_two_digits(second)}秒" if second else "")


def say_money(shape: Shape, say: Say) -> str:
    scale = shape.parts.get("scale", "")
    number = Number.parse(shape.parts["number"]).shifted(_ZEROS.get(scale.lower(), 0))
    if not number.fraction.strip("0"):
        number = Number(number.whole)
    said = _counted(number.text, "元", say)
    myriads = scale if scale in {"万", "亿"} else ""
    return said + myriads + currencies.ALL[shape.parts["currency"]].chinese


def say_percent(shape: Shape, say: Say) -> str:
    of = "千分之" if shape.parts["of"] == "‰" else "百分之"
    return f"{'负' if shape.parts['minus'] else ''}{of}{say(shape.parts['number'])}"


def say_degrees(shape: Shape, say: Say) -> str:
    unit = _DEGREES.get(shape.parts["unit"][-1])
    minus = "" if not shape.parts["minus"] else "零下" if unit else "负"
    return f"{minus}{say(shape.parts['number'])}{unit or '度'}"


def say_scientific(shape: Shape, say: Say) -> str:
    exponent = shape.parts["exponent"].lstrip("+")
    minus = "负" if exponent.startswith("-") else ""
    return f"{say(shape.parts['number'])}乘以十的{minus}{say(exponent.lstrip('-'))}次方"


def say_fraction(shape: Shape, say: Say) -> str:
    top, bottom = shape.parts["top"], shape.parts["bottom"]
    if 0 < int(top) < int(bottom):
        return f"{say(bottom)}分之{say(top)}"
    return f"{say(top)}杠{say(bottom)}"


def say_span(shape: Shape, say: Say) -> str:
    counted = shape.after.lstrip()
    low, high = (_counted(shape.parts[end], counted, say) for end in ("low", "high"))
    return f"{low}到{high}"


def say_ordinal(shape: Shape, say: Say) -> str:
    return f"第{say(shape.parts['number'])}"


def say_quantity(shape: Shape, say: Say) -> str:
    unit = UNITS[shape.parts["unit"]].chinese
    minus = "负" if shape.parts["minus"] else ""
    return minus + _counted(shape.parts["number"], unit, say) + unit


def say_scaled(shape: Shape, say: Say) -> str:
    scale = shape.parts["scale"].lower()
    number = Number.parse(shape.parts["number"]).shifted(_ZEROS.get(scale, 0)).text
    unit = _SCALES.get(scale, "")
    return _counted(number, unit, say) + unit


def say_laughter(shape: Shape, say: Say) -> str:
    counts = chinese.is_measure(shape.after)
    return say(shape.text) if counts else chinese.digits(shape.text)


def say_operator(shape: Shape, _: Say) -> str:
    return _SIGNS.get(shape.parts["sign"], "乘以")


def say_integer(shape: Shape, say: Say) -> str:
    if _GENERATION.fullmatch(shape.text) and shape.after.startswith("后"):
        return chinese.digits(shape.text)
    is_ordinal = shape.before.endswith(("第", "周", "星期", "礼拜"))
    return _counted(shape.parts["number"], "" if is_ordinal else shape.after.lstrip(), say)


def _counted(number: str, after: str, say: Say) -> str:
    return "两" if number == "2" and chinese.is_measure(after) else say(number)


def _two_digits(text: str) -> str:
    return ("零" if text.startswith("0") else "") + chinese.cardinal(text.lstrip("0") or "0")


def _between(first: str, word: str, second: str) -> Callable[[Shape, Say], str]:
    return lambda shape, say: say(shape.parts[first]) + word + say(shape.parts[second])


SPEECH: Mapping[str, Callable[[Shape, Say], str | None]] = {
    "date": say_date,
    "version": say_version,
    "release": lambda shape, say: f"v{say_version(shape, say)}",
    "phone": say_phone,
    "clock": say_clock,
    "score": _between("ours", "比", "theirs"),
    "money": say_money,
    "money_behind": say_money,
    "percent": say_percent,
    "degrees": say_degrees,
    "power": lambda shape, say: f"{say(shape.parts['base'])}的{say(shape.parts['exponent'])}次方",
    "scientific": say_scientific,
    "fraction": say_fraction,
    "versus": _between("ours", "v", "theirs"),
    "by": _between("width", "乘", "height"),
    "span": say_span,
    "until": lambda _, __: "到",
    "ordinal": say_ordinal,
    "lines": lambda shape, _: f"{chinese.digits(shape.parts['number'])}p",
    "quantity": say_quantity,
    "scaled": say_scaled,
    "year": lambda shape, _: chinese.digits(shape.parts["year"]),
    "laughter": say_laughter,
    "heart": lambda _, __: "爱心",
    "operator": say_operator,
    "signed": lambda shape, say: (
        f"{'加' if shape.parts['sign'] == '+' else '负'}{say(shape.parts['number'])}"
    ),
    "place": lambda shape, say: f"{say(shape.parts['number'])}号",
    "decimals": lambda shape, say: say(f"0{shape.text}"),
    "integer": say_integer,
}
