"""Numbers in words, in the language of the words around them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_filter.draft import Draft
from ishowtts_filter.numerals import chinese, english
from ishowtts_filter.rules.numbers import NumbersRule
from ishowtts_filter.settings.words import NumbersSettings


def said(text: str, **options: object) -> str:
    answer = NumbersRule(NumbersSettings(**options)).apply(Draft(text=text))  # type: ignore[arg-type]
    assert isinstance(answer, Draft)
    return answer.text


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("1,234.56", "one thousand two hundred thirty-four point five six"),
        ("1.234,56", "one thousand two hundred thirty-four point five six"),
        ("3.14", "three point one four"),
        (".5", "zero point five"),
        ("-5°C", "minus five degrees Celsius"),
        ("20℃", "twenty degrees Celsius"),
        ("50%", "fifty percent"),
        ("3/4", "three quarters"),
        ("9/11", "nine eleven"),
        ("50/50", "fifty fifty"),
        ("in 2024 we won", "in twenty twenty-four we won"),
        ("€5,50", "five euros fifty cents"),
        ("75.50 HKD", "seventy-five Hong Kong dollars fifty cents"),
        ("₩1000 thanks", "one thousand won thanks"),
        ("80 PHP for PHP 8", "eighty pesos for PHP eight"),
        ("16gb of ram", "sixteen gigabytes of ram"),
        ("i <3 you", "i heart you"),
        ("thanks<3", "thanks heart"),
        ("5 <3 is not", "five <three is not"),
        ("1/2", "one half"),
        ("9/10", "nine out of ten"),
        ("24/7", "twenty-four seven"),
        ("2:30", "two thirty"),
        ("2:05pm", "two oh five P M"),
        ("at 14:00", "at fourteen o'clock"),
        ("3:2", "three to two"),
        ("we won 21:18", "we won twenty-one to eighteen"),
        ("2024-05-01", "May first twenty twenty-four"),
        ("$5", "five dollars"),
        ("$1", "one dollar"),
        ("$5.50", "five dollars fifty cents"),
        ("£0.99", "ninety-nine pence"),
        ("$3k", "three thousand dollars"),
        ("￥100", "one hundred yuan"),
        ("5€", "five euros"),
        ("1e10", "one times ten to the power of ten"),
        ("10^100", "ten to the power of one hundred"),
        (
            "+86 13812345678",
            "plus eight six one three eight one two three four five six seven eight",
        ),
        ("+86 138…", "plus eight six one three eight…"),
        ("555-1234", "five five five one two three four"),
        ("007", "zero zero seven"),
        ("100k", "one hundred k"),
        ("5v5", "five v five"),
        ("1v1 me", "one v one me"),
        ("k/d 2.5", "k/d two point five"),
        ("v2.0.1", "v two point zero point one"),
        ("1.2.3.4", "one point two point three point four"),
        ("1080p", "ten eighty p"),
        ("60fps", "sixty frames per second"),
        ("1 min", "one minute"),
        ("3-5", "three to five"),
        ("12:00-14:00", "twelve o'clock to fourteen o'clock"),
        ("1+1=2", "one plus one equals two"),
        ("+1", "plus one"),
        ("1st and 22nd", "first and twenty-second"),
        ("#1", "number one"),
        ("since 1999", "since nineteen ninety-nine"),
        ("2048 players", "two thousand forty-eight players"),
        ("1,2,3", "one,two,three"),
        ("3!", "three!"),
        ("covid-19", "covid-nineteen"),
        ("555 people", "five hundred fifty-five people"),
        ("1000000000000", "one trillion"),
        ("12345678901", "one two three four five six seven eight nine zero one"),
    ],
)
def test_numbers_are_said_in_english(text: str, spoken: str) -> None:
    assert said(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("1,234.56", "一千二百三十四点五六"),
        ("-5°C", "零下五摄氏度"),
        ("今天20度", "今天二十度"),
        ("今天-5°C", "今天零下五摄氏度"),
        ("气温-10度", "气温负十度"),
        ("下跌-5%", "下跌负百分之五"),
        ("五-10%", "五-百分之十"),
        ("1~2个", "一到两个"),
        ("95后", "九五后"),
        ("赚了5 TWD", "赚了五新台币"),
        ("50%", "百分之五十"),
        ("3/4", "四分之三"),
        ("2:30", "两点三十分"),
        ("下午2:05", "下午两点零五分"),
        ("3:2", "三比二"),
        ("比分21:18", "比分二十一比十八"),
        ("2024-05-01", "二零二四年五月一日"),
        ("2024年5月1日", "二零二四年五月一日"),
        ("$5", "五美元"),
        ("￥100", "一百元"),
        ("花了$2.50", "花了二点五零美元"),
        ("$2.00", "两美元"),
        ("$1.5k", "一千五百美元"),
        ("2x", "两倍"),
        ("1e10", "一乘以十的十次方"),
        ("10^100", "十的一百次方"),
        ("+86 13812345678", "加八六幺三八幺二三四五六七八"),
        ("2倍", "两倍"),
        ("2个", "两个"),
        ("第2个", "第二个"),
        ("2年级", "二年级"),
        ("2月2号", "二月二号"),
        ("2万", "两万"),
        ("10w粉", "十万粉"),
        ("100k", "十万"),
        ("5v5", "五v五"),
        ("20kg", "二十公斤"),
        ("v2.0.1", "v二点零点一"),
        ("一共3+5=8", "一共三加五等于八"),
        ("3-5个", "三到五个"),
        ("主播666", "主播六六六"),
        ("666块", "六百六十六块"),
        ("３：２", "三比二"),
        ("2000", "两千"),
        ("20020", "两万零二十"),
        ("100000000", "一亿"),
    ],
)
def test_numbers_are_said_in_chinese(text: str, spoken: str) -> None:
    assert said(text, language="zh") == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("我玩PS5 3小时", "我玩PS5 三小时"),
        ("这个boss有3个阶段", "这个boss有三个阶段"),
        ("the 3 bosses 都很难", "the three bosses 都很难"),
        ("玩5v5吗", "玩五v五吗"),
        ("花了$5 on this", "花了五美元 on this"),
        ("2个win, 3 losses", "两个win, three losses"),
        ("这个boss太OP了", "这个boss太OP了"),
    ],
)
def test_each_number_is_in_the_language_beside_it(text: str, spoken: str) -> None:
    assert said(text) == spoken


@pytest.mark.parametrize(
    "text",
    [
        *("XIV", "①", "٣", "½", "一百二十", "PS5", "mp3", "3D", "90s", "4chan", "COVID19", "A4纸"),
        *("6666", "2333", "1:2:3:4:5", "ich habe 3 Katzen", "tengo 3 perros", "3人です", "3개만"),
        *("ещё 3 раза", "草www", "", "$", "..."),
    ],
)
def test_what_is_a_name_or_in_another_language_stays(text: str) -> None:
    assert said(text) == text


def test_without_words_and_language_a_number_is_left_to_the_engine() -> None:
    assert said("3:2", language="") == "3:2"
    assert said("我有3个", language="") == "我有三个"


def test_a_very_long_number_is_only_mentioned() -> None:
    assert said("1" * 200) == "a number of two hundred digits"
    assert said("我有" + "9" * 200) == "我有一个两百位数"
    assert said("12345", max_digits=4) == "a number of five digits"


@pytest.mark.parametrize(
    ("value", "english_words", "chinese_words"),
    [
        (0, "zero", "零"),
        (10, "ten", "十"),
        (110, "one hundred ten", "一百一十"),
        (1001, "one thousand one", "一千零一"),
        (10010, "ten thousand ten", "一万零一十"),
        (100200, "one hundred thousand two hundred", "十万零两百"),
        (22000, "twenty-two thousand", "两万两千"),
        (10**8 + 1, "one hundred million one", "一亿零一"),
        (10**12, "one trillion", "一万亿"),
        (
            635000009752,
            "six hundred thirty-five billion nine thousand seven hundred fifty-two",
            None,
        ),
    ],
)
def test_cardinals(value: int, english_words: str, chinese_words: str | None) -> None:
    assert english.cardinal(value) == english_words
    if chinese_words:
        assert chinese.cardinal(str(value)) == chinese_words


_ONES = dict(zip("零一二两三四五六七八九", (0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}


def value_of(words: str) -> int:
    """What Chinese words mean: the largest unit splits them."""
    for unit in "亿万":
        if unit in words:
            high, _, low = words.rpartition(unit)
            return value_of(high) * _UNITS[unit] + value_of(low)
    total = digit = 0
    for char in words:
        if char in _ONES:
            digit = _ONES[char]
        else:
            total += (digit or 1) * _UNITS[char]
            digit = 0
    return total + digit


@given(st.integers(0, 10**16 - 1))
@settings(deadline=None, max_examples=150)
def test_chinese_cardinals_mean_the_number(value: int) -> None:
    assert value_of(chinese.cardinal(str(value))) == value


PIECES = st.sampled_from(
    (
        *("0123456789" * 2),
        *(".,:/-+%$￥€^°#×=~v xkwpe", "２", "：", "％", "①", "٣", "个", "年", "月", "第", "万"),
        *(
            "km",
            "°C",
            "am",
            "st",
            "NO.",
            " players",
            "比分",
            "k/d",
            "の",
            "한",
            "für ",
            "\u0301",
            "é",
        ),
        *("\ud800", "\x00", "1" * 30, "2024", "-", "…", "USD", "USD ", ".", ":", " "),
    )
)
TEXTS = st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=25)


@given(TEXTS, st.sampled_from(["en", "zh", ""]))
@settings(deadline=None, max_examples=200)
def test_any_text_is_said_once_and_bounded(text: str, language: str) -> None:
    spoken = said(text, language=language)
    assert said(spoken, language=language) == spoken
    assert len(spoken) <= 20 * len(text) + 20
    assert not text or spoken
