"""Chinese words for numbers."""

from ishowtts_filter.numerals.number import Number

_DIGITS = "零一二三四五六七八九"
_PHONE_DIGITS = "零幺二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_DECIMALS = 10
_LONG_DIGITS = 8

# Before these a lone 2 is 两; before what makes an ordinal or a word of its own it is 二.
_MEASURES = frozenset(
    "个只次倍天年点分秒块元角毛人位条张把件台部场局盘杯瓶斤米周种套遍下口句首关轮票根支颗粒双对家间座片顿碗"
    "包箱万千百亿份本头匹辆架枚朵棵群堆排批回声趟刀枪発发波层组队步刻"
)
_MEASURE_WORDS = (
    *("小时", "公斤", "公里", "星期", "分钟", "英镑", "欧元", "美元", "日元"),
    *("厘米", "毫米", "毫升"),
)
_NO_MEASURES = ("年级", "次元", "人转", "分之", "百五")


def number(value: Number, max_digits: int) -> str:
    """`1234.5` as `一千二百三十四点五`."""
    words = _whole(value, max_digits)
    if not value.fraction or len(value.whole) > max_digits:
        return words
    return f"{words}点{digits(value.fraction[:_DECIMALS])}"


def cardinal(text: str) -> str:
    """Digits in words: `20020` as 两万零二十."""
    words = _section(text.lstrip("0")) or "零"
    return words.removeprefix("一") if words.startswith("一十") else words


def _section(text: str) -> str:
    for zeros, unit in ((8, "亿"), (4, "万")):
        if len(text) > zeros:
            high, low = text[:-zeros], text[-zeros:]
            head = "两" if high == "2" else _section(high)
            rest = low.lstrip("0")
            return head + unit + ("零" if rest and low[0] == "0" else "") + _section(rest)
    return _group(text)


def digits(text: str, *, phone: bool = False) -> str:
    """Each digit by itself; on the phone 1 is 幺."""
    return "".join((_PHONE_DIGITS if phone else _DIGITS)[int(digit)] for digit in text)


def _whole(value: Number, max_digits: int) -> str:
    length = len(value.whole)
    if length > max_digits:
        return f"一个{cardinal(str(length))}位数"
    if value.is_code:
        return digits(value.whole)
    words = cardinal(value.whole)
    is_long = length >= _LONG_DIGITS and not value.is_grouped
    return digits(value.whole) if is_long and length < len(words) else words


def _group(group: str) -> str:
    """Up to four digits, the first of them not zero."""
    words = ""
    for place, digit in enumerate(group):
        unit = _PLACES[len(group) - place - 1]
        if digit != "0":
            words += _digit(digit, unit, leads=not words) + unit
        elif group[place + 1 : place + 2].strip("0"):
            words += "零"
    return words


def _digit(digit: str, unit: str, *, leads: bool) -> str:
    if digit == "2" and (unit == "千" or (unit == "百" and leads)):
        return "两"
    return _DIGITS[int(digit)]


def is_measure(after: str) -> bool:
    """Whether text begins with what is counted: `2个` is 两个, but `2月` 二月."""
    if after.startswith(_NO_MEASURES):
        return False
    return after.startswith(_MEASURE_WORDS) or after[:1] in _MEASURES
