"""Currencies as they are written beside a number, and their names."""

from typing import NamedTuple


class Currency(NamedTuple):
    """Names of a currency; Chinese says hundredths as a decimal."""

    one: str
    many: str
    hundredths: str
    chinese: str


def _dollar(country: str, chinese: str) -> Currency:
    return Currency(f"{country} dollar", f"{country} dollars", "cents", chinese)


_DOLLAR = Currency("dollar", "dollars", "cents", "美元")
_EURO = Currency("euro", "euros", "cents", "欧元")
_POUND = Currency("pound", "pounds", "pence", "英镑")
_YUAN = Currency("yuan", "yuan", "fen", "元")
_HONG_KONG = _dollar("Hong Kong", "港元")
_TAIWAN = _dollar("Taiwan", "新台币")
_CANADA = _dollar("Canadian", "加元")
_AUSTRALIA = _dollar("Australian", "澳元")
_NEW_ZEALAND = _dollar("New Zealand", "新西兰元")
_SINGAPORE = _dollar("Singapore", "新加坡元")
_WON = Currency("won", "won", "jeon", "韩元")
_RUPEE = Currency("rupee", "rupees", "paise", "印度卢比")
_REAL = Currency("real", "reais", "centavos", "巴西雷亚尔")
_RUBLE = Currency("ruble", "rubles", "kopecks", "卢布")
_ZLOTY = Currency("zloty", "zlotys", "groszy", "兹罗提")
_LIRA = Currency("lira", "lira", "kurush", "土耳其里拉")
_BAHT = Currency("baht", "baht", "satang", "泰铢")
_DONG = Currency("dong", "dong", "xu", "越南盾")
_PHILIPPINES = Currency("peso", "pesos", "centavos", "菲律宾比索")
_HRYVNIA = Currency("hryvnia", "hryvnias", "kopecks", "格里夫纳")
_SHEKEL = Currency("shekel", "shekels", "agorot", "谢克尔")

CURRENCIES: dict[str, Currency] = {
    **dict.fromkeys(("$", "US$", "USD"), _DOLLAR),
    **dict.fromkeys(("€", "EUR"), _EURO),
    **dict.fromkeys(("£", "GBP"), _POUND),
    **dict.fromkeys(("¥", "￥", "RMB", "CNY"), _YUAN),
    "JPY": Currency("yen", "yen", "sen", "日元"),
    "HK$": _HONG_KONG,
    "NT$": _TAIWAN,
    **dict.fromkeys(("CA$", "C$"), _CANADA),
    **dict.fromkeys(("AU$", "A$"), _AUSTRALIA),
    "NZ$": _NEW_ZEALAND,
    "S$": _SINGAPORE,
    "R$": _REAL,
    "₩": _WON,
    "₹": _RUPEE,
    "₽": _RUBLE,
    "₺": _LIRA,
    "฿": _BAHT,
    "₫": _DONG,
    "₱": _PHILIPPINES,
    "₴": _HRYVNIA,
    "₪": _SHEKEL,
}
"""Before a number or behind it."""

CODES: dict[str, Currency] = {
    "HKD": _HONG_KONG,
    "TWD": _TAIWAN,
    "CAD": _CANADA,
    "AUD": _AUSTRALIA,
    "NZD": _NEW_ZEALAND,
    "SGD": _SINGAPORE,
    "KRW": _WON,
    "INR": _RUPEE,
    "BRL": _REAL,
    "RUB": _RUBLE,
    **dict.fromkeys(("PLN", "zł"), _ZLOTY),
    "TRY": _LIRA,
    "THB": _BAHT,
    "VND": _DONG,
    "PHP": _PHILIPPINES,
    "UAH": _HRYVNIA,
    "ILS": _SHEKEL,
    "MXN": Currency("Mexican peso", "Mexican pesos", "centavos", "墨西哥比索"),
    "ARS": Currency("Argentine peso", "Argentine pesos", "centavos", "阿根廷比索"),
    "CLP": Currency("Chilean peso", "Chilean pesos", "centavos", "智利比索"),
    "COP": Currency("Colombian peso", "Colombian pesos", "centavos", "哥伦比亚比索"),
    "PEN": Currency("sol", "soles", "centimos", "秘鲁索尔"),
    "CHF": Currency("Swiss franc", "Swiss francs", "centimes", "瑞士法郎"),
    "SEK": Currency("Swedish krona", "Swedish kronor", "öre", "瑞典克朗"),
    "NOK": Currency("Norwegian krone", "Norwegian kroner", "øre", "挪威克朗"),
    "DKK": Currency("Danish krone", "Danish kroner", "øre", "丹麦克朗"),
    "CZK": Currency("Czech koruna", "Czech koruny", "haleru", "捷克克朗"),
    "HUF": Currency("forint", "forints", "filler", "匈牙利福林"),
    "RON": Currency("leu", "lei", "bani", "罗马尼亚列伊"),
    "BGN": Currency("lev", "leva", "stotinki", "保加利亚列弗"),
    "ZAR": Currency("rand", "rand", "cents", "南非兰特"),
    "IDR": Currency("rupiah", "rupiah", "sen", "印尼盾"),
    "MYR": Currency("ringgit", "ringgit", "sen", "马来西亚林吉特"),
    "AED": Currency("dirham", "dirhams", "fils", "阿联酋迪拉姆"),
    "SAR": Currency("riyal", "riyals", "halalas", "沙特里亚尔"),
    "EGP": Currency("Egyptian pound", "Egyptian pounds", "piastres", "埃及镑"),
}
"""Behind a number only: `PHP 8` is no money, nor is what people TRY 3 times."""

ALL = {**CURRENCIES, **CODES}
