"""What is said of messages and events."""

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from ishowtts_bus import SettingsError
from ishowtts_filter.flights.synths import SynthTable
from ishowtts_filter.intake import Intake, Refusal
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.speech import TemplatesSettings
from ishowtts_filter.settings.words import BannedKeywordsSettings
from ishowtts_filter.speech.wording import template_name
from ishowtts_filter.utterance import Utterance
from ishowtts_schemas import ChatEvent
from ishowtts_schemas.speech import MAX_SPEECH_CHARS
from tests.filter.fakes import message

BITS = ChatEvent(amount=100.0, currency="bits")
WITHOUT_NUMBERS = tuple(name for name in FilterSettings().rules if name != "numbers")


def read(text: str = "", kind: str = "chat", author: str = "Ann", **fields: object) -> object:
    templates = fields.pop("templates", TemplatesSettings())
    rules = fields.pop("rules", WITHOUT_NUMBERS)
    banned = BannedKeywordsSettings(keywords=("badword",))
    settings = FilterSettings(templates=templates, rules=rules, banned_keywords=banned)  # type: ignore[arg-type]
    reader = Intake.build(settings, SynthTable())
    return reader.read(message(text, author=author, kind=kind, **fields), 0.0, 0)  # type: ignore[arg-type]


def worded(*args: str, **fields: object) -> Utterance:
    decision = read(*args, **fields)  # type: ignore[arg-type]
    assert isinstance(decision, Utterance), decision
    return decision


def spoken(*args: str, **fields: object) -> str:
    return worded(*args, **fields).spoken


def event(**facts: object) -> ChatEvent:
    return ChatEvent(**facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "text", "facts", "words"),
    [
        ("chat", "hello", None, "Ann says: hello"),
        ("action", "dances", None, "Ann dances"),
        ("chat", "", BITS, "Ann cheers with 100 bits"),
        ("chat", "hi", BITS, "Ann cheers with 100 bits: hi"),
        ("action", "hi", event(amount=1.0, currency="bits"), "Ann cheers with 1 bit: hi"),
        ("gift", "", event(name="Rose"), "Ann gives Rose"),
        ("gift", "", event(name="Rose", count=5), "Ann gives Rose times 5"),
        (
            "gift",
            "",
            event(name="Tier 1 subscription", recipient="xX_Bob_Xx"),
            "Ann gives Bob Tier 1 subscription",
        ),
        ("super_chat", "hi", event(amount=30.0, currency="CNY"), "Ann sends 30 CNY: hi"),
        ("super_chat", "hi", event(amount=4.5, currency="USD"), "Ann sends 4.50 USD: hi"),
        ("super_chat", "hi", event(name="Red Cross"), "Ann sends for Red Cross: hi"),
        ("subscription", "", event(name="Prime"), "Ann subscribed with Prime"),
        (
            "subscription",
            "yay",
            event(name="Tier 1", count=12),
            "Ann subscribed with Tier 1 for 12 months: yay",
        ),
        ("subscription", "", None, "Ann subscribed"),
        ("raid", "", event(count=1234), "Ann raids the channel with 1234 viewers"),
        ("raid", "", event(count=0), "Ann raids the channel"),
        ("redemption", "", event(name="Hydrate!"), "Ann redeemed Hydrate!"),
        ("redemption", "now", None, "Ann redeemed: now"),
    ],
)
def test_each_event_has_its_sentence(
    kind: str, text: str, facts: ChatEvent | None, words: str
) -> None:
    assert spoken(text, kind, event=facts) == words


@pytest.mark.parametrize(
    "amount", [float("nan"), float("inf"), -5.0, 0.0, 1e300], ids=["nan", "inf", "-5", "0", "huge"]
)
def test_an_amount_that_is_none_is_not_said(amount: float) -> None:
    facts = event(amount=amount, currency="CNY")
    assert spoken("hi", "super_chat", event=facts) == "Ann sends: hi"


def test_the_currency_cannot_smuggle_anything_in() -> None:
    facts = event(amount=5.0, currency="<b>https://evil.com {author}")
    assert spoken("", "super_chat", event=facts) == "Ann sends 5 bhttpsevil"


def test_a_name_that_cannot_be_said_is_left_out_of_chat_and_replaced_in_events() -> None:
    assert spoken("hello", author="___") == "hello"
    assert spoken("", "gift", author="___", event=event(name="Rose")) == "someone gives Rose"


@pytest.mark.parametrize("name", ["a\u200bb\u202ec", "<b>abc</b>", "  abc\n"])
def test_names_of_gifts_are_cleaned_as_text_is(name: str) -> None:
    assert spoken("", "gift", event=event(name=name)) == "Ann gives abc"


def test_names_of_gifts_pass_the_rules_for_text() -> None:
    assert spoken("", "gift", event=event(name="see example.com", count=3)) == "Ann gives times 3"
    assert spoken("", "gift", event=event(name="badword", recipient="badword")) == "Ann gives"
    assert len(spoken("", "redemption", event=event(name="very " * 50))) < 100


def test_a_text_that_is_rejected_leaves_the_event() -> None:
    facts = event(amount=30.0, currency="CNY")
    assert spoken("badword", "super_chat", event=facts) == "Ann sends 30 CNY"


ENGLISH = TemplatesSettings(languages={"en": {"raid": "{author} is here with {count} friends"}})
MANDARIN = TemplatesSettings(
    gift="感谢{author}送的[{count}个]{name}", super_chat="感谢{author}的{amount}"
)


