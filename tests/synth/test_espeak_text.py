import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ishowtts_synth.engines._espeak_text import (
    SCRIPT_LANGUAGES,
    clean,
    is_speakable,
    language_scripts,
    script_languages,
    segment,
)

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


def cut(text: str, language: str | None = None, latin: str = "en-us") -> list[tuple[str, str]]:
    readers = script_languages(language, latin)
    return [(s.language, s.text) for s in segment(clean(text), language or latin, readers)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("hello world", [("en-us", "hello world")]),
        ("你好 hello", [("cmn", "你好"), ("en-us", "hello")]),
        ("3个苹果 apples 5", [("cmn", "3个苹果"), ("en-us", "apples 5")]),
        ("我用GTA5玩", [("cmn", "我用"), ("en-us", "GTA5"), ("cmn", "玩")]),
        ("こんにちは 안녕 привет", [("ja", "こんにちは"), ("ko", "안녕"), ("ru", "привет")]),
        ("今日は", [("cmn", "今日"), ("ja", "は")]),
        ("123", [("en-us", "123")]),
        ("你好，hello！", [("cmn", "你好,"), ("en-us", "hello!")]),
    ],
)
def test_each_script_goes_to_its_language(text: str, pieces: list[tuple[str, str]]) -> None:
    assert cut(text) == pieces


def test_a_fixed_language_reads_its_own_script_and_leaves_the_others() -> None:
    assert cut("hallo 你好", "de") == [("de", "hallo"), ("cmn", "你好")]
    assert cut("你好 hello", "yue") == [("yue", "你好"), ("en-us", "hello")]
    assert cut("ni hao 好", "cmn-latn-pinyin") == [("cmn-latn-pinyin", "ni hao 好")]
    assert cut("Добрый день", "uk") == [("uk", "Добрый день")]
    assert cut("12 34", "cmn") == [("cmn", "12 34")]


def test_letters_that_nobody_reads_are_left_out() -> None:
    assert cut("ភាសាខ្មែរ") == []
    assert cut("hi ភាសា there") == [("en-us", "hi  there")]


@pytest.mark.parametrize("text", ["", " ", "...", "?!", "。。。", "-", "\u0301", "[[", "♪"])
def test_only_sounds_count_as_speakable(text: str) -> None:
    assert is_speakable(text) is (text == "♪")


def test_punctuation_between_languages_is_a_pause() -> None:
    pieces = segment("你好, hi. 再见 ok", "en-us", script_languages(None, "en-us"))
    assert [piece.pause_ms for piece in pieces] == [120, 250, 0, 0]


def test_fancy_letters_become_letters() -> None:
    assert clean("𝓗𝓮𝓵𝓵𝓸 ｗｏｒｌｄ ①") == "Hello world 1"
    assert clean("ภาษาไทยคำ") == "ภาษาไทยคำ"


@given(ANY_TEXT)
def test_nothing_that_espeak_takes_for_a_command_is_left(text: str) -> None:
    cleaned = clean(text)
    assert "[[" not in cleaned
    assert not any(unicodedata.category(c) in ("Cs", "Co") for c in cleaned)
    assert not any(c < " " and c not in "\t\n" for c in cleaned)
    cleaned.encode()


@given(ANY_TEXT)
def test_no_text_is_lost_that_somebody_reads(text: str) -> None:
    cleaned = clean(text)
    readers = script_languages(None, "en-us")
    spoken = "".join(piece.text for piece in segment(cleaned, "en-us", readers))
    assert [c for c in cleaned if c.isascii() and c.isalnum()] == [
        c for c in spoken if c.isascii() and c.isalnum()
    ]


def test_every_script_has_one_reader_that_reads_it() -> None:
    for script, language in SCRIPT_LANGUAGES.items():
        assert script in language_scripts(language), script
