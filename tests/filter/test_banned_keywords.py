"""Banned keywords: what is found in disguise, and what only looks like it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_bus import SettingsError
from ishowtts_filter.draft import Draft, Rejection
from ishowtts_filter.rules.banned_keywords import BannedKeywordsRule
from ishowtts_filter.settings.words import BannedKeywordsSettings
from ishowtts_filter.words.folding import bare, plain
from ishowtts_schemas import ChatEvent


def banned(text: str, *keywords: str, **options: object) -> bool:
    return said(text, *keywords, **options) is None


def said(text: str, *keywords: str, **options: object) -> str | None:
    """The text after the rule; None where it is rejected."""
    answer = rule(*keywords, **options).apply(Draft(text=text))
    return None if isinstance(answer, Rejection) else answer.text


def rule(*keywords: str, **options: object) -> BannedKeywordsRule:
    return BannedKeywordsRule(BannedKeywordsSettings(keywords=keywords, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("bad", "so BAD"),
        ("ass", "first class"),
        ("bad word", "a Bad Word here"),
        ("bad", "b\u200ba\u00add"),
        ("bad", "ＢＡＤ"),
        ("bad", "𝓫𝓪𝓭"),
        ("straße", "STRASSE"),
        ("傻", "真傻啊"),
        ("c++", "C++ code"),
        (" bad ", "bad"),
        ("<3", "i <3 u"),
        ("???", "what???"),
        ("вот", "ВОТ так"),
        ("bád", "ba\u0301d"),
        ("ba\u0301d", "bád"),
    ],
)
def test_keywords_are_found_however_they_are_styled(keyword: str, text: str) -> None:
    assert banned(text, keyword)
    assert banned(text, keyword, disguises=False)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("bad", "bаd"),  # Cyrillic а
        ("coco", "сосо"),  # Cyrillic alone
        ("ass", "αss"),  # Greek α
        ("bad", "🅱🅰d"),
        ("bad", "ʙᴀᴅ"),
        ("bad", "b4d"),
        ("ass", "a$$"),
        ("ass", "as$"),
        ("shit", "$h!t"),
        ("shit", "sh1t!"),
        ("noob", "n00b"),
        ("bad", "baaad"),
        ("fuck", "fuuuUUuckkk"),
        ("hello", "h̷̢̛͝e̶l̷l̸o̶"),
        ("bad", "b" + "\u0301" * 200 + "ad"),
        ("bad", "bád"),
        ("bád", "bad"),
        ("fuck", "f u c k"),
        ("fuck", "hey u f u c k"),
        ("fuck", "F U C K E R"),
        ("fuck", "f.u.c.k"),
        ("fuck", "f-u_c*k"),
        ("fuck", "fu-ck"),
        ("bad", "b😂a😂d"),
        ("bad word", "b4d w0rd"),
        ("bad word", "badword"),
        ("sb", "s b"),
        ("sb", "你s b"),
        ("傻逼", "傻 逼"),
        ("傻逼", "你是傻 逼"),
        ("傻逼", "傻*逼"),
        ("傻逼", "傻\u0336逼\u0336"),
        ("傻逼", "傻，逼！"),
        ("傻逼", "傻b"),
        ("傻逼", "你这个S逼"),
        ("傻逼", "大傻 B"),
        ("fuck", "f*ck"),
        ("fuck", "F**Kers"),
        ("fuck", "motherf#cker"),
        ("sex", "s*x!"),
        ("bitch", "you b*t*h"),
        ("fuck", "fvck"),
        ("fuck", "fu ck"),
        ("fuck", "so f u ck off"),
        ("shit", "sh it"),
    ],
)
def test_disguised_keywords_are_found(keyword: str, text: str) -> None:
    assert banned(text, keyword)
    assert not banned(text, keyword, disguises=False)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("ass", "as set"),
        ("ass", "as so"),
        ("ass", "I have 455 points"),
        ("ass", "only a 55 inch tv"),
        ("god", "good"),
        ("god", "g00d"),
        ("fail", "fall"),
        ("clit", "ctit"),
        ("hell", "he'll come"),
        ("hell", "she ll"),
        ("shit", "push it"),
        ("shit", "push.it"),
        ("sb", "u s b port"),
        ("sb", "flat 5b"),
        ("bot", "вот так"),
        ("傻逼", "他很傻 逼我走"),
        ("傻逼", "真傻，逼急了"),
        ("nobody", "no, body"),
        ("l", "1"),
        ("oi", "人口工作"),
        ("sb", "what's b"),
        ("sb", "b s's"),
        ("shit", "sh it's on"),
        ("hell", "he ll come"),
        ("fuck", "if u c kids"),
        ("wank", "swa nk"),
        ("傻逼", "真傻bug"),
        ("傻逼", "他很傻 b站见"),
        ("傻逼", "sb"),
        ("sex", "as*xy"),
        ("fuck", "f*k or f***ck"),
        ("xay", "x*y*z"),
    ],
)
def test_innocent_text_is_spoken(keyword: str, text: str) -> None:
    assert said(text, keyword) == text


@pytest.mark.parametrize(
    ("keyword", "text", "found"),
    [
        ("ass", "first class", False),
        ("ass", "you ass!", True),
        ("ass", "ASS", True),
        ("ass", "my a$$", True),
        ("ass", "a s s", True),
        ("ass", "aaass", True),
        ("ass", "bass", False),
        ("ass", "b@ss", False),
        ("fuck", "so-f*ck", True),
        ("fuck", "f*ckery", False),
        ("ass", "as set", False),
        ("ass", "xX_ass_Xx", True),
        ("傻", "真傻啊", True),
        ("ass", "真ass啊", True),
        ("c++", "learn c++ now", True),
        ("вот", "вотчина", False),
    ],
)
def test_whole_words_only(keyword: str, text: str, found: bool) -> None:
    assert banned(text, whole_words=(keyword,)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("煞笔", True),
        ("你个沙比啊", True),
        ("傻 比", True),
        ("shabi", True),
        ("Sha Bi!", True),
        ("沙发", False),
        ("比如", False),
        ("他啥，比我", False),
        ("shabing", False),
        ("沙b", True),
        ("沙bug", False),
    ],
)
def test_homophones_of_chinese_keywords_are_found_if_wanted(text: str, found: bool) -> None:
    assert banned(text, "傻逼", pinyin=True) == found
    assert not banned(text, "傻逼")


def test_one_character_alone_has_no_homophones() -> None:
    assert not banned("你妈妈", "马", pinyin=True)


def test_words_read_backwards_are_found_if_wanted() -> None:
    assert banned("so dab", "bad", backwards=True)
    assert not banned("database", "bad", backwards=True)
    assert not banned("so dab", "bad")


@pytest.mark.parametrize("keywords", [[], [""], ["  "], ["\u200b"], ["\u0301"]])
def test_an_empty_keyword_bans_nothing(keywords: list[str]) -> None:
    assert said("anything", *keywords, pinyin=True, backwards=True) == "anything"


def test_a_keyword_within_an_allowed_word_is_spoken() -> None:
    assert said("a class act", "ass", allowed=("class",)) == "a class act"
    assert banned("a class ass", "ass", allowed=("class",))
    assert said("he sniggered", "nigger", allowed=("snigger",)) == "he sniggered"
    assert not banned("este año", "ano", allowed=("año",))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("you b4d man", "you beep man"),
        ("b a d!", "beep!"),
        ("a b*d, bad man", "a beep, beep man"),
        ("真bad啊", "真beep啊"),
        ("verybad", "very beep"),
        ("bad bad", "beep beep"),
        ("éb\u0336a\u0336d\u0336é", "é beep é"),
        ("x👨‍👩‍👧b👨‍👩‍👧a👨‍👩‍👧dx", "x👨‍👩‍👧b👨‍👩‍👧a👨‍👩‍👧dx"),
        ("👨‍👩‍👧b👨‍👩‍👧a👨‍👩‍👧d", "👨‍👩‍👧beep"),
        ("fine", "fine"),
    ],
)
def test_a_keyword_is_replaced_whole(text: str, masked: str) -> None:
    assert said(text, "bad", action="replace") == masked


def test_a_masked_keyword_is_a_pause() -> None:
    assert said("you b4d man", "bad", action="mask") == "you … man"


def test_what_is_left_around_a_masked_keyword_is_no_keyword() -> None:
    assert said("bbadad", "bad", action="mask") == "b…ad"
    assert not banned("b…ad", "bad")


def test_a_replacement_may_not_hold_a_keyword() -> None:
    with pytest.raises(SettingsError, match="the replacement holds a banned keyword"):
        rule("bee", action="replace")


def test_names_with_a_banned_keyword_are_left_out() -> None:
    event = ChatEvent(name="sub", recipient="b4d")
    draft = rule("bad").apply(Draft(text="hello", author="xX_Bad_Xx", event=event))
    assert draft == Draft(text="hello", author="", event=ChatEvent(name="sub"))


PIECES = st.sampled_from(
    (
        *("bad$@41!| .'-*#_,", "а", "傻", "逼", "煞", "笔", "ß", "ﬁ", "e\u0301", "\u0336"),
        *("\U0001f468\u200d\U0001f469", "🇧🇦", "\ud800", "\x00", "𝓫", "ㅋ", "한", "ส", "क्"),
        *("\u200b", "½", "😂", "\u3000", "İ", *"bad"),
    )
)
TEXTS = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=30)
EVERYTHING = {"pinyin": True, "backwards": True}
RULES = [
    rule("bad", "傻逼", "ss", "a.d", whole_words=("db", "ba d"), action=action, **EVERYTHING)
    for action in ("drop", "mask", "replace")
]


@given(TEXTS)
@settings(deadline=None, max_examples=150)
def test_no_text_breaks_the_rule_and_nothing_banned_is_left(text: str) -> None:
    for checked in RULES:
        answer = checked.apply(Draft(text=text, author=text))
        if isinstance(answer, Draft):
            assert checked.apply(answer) == answer
            assert len(answer.text) <= 5 * len(text) + 10
            assert isinstance(RULES[0].apply(Draft(text=answer.text)), Draft)


@given(TEXTS)
@settings(deadline=None, max_examples=100)
def test_places_in_a_folded_text_are_places_in_the_text(text: str) -> None:
    for form in (plain(text), bare(text)):
        spans = [form.span(index, index + 1) for index in range(len(form.chars))]
        assert all(0 <= span.start < span.end <= len(text) for span in spans)
        assert spans == sorted(spans)


@given(st.text(alphabet="abdehiklnorstu", min_size=3, max_size=8), st.data())
@settings(deadline=None, max_examples=100)
def test_every_keyword_is_found_in_every_disguise(keyword: str, data: st.DataObject) -> None:
    mark = data.draw(st.sampled_from(["\u0301", "\u200b", "\u0336\u0337"]))
    separator = data.draw(st.sampled_from([" ", ".", "-", "*"]))
    assert banned(keyword.upper(), keyword)
    assert banned(mark.join(keyword), keyword)
    if len(keyword) > 3 and not any(char * 2 in keyword for char in keyword):
        assert banned(f"you {separator.join(keyword)} there", keyword)