@pytest.mark.parametrize(
    ("kind", "facts", "templates", "words"),
    [
        (
            "raid",
            {"count": 21},
            TemplatesSettings(),
            "Ann raids the channel with twenty-one viewers",
        ),
        (
            "super_chat",
            {"amount": 30.0, "currency": "CNY"},
            TemplatesSettings(),
            "Ann sends thirty yuan",
        ),
        (
            "super_chat",
            {"amount": 4.5, "currency": "USD"},
            TemplatesSettings(),
            "Ann sends four dollars fifty cents",
        ),
        (
            "cheer",
            {"amount": 100.0, "currency": "bits"},
            TemplatesSettings(),
            "Ann cheers with one hundred bits",
        ),
        ("gift", {"name": "Rose", "count": 1}, TemplatesSettings(), "Ann gives Rose"),
        ("gift", {"name": "小花花", "count": 2}, MANDARIN, "感谢Ann送的两个小花花"),
        ("super_chat", {"amount": 30.0, "currency": "CNY"}, MANDARIN, "感谢Ann的三十元"),
    ],
)
def test_numbers_of_events_are_said_as_those_in_text_are(
    kind: str, facts: dict[str, object], templates: TemplatesSettings, words: str
) -> None:
    kind = "chat" if kind == "cheer" else kind
    rules = (*WITHOUT_NUMBERS, "numbers")
    assert spoken("", kind, event=event(**facts), rules=rules, templates=templates) == words


def test_numbers_of_an_english_template_are_english_whatever_the_default() -> None:
    rules = (*WITHOUT_NUMBERS, "numbers")
    words = spoken("hello everyone", "raid", event=event(count=21), rules=rules, templates=ENGLISH)
    assert words == "Ann is here with twenty-one friends"


def test_what_has_an_empty_template_is_not_announced() -> None:
    decision = read("", "raid", templates=TemplatesSettings(raid=""))
    assert decision == Refusal("templates", "nothing is to be said of a raid")


@pytest.mark.parametrize(
    ("mode", "named", "nameless"),
    [
        ("always", "Ann says: hello", ""),
        ("on_change", "Ann says: hello", "hello"),
        ("never", "hello", ""),
    ],
)
def test_names_can_be_left_out_of_chat(mode: str, named: str, nameless: str) -> None:
    templates = TemplatesSettings(names=mode)  # type: ignore[arg-type]
    one = worded("hello", templates=templates)
    assert (one.spoken, one.nameless) == (named, nameless)
    gift = worded("", "gift", templates=templates, event=event(name="Rose"))
    assert (gift.spoken, gift.nameless) == ("Ann gives Rose", "")


CHINESE = TemplatesSettings(languages={"zh": {"chat": "{author}说：{text}"}})


@pytest.mark.parametrize(
    ("text", "words"), [("今天好开心", "Ann说：今天好开心"), ("hello", "Ann says: hello")]
)
def test_text_in_a_language_has_that_languages_template(text: str, words: str) -> None:
    assert spoken(text, templates=CHINESE) == words


def test_a_language_may_leave_templates_as_they_are() -> None:
    assert spoken("冲", "raid", templates=CHINESE) == "Ann raids the channel"


@pytest.mark.parametrize(
    ("templates", "sentence"),
    [
        (TemplatesSettings(chat=""), r"filter\.templates\.chat: \{text\}"),
        (TemplatesSettings(gift="{who}"), r"filter\.templates\.gift: no field \{who\}"),
        (
            TemplatesSettings(languages={"zh": {"raid": "{autor}"}}),
            r"filter\.templates\.languages\.zh\.raid: .* did you mean \{author\}",
        ),
    ],
)
def test_wrong_templates_are_said_with_their_key(
    templates: TemplatesSettings, sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        Intake.build(FilterSettings(templates=templates), SynthTable())


def test_each_kind_has_a_template() -> None:
    assert template_name("chat", None) == "chat"
    assert template_name("chat", ChatEvent(name="odd")) == "chat"
    assert template_name("raid", None) == "raid"


ANY_TEXT = st.text(st.characters(), max_size=60)
EVENTS = st.builds(
    ChatEvent,
    name=ANY_TEXT,
    count=st.integers(-(2**63), 2**63),
    amount=st.none() | st.floats(),
    currency=ANY_TEXT,
    recipient=ANY_TEXT,
)
KINDS = st.sampled_from(
    ["chat", "action", "gift", "super_chat", "subscription", "raid", "redemption"]
)
READER = Intake.build(FilterSettings(templates=CHINESE), SynthTable())


@run(deadline=None, max_examples=100)
@given(KINDS, ANY_TEXT, ANY_TEXT, st.none() | EVENTS)
def test_whatever_a_platform_sends_is_one_line_that_can_be_spoken_or_refused(
    kind: str, author: str, text: str, facts: ChatEvent | None
) -> None:
    decision = READER.read(message(text, author=author, kind=kind, event=facts), 0.0, 0)
    if isinstance(decision, Utterance):
        assert 0 < len(decision.spoken) <= MAX_SPEECH_CHARS
        assert decision.spoken == " ".join(decision.spoken.split())
        assert not any(char < " " for char in decision.spoken)
        assert decision.display_text
    else:
        assert isinstance(decision, Refusal)
