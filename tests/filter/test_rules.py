"""Every rule by table, and what must hold for any text."""

import unicodedata
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_bus import SettingsError
from ishowtts_filter.draft import Draft
from ishowtts_filter.rules.base import Remembers, Rule
from ishowtts_filter.rules.pipeline import Pipeline, Step
from ishowtts_filter.rules.registry import RULES, build_rule
from ishowtts_filter.settings import DEFAULT_RULES, FilterSettings
from ishowtts_filter.settings.text import (
    CleanSettings,
    LinksSettings,
    MaxCharsSettings,
    MaxSecondsSettings,
    MaxWordsSettings,
    MentionsSettings,
    RepeatsSettings,
)
from ishowtts_filter.text.duration import typical_s
from ishowtts_schemas import ChatEvent, Emote
from ishowtts_schemas.ids import is_slug
from tests.filter.rules import DEFAULTS, apply

FAMILY = "👨‍👩‍👧‍👦"


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
    ("text", "cleaned"),
    [
        ("h̷̢̛͝e̶l̷l̸o̶", "hello"),
        ("o" + "\u0301" * 200, "ó"),
        ("x" + "\u0e34" * 200, "x" + "\u0e34" * 6),
        ("Tiếng Việt có dấu", "Tiếng Việt có dấu"),
        ("Tiê\u0301ng Viê\u0323t", "Tiếng Việt"),
        ("น้ำที่นี่", "น้ำที่นี่"),
        ("בְּרֵאשִׁית", "בְּרֵאשִׁית"),
        ("किं क्त्यों", "किं क्त्यों"),
        ("مُحَمَّدٌ", "مُحَمَّدٌ"),
        ("བསྒྲུབས", "བསྒྲུབས"),
        ("a ≠ b", "a ≠ b"),
    ],
)
def test_heaped_marks_go_and_no_script_is_harmed(text: str, cleaned: str) -> None:
    kept = apply("clean", text)
    assert unicodedata.normalize("NFC", kept) == unicodedata.normalize("NFC", cleaned)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("𝓱𝓮𝓵𝓵𝓸 𝟚", "hello 2"),
        ("ｈｅｌｌｏ，ＢＡＤ！", "hello，BAD！"),
        ("ⓗⓘ ᴛʜɪs 🅞🅚", "hi this ok"),
        ("① ½ ℃", "① ½ ℃"),
        ("<img src=x onerror=alert(1)>hi", "hi"),
        ('wait <break time="999s"/> what', "wait what"),
        ("</script>", "<the message is empty>"),
        ("<a<b<c>>", "<a"),
        ("<a" * 9 + ">" * 9, "a a a a a"),
        ("one<br/>two<svg/onload=x> <|endoftext|>", "one two"),
        ("a<b and c>d, x < y > z", "a<b and c>d, x < y > z"),
        ("I <3 you, 1 < 2 > 0", "I <3 you, 1 < 2 > 0"),
        ("[voice:em] hi [pause=3]", "hi"),
        ("[Kokoro](/kˈOkəɹO/)", "[Kokoro]"),
        ("[EU] [1] {{7*7}} %s%n", "[EU] [1] {{7*7}} %s%n"),
    ],
)
def test_letters_become_plain_and_markup_goes(text: str, cleaned: str) -> None:
    assert apply("clean", text) == cleaned


def test_styled_letters_and_markup_can_be_left() -> None:
    left = FilterSettings(clean=CleanSettings(plain_letters=False, markup=False))
    assert apply("clean", "𝓱𝓲 <b>", left) == "𝓱𝓲 <b>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@user_name hi", "user name hi"),
        ("hi @xX_DarkLord_2009_Xx!", "hi DarkLord 2009!"),
        ("@用户 你好，＠猫 早", "用户 你好，猫 早"),
        ("@12345678901234567890 hi", "hi"),
        ("a@b is a mailbox, so is x.y@z", "a@b is a mailbox, so is x.y@z"),
        ("meet @ 5", "meet @ 5"),
        ("@__", "<only a mention>"),
    ],
)
def test_mentions_are_said_as_a_person_would(text: str, said: str) -> None:
    assert apply("mentions", text) == said


def test_mentions_can_be_left_out_or_as_they_are() -> None:
    out = FilterSettings(mentions=MentionsSettings(mode="remove"))
    kept = FilterSettings(mentions=MentionsSettings(mode="keep", remove_reply=False))
    assert apply("mentions", "hi @ann and @bob", out) == "hi and"
    assert apply("mentions", "@ann", out) == "<only a mention>"
    assert apply("mentions", "@ann hi", kept, reply_to="Ann") == "@ann hi"


@pytest.mark.parametrize(
    ("text", "reply_to", "said"),
    [
        ("@Ann yes", "ann", "yes"),
        ("@Ann, @Ann yes", "Ann", "yes"),
        ("@Anna yes", "Ann", "Anna yes"),
        ("yes @Ann", "Ann", "yes Ann"),
        ("@用户 好", "用户", "好"),
        ("@Ann", "Ann", "<only a mention>"),
    ],
)
def test_the_mention_before_an_answer_is_left_out(text: str, reply_to: str, said: str) -> None:
    assert apply("mentions", text, reply_to=reply_to) == said


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
        (8, "hello world", "hello"),
        (9, "a wonderful", "a wonderf"),
        (13, "see me at a.community", "see me at"),
        (5, "你好world", "你好wor"),
    ],
)
def test_the_cut_falls_between_words_or_else_graphemes(limit: int, text: str, kept: str) -> None:
    settings_ = FilterSettings(max_chars=MaxCharsSettings(limit=limit))
    assert apply("max_chars", text, settings_) == kept


