"""Replacements: what the streamer wants said instead."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_bus import SettingsError
from ishowtts_filter.draft import Draft
from ishowtts_filter.rules.replacements import ReplacementsRule
from ishowtts_filter.settings.words import Replacement, ReplacementsSettings


def rule(*entries: Replacement) -> ReplacementsRule:
    return ReplacementsRule(ReplacementsSettings(entries=entries))


def said(text: str, pattern: str, replacement: str, **options: object) -> str:
    entry = Replacement(pattern=pattern, replacement=replacement, **options)  # type: ignore[arg-type]
    answer = rule(entry).apply(Draft(text=text))
    assert isinstance(answer, Draft)
    return answer.text


@pytest.mark.parametrize(
    ("text", "pattern", "replacement", "spoken"),
    [
        ("brb all", "brb", "be right back", "be right back all"),
        ("BRB", "brb", "be right back", "be right back"),
        ("abrb brbs", "brb", "be right back", "abrb brbs"),
        ("主播好", "主播", "streamer", "streamer好"),
        ("我gg了", "gg", "完了", "我完了了"),
        ("c++ and c", "c++", "C plus plus", "C plus plus and c"),
        ("a . b", ".", r"\1 dot", r"a \1 dot b"),
        ("so lol so", "lol", "", "so so"),
        ("été", "t", "x", "été"),
    ],
)
def test_words_are_replaced_and_mean_nothing_else(
    text: str, pattern: str, replacement: str, spoken: str
) -> None:
    assert said(text, pattern, replacement) == spoken


def test_case_can_matter() -> None:
    assert said("us US", "US", "U S", ignore_case=False) == "us U S"


def test_text_is_replaced_anywhere() -> None:
    assert said("abcabc", "b", "-", match="text") == "a-ca-c"


def test_regular_expressions_have_groups() -> None:
    assert said("player12", r"([a-z]+)(\d+)", r"\1 \2", match="regex") == "player 12"
    assert said("x", r"(x)|y", r"\1\g<0>", match="regex") == "xx"


def test_entries_are_applied_in_order() -> None:
    entries = (Replacement(pattern="a", replacement="b"), Replacement(pattern="b", replacement="c"))
    assert rule(*entries).apply(Draft(text="a b")) == Draft(text="c c")


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [("(", ""), ("[a", ""), ("a{99999999999}", ""), ("a", r"\1"), ("a", r"\g<x>"), ("a", "\\")],
)
def test_what_is_no_regular_expression_is_named_at_the_start(
    pattern: str, replacement: str
) -> None:
    entry = Replacement(pattern=pattern, replacement=replacement, match="regex")
    with pytest.raises(SettingsError, match=r"filter\.replacements: '") as error:
        rule(entry)
    assert repr(pattern) in str(error.value)


def test_an_endless_expression_is_left_out_and_the_others_work(
    caplog: pytest.LogCaptureFixture,
) -> None:
    slow = Replacement(pattern="(a+)+$", replacement="x", match="regex")
    checked = rule(slow, Replacement(pattern="hi", replacement="hello"))
    endless = "a" * 100 + "b"
    for _ in range(4):
        assert checked.apply(Draft(text=f"hi {endless}")) == Draft(text=f"hello {endless}")
    assert caplog.messages == ["filter.replacements: '(a+)+$' is too slow and left out now"]


def test_replacements_grow_a_text_only_so_far() -> None:
    entries = [Replacement(pattern="x", replacement="x" * 200, match="text")] * 5
    answer = rule(*entries).apply(Draft(text="x" * 100))
    assert isinstance(answer, Draft)
    assert len(answer.text) == 2000


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=100)
def test_no_text_breaks_the_rule(text: str) -> None:
    checked = rule(
        Replacement(pattern="a", replacement="b"),
        Replacement(pattern=r"(\w)(\W)?", replacement=r"\2\1", match="regex"),
        Replacement(pattern=" ", replacement="\u0301", match="text"),
    )
    assert isinstance(checked.apply(Draft(text=text)), Draft)
