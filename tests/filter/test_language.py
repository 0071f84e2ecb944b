"""The language of short chat."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_filter.text.language import LATIN, detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("这个boss太OP了", "zh"),
        ("我の朋友很棒", "zh"),
        ("今日は楽しい", "ja"),
        ("すごい", "ja"),
        ("佢哋喺度做咩", "yue"),
        ("대박이다 lol", "ko"),
        ("ещё раз спасибо всем", "ru"),
        ("Привіт, як справи?", "uk"),
        ("مرحبا كيف حالك", "ar"),
        ("שלום לכולם", "he"),
        ("สวัสดีครับ", "th"),
        ("καλησπέρα", "el"),
        ("नमस्ते दोस्तों कैसे हो", "hi"),
        ("that was so good", "en"),
        ("das war richtig gut", "de"),
        ("merci pour le stream", "fr"),
        ("muchas gracias por el directo", "es"),
        ("", None),
        ("😂 123 ???", None),
    ],
)
def test_the_language_of_a_message(text: str, language: str | None) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("text", ["lol", "W W W", "poggers", "xd"])
def test_slang_of_all_languages_is_of_none(text: str) -> None:
    assert detect(text, ("en", "de", "fr", "es")) is None


@pytest.mark.parametrize(
    ("text", "allowed", "tag"),
    [
        ("hello my friends", ("zh", "en"), "en"),
        ("hello my friends", ("zh", "en-US", "de"), "en-US"),
        ("guten Abend zusammen", ("en-US", "de-DE"), "de-DE"),
        ("lol", ("zh", "en"), "en"),
        ("hello my friends", ("zh", "ja"), None),
        ("大家好", ("en", "de"), None),
        ("大家好", ("en", "zh-CN"), "zh-CN"),
        ("大家好", ("en", "zh-TW"), "zh-TW"),
        ("你們會說什麼", ("zh-CN", "zh-TW"), "zh-TW"),
        ("你们会说什么", ("zh-TW", "zh-Hans"), "zh-Hans"),
        ("佢哋喺度做咩", ("zh", "yue"), "yue"),
        ("佢哋喺度做咩", ("zh",), "zh"),
        ("привет", ("uk",), "uk"),
        ("hello", (), None),
    ],
)
def test_only_allowed_languages_are_answered(
    text: str, allowed: tuple[str, ...], tag: str | None
) -> None:
    assert detect(text, allowed) == tag


@given(st.text(max_size=40))
@settings(deadline=None, max_examples=100)
def test_any_text_has_one_of_the_languages_or_none(text: str) -> None:
    assert detect(text, LATIN) in {*LATIN, None}
    assert detect(text, ("zh", "en")) in {"zh", "en", None}
