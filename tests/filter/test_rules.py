"""Every rule by table, and what must hold for any text."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_bus import SettingsError
from ishowtts_filter.pipeline import Pipeline
from ishowtts_filter.rules.base import Draft, Rejection, Rule
from ishowtts_filter.rules.registry import RULES, build_rule
from ishowtts_filter.settings import DEFAULT_RULES, FilterSettings
from ishowtts_filter.settings.text import LinksSettings, MaxCharsSettings, MaxWordsSettings
from ishowtts_filter.settings.words import BannedKeywordsSettings
from ishowtts_schemas.ids import is_slug

DEFAULTS = FilterSettings()
FAMILY = "👨‍👩‍👧‍👦"


def apply(
    name: str, text: str, filter_settings: FilterSettings = DEFAULTS, **fields: object
) -> str:
    """The text after a rule, or the reason of its rejection in angle brackets."""
    answer = build_rule(name, filter_settings).apply(Draft(text=text, **fields))  # type: ignore[arg-type]
    return f"<{answer.reason}>" if isinstance(answer, Rejection) else answer.text


def banned(*keywords: str, whole_word: bool = False) -> FilterSettings:
    rule = BannedKeywordsSettings(keywords=keywords, whole_word=whole_word)
    return FilterSettings(banned_keywords=rule)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("hello", "hello"),
        ("  two\r\nlines\tand   spaces ", "two lines and spaces"),
        ("nul\x00 and bell\x07", "nul and bell"),
        ("c1\x9b control", "c1 control"),
        ("next\x85line\u2028separator", "next line separator"),
        ("lone\ud800surrogate", "lonesurrogate"),
        ("zero\u200bwidth\ufeff\u00ad\u2060", "zerowidth"),
        ("over\u202eride \u2066isolate\u2069", "override isolate"),
        ("dodge\U000e0000", "dodge"),
        ("no\u00a0break\u3000wide", "no break wide"),
        (f"family {FAMILY}", f"family {FAMILY}"),
        ("split a\u200db", "split ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("e\u0301", "é"),
        ("你好 world", "你好 world"),
        ("\x00\u200b \ud800", "<the message is empty>"),
        ("", "<the message is empty>"),
    ],
)
def test_clean_leaves_one_visible_line(text: str, cleaned: str) -> None:
    assert apply("clean", text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "see https://a.b/c?x=1",
        "HTTP://EXAMPLE.COM",
        "WWW.example.org now",
        "bit.ly/x",
        "example.com",
        "go to Example.Com.",
        "看example.com吧",
        "twitch.tv/foo",
        "discord.gg/abc",
        "t.me/foo",
        "sub.domain.co.uk/path",
        "mail me: someone@example.org",
        "ftp://host/file",
        "javascript:alert(1)",
        "data:text/html,x",
        "10.0.0.1:8080",
        "192.168.0.1/admin",
        "пример.рф",
        "münchen.de",
        "xn--80ak6aa92e.com",
        "ｅｘａｍｐｌｅ．ｃｏｍ",
        "BV1xx411c7mD",
    ],
)
def test_links_are_rejected_unless_allowed(text: str) -> None:
    assert apply("links", text).startswith("<contains a link (")
    allowed = FilterSettings(links=LinksSettings(allow_links=True))
    assert apply("links", text, allowed) == text


@pytest.mark.parametrize(
    "text",
    [
        "pi is 3.14",
        "try v2.0.1",
        "1.2.3.4 is four numbers",
        "hello.world",
        "wait...what",
        "ok.so we go",
        "no.me too",
        "e.g. this",
        "Mr.Smith",
        "a.b",
        "node.js",
        "main.py and readme.md",
        "我用的.net框架",
        "score 3:2",
        "and/or",
        "data: none",
        "http is a protocol",
        "wwww",
        "草www",
    ],
)
def test_what_only_looks_like_a_link_is_spoken(text: str) -> None:
    assert apply("links", text) == text


@pytest.mark.parametrize(
    ("keywords", "text"),
    [
        (["bad"], "so BAD"),
        (["ass"], "first class"),
        (["bad word"], "a Bad Word here"),
        (["bad"], "b\u200ba\u00add"),
        (["bad"], "ＢＡＤ"),
        (["bad"], "𝓫𝓪𝓭"),
        (["straße"], "STRASSE"),
        (["傻"], "真傻啊"),
        (["c++"], "C++ code"),
        ([" bad "], "bad"),
    ],
)
def test_banned_keywords_match_however_they_are_written(keywords: list[str], text: str) -> None:
    assert apply("banned_keywords", text, banned(*keywords)) == "<contains a banned keyword>"


@pytest.mark.parametrize("keywords", [[], [""], ["  "], ["\u200b"]])
def test_an_empty_keyword_bans_nothing(keywords: list[str]) -> None:
    assert apply("banned_keywords", "anything", banned(*keywords)) == "anything"


@pytest.mark.parametrize(
    ("keyword", "text", "found"),
    [
        ("ass", "first class", False),
        ("ass", "you ass!", True),
        ("ass", "ASS", True),
        ("傻", "真傻啊", True),
        ("ass", "真ass啊", True),
        ("c++", "learn c++ now", True),
    ],
)
def test_whole_words_only(keyword: str, text: str, found: bool) -> None:
    answer = apply("banned_keywords", text, banned(keyword, whole_word=True))
    assert answer == ("<contains a banned keyword>" if found else text)


def test_a_name_with_a_banned_keyword_is_left_out() -> None:
    rule = build_rule("banned_keywords", banned("bad"))
    draft = rule.apply(Draft(text="hello", author="xX_Bad_Xx"))
    assert draft == Draft(text="hello", author="")


def test_the_first_words_are_kept() -> None:
    settings_ = FilterSettings(max_words=MaxWordsSettings(limit=3))
    assert apply("max_words", "a b c d e", settings_) == "a b c"
    assert apply("max_words", "a b c", settings_) == "a b c"
    assert apply("max_words", "中文没有空格所以不限制", settings_) == "中文没有空格所以不限制"
    assert len(apply("max_words", "w " * 500).split()) == 77


@pytest.mark.parametrize(
    ("limit", "text", "kept"),
    [
        (280, "字" * 94, "字" * 94),
        (280, "字" * 500, "字" * 280),
        (5, "hello world", "hello"),
        (6, "hello world", "hello"),
        (3, "ab" + FAMILY, "ab"),
        (8, "ab" + FAMILY, "ab"),
        (9, "ab" + FAMILY, "ab" + FAMILY),
        (3, "ab🇩🇪", "ab"),
        (2, "ae\u0323\u0301", "a"),
        (4, "o" + "\u0336" * 200, "o" + "\u0336" * 3),
        (3, "한국어 방송", "한국어"),
    ],
)
def test_the_cut_falls_between_graphemes(limit: int, text: str, kept: str) -> None:
    settings_ = FilterSettings(max_chars=MaxCharsSettings(limit=limit))
    assert apply("max_chars", text, settings_) == kept


@pytest.mark.parametrize("text", ["a", "7", "你", "ㅋ", "1️⃣", "٣", "no!", "①"])
def test_what_has_a_sound_is_spoken(text: str) -> None:
    assert apply("speakable", text) == text


@pytest.mark.parametrize("text", ["😂😂😂", "?", "...", "！！！", FAMILY, "♥", "_"])
def test_what_has_no_sound_is_rejected(text: str) -> None:
    assert apply("speakable", text) == "<nothing to speak>"


def test_system_messages_are_rejected() -> None:
    assert apply("system", "x", kind="system") == "<a message of the platform itself>"
    assert apply("system", "x", kind="gift") == "x"


@pytest.mark.parametrize("name", RULES.names)
def test_every_rule_carries_the_name_it_is_known_by(name: str) -> None:
    rule = build_rule(name, DEFAULTS)
    assert rule.name == name
    assert is_slug(name)


def test_every_rule_is_in_use_by_default() -> None:
    assert set(DEFAULT_RULES) == set(RULES.names)


def test_an_unknown_rule_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"there are system, .*did you mean links\?"):
        build_rule("link", DEFAULTS)


# Any text at all, and long runs of what breaks filters.
PIECES = [
    *"ab. /:字한ㅋमक्WＡ．",
    "\n",
    "\x00",
    "\u200b",
    "\u200c",
    "\u200d",
    "\ufe0f",
    "\u0301",
    "\u0336",
]
PIECES += [
    "\ud800",
    "\udfff",
    "👨",
    "👩",
    FAMILY,
    "🇩🇪",
    "\u202e",
    "\U000e0041",
    "क्\u200dष",
    "e\u0323\u0301",
]
PIECES += ["hello", "你好"]
NASTY = st.lists(st.sampled_from(PIECES), min_size=10, max_size=80).map("".join)
ANY_TEXT = st.text(st.characters(codec=None), max_size=100) | NASTY

SMALL = FilterSettings(
    max_words=MaxWordsSettings(limit=3),
    max_chars=MaxCharsSettings(limit=20),
    banned_keywords=BannedKeywordsSettings(keywords=("b.a", "字字"), whole_word=True),
)


@pytest.mark.parametrize("name", RULES.names)
@given(text=ANY_TEXT, author=ANY_TEXT)
@settings(max_examples=150, deadline=None)
def test_a_rule_never_raises_and_says_the_same_twice(name: str, text: str, author: str) -> None:
    rule: Rule = build_rule(name, SMALL)
    once = rule.apply(Draft(text=text, author=author))
    if isinstance(once, Draft):
        assert rule.apply(once) == once


@given(text=ANY_TEXT)
@settings(max_examples=300, deadline=None)
def test_what_is_accepted_is_bounded_and_can_be_spoken_and_sent(text: str) -> None:
    verdict = Pipeline.build(SMALL).run(Draft(text=text))
    if verdict.rule is not None:
        assert verdict.reason
        return
    spoken = verdict.draft.text
    assert 0 < len(spoken) <= 20
    assert len(spoken.split()) <= 3
    assert spoken == " ".join(spoken.split())
    assert any(map(str.isalnum, spoken))
    assert spoken.encode("utf-8")
    assert all(unicodedata.category(char) not in ("Cc", "Cs") for char in spoken)
    assert unicodedata.normalize("NFC", spoken) == spoken


@given(text=NASTY)
@settings(max_examples=200, deadline=None)
def test_a_link_is_never_found_in_plain_numbers(text: str) -> None:
    numbers = re.sub(r"[^0-9. ]", "", text) + "3.14 2.0.1"
    assert apply("links", numbers) == numbers


def test_hostile_text_is_decided_in_good_time() -> None:
    pipeline = Pipeline.build(DEFAULTS)
    for text in (
        "a." * 10_000,
        "a" * 20_000,
        "-." * 10_000,
        "\u200d" * 20_000,
        "👨\u200d" * 10_000,
    ):
        pipeline.run(Draft(text=text))
