"""Units as they are written behind a number, and their names."""

from typing import NamedTuple


class Unit(NamedTuple):
    """Names of a unit; Chinese knows no plural."""

    one: str
    many: str
    chinese: str


# Letters that are also words or names are left out: `m`, `s`, `g`, `l`.
UNITS: dict[str, Unit] = {
    "km/h": Unit("kilometer per hour", "kilometers per hour", "公里每小时"),
    "kmh": Unit("kilometer per hour", "kilometers per hour", "公里每小时"),
    "mph": Unit("mile per hour", "miles per hour", "英里每小时"),
    "km": Unit("kilometer", "kilometers", "公里"),
    "cm": Unit("centimeter", "centimeters", "厘米"),
    "mm": Unit("millimeter", "millimeters", "毫米"),
    "kg": Unit("kilogram", "kilograms", "公斤"),
    "mg": Unit("milligram", "milligrams", "毫克"),
    "ml": Unit("milliliter", "milliliters", "毫升"),
    "lb": Unit("pound", "pounds", "磅"),
    "lbs": Unit("pound", "pounds", "磅"),
    "ft": Unit("foot", "feet", "英尺"),
    "KB": Unit("kilobyte", "kilobytes", "KB"),
    "MB": Unit("megabyte", "megabytes", "MB"),
    "gb": Unit("gigabyte", "gigabytes", "GB"),
    "GB": Unit("gigabyte", "gigabytes", "GB"),
    "TB": Unit("terabyte", "terabytes", "TB"),
    "Mbps": Unit("megabit per second", "megabits per second", "兆每秒"),
    "fps": Unit("frame per second", "frames per second", "帧"),
    "FPS": Unit("frame per second", "frames per second", "帧"),
    "hz": Unit("hertz", "hertz", "赫兹"),
    "Hz": Unit("hertz", "hertz", "赫兹"),
    "kHz": Unit("kilohertz", "kilohertz", "千赫兹"),
    "MHz": Unit("megahertz", "megahertz", "兆赫兹"),
    "GHz": Unit("gigahertz", "gigahertz", "吉赫兹"),
    "ms": Unit("millisecond", "milliseconds", "毫秒"),
    "sec": Unit("second", "seconds", "秒"),
    "min": Unit("minute", "minutes", "分钟"),
    "mins": Unit("minute", "minutes", "分钟"),
    "hr": Unit("hour", "hours", "小时"),
    "hrs": Unit("hour", "hours", "小时"),
    "dB": Unit("decibel", "decibels", "分贝"),
    "px": Unit("pixel", "pixels", "像素"),
}