@pytest.mark.parametrize("text", ["字" * 500, "word " * 200, FAMILY * 100, "a字" * 300])
def test_the_seconds_are_bounded(text: str) -> None:
    ten = FilterSettings(max_seconds=MaxSecondsSettings(limit=10))
    kept = apply("max_seconds", text, ten)
    assert text.startswith(kept)
    assert 8 < typical_s(kept) <= 10
    off = FilterSettings(max_seconds=MaxSecondsSettings(limit=0))
    assert apply("max_seconds", text, off) == text


def test_a_limit_below_one_word_leaves_nothing() -> None:
    none = FilterSettings(max_seconds=MaxSecondsSettings(limit=0.1))
    assert apply("max_seconds", "hello", none) == "<longer than may be spoken>"


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
    links=LinksSettings(mode="word", allow=("b.a",)),
    repeats=RepeatsSettings(max_chars=2, max_words=2, max_phrases=1),
    max_words=MaxWordsSettings(limit=3),
    max_chars=MaxCharsSettings(limit=20),
    max_seconds=MaxSecondsSettings(limit=3),
)


@pytest.mark.parametrize("name", RULES.names)
@pytest.mark.parametrize("filter_settings", [DEFAULTS, SMALL], ids=["defaults", "small"])
@given(text=ANY_TEXT, author=ANY_TEXT, spans=st.lists(st.integers(-5, 99), max_size=6))
@settings(max_examples=25, deadline=None)
def test_a_rule_never_raises_and_says_the_same_twice(
    name: str, filter_settings: FilterSettings, text: str, author: str, spans: list[int]
) -> None:
    rule: Rule = build_rule(name, filter_settings)
    emotes = tuple(Emote(name="x", start=at, end=at + 5) for at in spans)
    once = rule.apply(Draft(text=text, author=author, reply_to=author, emotes=emotes))
    if isinstance(once, Draft):
        if isinstance(rule, Remembers):
            rule.remember(once)
        elif not getattr(rule, "once", False):
            assert rule.apply(once) == once


@pytest.mark.parametrize("filter_settings", [DEFAULTS, SMALL], ids=["defaults", "small"])
@given(text=ANY_TEXT)
@settings(max_examples=150, deadline=None)
def test_what_is_accepted_is_bounded_can_be_spoken_and_sent_and_is_accepted_again(
    filter_settings: FilterSettings, text: str
) -> None:
    verdict = Pipeline.build(filter_settings).run(Draft(text=text))
    if verdict.rule is not None:
        assert verdict.reason
        return
    spoken = verdict.draft.text
    assert 0 < len(spoken) <= filter_settings.max_chars.limit
    assert len(spoken.split()) <= filter_settings.max_words.limit
    assert typical_s(spoken) <= filter_settings.max_seconds.limit
    assert spoken == " ".join(spoken.split())
    assert any(map(str.isalnum, spoken))
    assert spoken.encode("utf-8")
    assert all(unicodedata.category(char) not in ("Cc", "Cs") for char in spoken)
    assert unicodedata.normalize("NFC", spoken) == spoken
    again = Pipeline.build(filter_settings).run(Draft(text=spoken))
    assert (again.rule, again.draft.text) == (None, spoken)


class Growing:
    name: ClassVar[str] = "growing"
    once: ClassVar[bool] = False

    def apply(self, draft: Draft) -> Draft:
        return Draft(text=draft.text + "!")


def test_a_rule_that_never_settles_does_not_hang_the_filter() -> None:
    assert Pipeline([Growing()]).run(Draft(text="a")).draft.text.startswith("a!")


def test_what_a_rule_makes_has_to_pass_the_rules_before_it() -> None:
    cut = FilterSettings(max_chars=MaxCharsSettings(limit=11))
    verdict = Pipeline.build(cut).run(Draft(text="example.community"))
    assert (verdict.rule, verdict.reason) == ("links", "contains a link (example.com)")


def test_each_step_says_what_a_rule_did() -> None:
    steps: list[Step] = []
    Pipeline.build(DEFAULTS).run(Draft(text=" hiiiiii  example.com"), steps)
    assert [step.rule for step in steps] == list(DEFAULT_RULES[: len(steps)])
    assert {step.rule: step.verdict for step in steps if step.verdict != "pass"} == {
        "clean": "changed",
        "links": "rejected",
    }
    assert steps[-1] == Step(
        "links", "rejected", "hiiiiii example.com", "contains a link (example.com)"
    )


def test_an_event_is_announced_without_words_that_may_not_be_spoken() -> None:
    event = ChatEvent(name="Rose", count=3)
    steps: list[Step] = []
    verdict = Pipeline.build(DEFAULTS).run(
        Draft(text="see example.com", kind="gift", event=event, author="Ann"), steps
    )
    assert (verdict.rule, verdict.draft.text) == (None, "")
    changed = [step for step in steps if step.verdict == "changed"]
    assert changed == [Step("links", "changed", "", "contains a link (example.com)")]


def test_a_gift_without_words_is_accepted() -> None:
    verdict = Pipeline.build(DEFAULTS).run(Draft(text="", kind="gift", event=ChatEvent()))
    assert verdict.rule is None


def test_hostile_text_is_decided_in_good_time() -> None:
    pipeline = Pipeline.build(DEFAULTS)
    for text in (
        "a." * 10_000,
        "a" * 20_000,
        "-." * 10_000,
        "\u200d" * 20_000,
        "👨\u200d" * 10_000,
        "<a" * 10_000,
        "[a:" * 6_000,
        "@a-" * 6_000,
        "a@" * 10_000,
        "ha" * 9_999 + "x",
        "ab ba " * 3_000,
        "abcab" * 4_000,
        "x" + "\u0301" * 19_999,
        "😂" * 20_000,
        "w. " * 6_000,
    ):
        pipeline.run(Draft(text=text))
