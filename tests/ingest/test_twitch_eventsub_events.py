"""What an EventSub notification means to the pipeline, and that IRC means the same."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_ingest.source import Channel
from ishowtts_ingest.twitch.events import Options, Reading, read_event
from ishowtts_ingest.twitch.eventsub_events import Scene, read_notification
from ishowtts_ingest.twitch.eventsub_payloads import Frame
from ishowtts_ingest.twitch.irc import parse_line
from ishowtts_ingest.twitch.redemptions import MAX_REMEMBERED, PAIR_WITHIN_NS, Redemptions
from ishowtts_schemas import ChatEvent, ChatMessage, ChatModeration, Emote
from tests.fakes.fake_eventsub import (
    CLEAR,
    CLEAR_USER,
    MESSAGE,
    MESSAGE_DELETE,
    NOTIFICATION,
    REDEMPTION,
    SENT_AT,
    chat_event,
)
from tests.fakes.fake_twitch import tag_line

CHANNEL = Channel("ann_plays", room="b", voice="en", engine="espeak")
NOW_NS = 1_700_000_000_999_000_000


def frame(kind: str, event: Any) -> Frame:
    raw = {
        "metadata": {
            "message_id": "f1",
            "message_type": "notification",
            "message_timestamp": SENT_AT,
        },
        "payload": {
            "subscription": {"id": "s1", "type": kind, "condition": {"broadcaster_user_id": "1"}},
            "event": event,
        },
    }
    return msgspec.json.decode(json.dumps(raw), type=Frame)


class Reader:
    """Reads one notification after the other."""

    def __init__(self, **options: Any) -> None:
        self.scene = Scene(CHANNEL, NOW_NS, Options(**options), Redemptions())

    def read(self, kind: str, event: Any) -> Reading:
        return read_notification(frame(kind, event), self.scene)

    def chat(self, kind: str, event: Any) -> ChatMessage | None:
        event = self.read(kind, event).event
        assert event is None or isinstance(event, ChatMessage)
        return event


def said(text: str, fragments: list[tuple[str, str]] | None = None, **fields: Any) -> ChatMessage:
    event = chat_event(text, message_id="m1", **fields)
    if fragments:
        event["message"]["fragments"] = [{"type": kind, "text": part} for kind, part in fragments]
    message = Reader(own_login="reader").chat(MESSAGE, event)
    assert message is not None
    return message


def notice(kind: str, details: Any, text: str = "", **fields: Any) -> ChatMessage | None:
    event = chat_event(text, message_id="n1", notice_type=kind, **fields)
    event["message"] = {"text": text, "fragments": [{"type": "text", "text": text}] if text else []}
    return Reader().chat(NOTIFICATION, {**event, kind: details})


def badges(*names: str) -> list[dict[str, str]]:
    return [{"set_id": name, "id": "1", "info": ""} for name in names]


IRC_TAGS = {
    "color": "#1E90FF",
    "display_name": "Bob",
    "first_msg": "0",
    "id": "m1",
    "room_id": "1",
    "tmi_sent_ts": "1700000000123",
    "user_id": "2",
}
SAMPLES: dict[str, tuple[str, dict[str, str], dict[str, Any]]] = {
    "plain": ("hello 你好 👉 <3", {}, {}),
    "emotes": (
        "👉 Kappa 你好 Kappa",
        {"emotes": "25:2-6,11-15"},
        {
            "fragments": [
                ("text", "👉 "),
                ("emote", "Kappa"),
                ("text", " 你好 "),
                ("emote", "Kappa"),
            ]
        },
    ),
    "moderator": (
        "hi",
        {"badges": "moderator/1,subscriber/12"},
        {"badges": badges("moderator", "subscriber")},
    ),
    "mention": ("@Ann_Plays hi", {}, {"fragments": [("mention", "@Ann_Plays"), ("text", " hi")]}),
    "cheer": (
        "Cheer100 great",
        {"bits": "100"},
        {"cheer": {"bits": 100}, "fragments": [("cheermote", "Cheer100"), ("text", " great")]},
    ),
    "reply": (
        "@Cy yes",
        {"reply_parent_display_name": "Cy", "reply_parent_user_login": "cy"},
        {"reply": {"parent_user_name": "Cy", "parent_user_login": "cy", "parent_message_id": "p"}},
    ),
    "reward": ("drink", {"custom_reward_id": "r1"}, {"channel_points_custom_reward_id": "r1"}),
    "shared, written here": (
        "hi",
        {"source_room_id": "1"},
        {"source_broadcaster_user_id": "1"},
    ),
}


def by_irc(rest: str, tags: dict[str, str]) -> ChatMessage | None:
    line = parse_line(tag_line({**IRC_TAGS, **tags}, f":bob!bob@bob.tmi.twitch.tv {rest}"))
    event = read_event(line, CHANNEL, NOW_NS, Options(own_login="reader")).event
    assert event is None or isinstance(event, ChatMessage)
    return event


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_line_means_the_same_by_irc_and_by_eventsub(
    sample: tuple[str, dict[str, str], dict[str, Any]],
) -> None:
    text, tags, fields = sample
    assert said(text, **fields) == by_irc(f"PRIVMSG #ann_plays :{text}", tags)


def test_an_action_means_the_same_by_irc_and_by_eventsub() -> None:
    wrapped = "\x01ACTION waves Kappa\x01"
    irc = by_irc(f"PRIVMSG #ann_plays :{wrapped}", {"emotes": "25:6-10"})
    assert said(wrapped, [("text", "waves "), ("emote", "Kappa")]) == irc
    assert irc is not None
    assert (irc.kind, irc.text) == ("action", "waves Kappa")
    assert said(wrapped, [("text", "waves Kappa")]).text == "waves Kappa"


PLAN = {"msg_param_sub_plan": "1000"}
NOTICES: dict[str, tuple[str, dict[str, Any], str, dict[str, str]]] = {
    "sub": (
        "sub",
        {"sub_tier": "1000", "is_prime": False, "duration_months": 1},
        "",
        {"msg_id": "sub", "msg_param_cumulative_months": "1", **PLAN},
    ),
    "resub": (
        "resub",
        {"sub_tier": "1000", "is_prime": True, "cumulative_months": 14, "duration_months": 1},
        "14 months!",
        {"msg_id": "resub", "msg_param_cumulative_months": "14", "msg_param_sub_plan": "Prime"},
    ),
    "gift": (
        "sub_gift",
        {
            "sub_tier": "2000",
            "recipient_user_name": "Cy",
            "recipient_user_login": "cy",
            "community_gift_id": None,
        },
        "",
        {
            "msg_id": "subgift",
            "msg_param_sub_plan": "2000",
            "msg_param_recipient_display_name": "Cy",
        },
    ),
    "one of many gifts": (
        "sub_gift",
        {"sub_tier": "1000", "recipient_user_name": "Cy", "community_gift_id": "g1"},
        "",
        {"msg_id": "subgift", "msg_param_community_gift_id": "g1", **PLAN},
    ),
    "many gifts": (
        "community_sub_gift",
        {"id": "g1", "total": 5, "sub_tier": "1000", "cumulative_total": 20},
        "",
        {"msg_id": "submysterygift", "msg_param_mass_gift_count": "5", **PLAN},
    ),
    "prime upgrade": (
        "prime_paid_upgrade",
        {"sub_tier": "1000"},
        "",
        {"msg_id": "primepaidupgrade", **PLAN},
    ),
    "gift upgrade": (
        "gift_paid_upgrade",
        {"gifter_is_anonymous": True},
        "",
        {"msg_id": "giftpaidupgrade"},
    ),
    "raid": (
        "raid",
        {"user_id": "2", "viewer_count": 42},
        "",
        {"msg_id": "raid", "msg_param_viewerCount": "42"},
    ),
    "unraid": ("unraid", {}, "", {"msg_id": "unraid"}),
    "announcement": ("announcement", {"color": "BLUE"}, "listen", {"msg_id": "announcement"}),
    "pay it forward": (
        "pay_it_forward",
        {"gifter_is_anonymous": True},
        "",
        {"msg_id": "standardpayforward"},
    ),
    "donation": (
        "charity_donation",
        {"charity_name": "Help", "amount": {"value": 550, "decimal_place": 2, "currency": "USD"}},
        "",
        {
            "msg_id": "charitydonation",
            "msg_param_charity_name": "Help",
            "msg_param_donation_amount": "550",
            "msg_param_exponent": "2",
            "msg_param_donation_currency": "USD",
        },
    ),
    "badge with words": ("bits_badge_tier", {"tier": 1000}, "wow", {"msg_id": "bitsbadgetier"}),
    "something new without words": ("something_new", {"x": 1}, "", {"msg_id": "something_new"}),
}


@pytest.mark.parametrize("sample", NOTICES.values(), ids=NOTICES)
def test_a_notice_means_the_same_by_irc_and_by_eventsub(
    sample: tuple[str, dict[str, Any], str, dict[str, str]],
) -> None:
    kind, details, text, tags = sample
    rest = "USERNOTICE #ann_plays" + (f" :{text}" if text else "")
    assert notice(kind, details, text) == by_irc(rest, {"login": "bob", **tags, "id": "n1"})


def test_a_resub_says_tier_months_and_words() -> None:
    message = notice("resub", {"sub_tier": "3000", "cumulative_months": 9}, "hello")
    assert message is not None
    assert (message.kind, message.priority, message.text) == ("subscription", "paid", "hello")
    assert message.event == ChatEvent(name="Tier 3", count=9)


@pytest.mark.parametrize("kind", ["shared_chat_resub", "resub"])
def test_what_a_shared_chat_mirrors_is_left_out(kind: str) -> None:
    mirrored = {"source_broadcaster_user_id": "9"}
    assert notice(kind, {"sub_tier": "1000"}, "hi", **mirrored) is None
    assert Reader().chat(MESSAGE, chat_event("hi", **mirrored)) is None
    assert Reader(shared_chat=True).chat(MESSAGE, chat_event("hi", **mirrored)) is not None


def test_a_mirrored_notice_is_understood_where_it_is_wanted() -> None:
    event = chat_event("", notice_type="shared_chat_raid", source_broadcaster_user_id="9")
    message = Reader(shared_chat=True).chat(
        NOTIFICATION, {**event, "raid": None, "shared_chat_raid": {"viewer_count": 7}}
    )
    assert message is not None
    assert (message.kind, message.event) == ("raid", ChatEvent(count=7))


def test_nameless_and_colourless_authors_are_read() -> None:
    message = said("hi", chatter_user_name=None, color="", badges=None)
    assert (message.author.name, message.author.color) == ("bob", None)
    assert said("hi", chatter_user_name="", chatter_user_login=None).author.name == "unknown"


def test_pictures_are_runs_of_code_points() -> None:
    message = said("👨‍👩‍👧 gif", [("text", "👨‍👩‍👧 "), ("gif", "gif")])
    start = len("👨‍👩‍👧 ")
    assert message.emotes == (Emote(name="gif", start=start, end=start + 3),)


def test_moderation_is_passed_on() -> None:
    reader = Reader()
    about = {"broadcaster_user_id": "1", "target_user_id": "2"}
    events = [
        reader.read(MESSAGE_DELETE, {**about, "message_id": "m1"}).event,
        reader.read(CLEAR_USER, about).event,
        reader.read(CLEAR, {"broadcaster_user_id": "1"}).event,
    ]
    assert [
        (e.action, e.message_id, e.author_id) for e in events if isinstance(e, ChatModeration)
    ] == [
        ("message_deleted", "m1", None),
        ("author_removed", None, "2"),
        ("chat_cleared", None, None),
    ]
    assert {e.room for e in events if e is not None} == {"b"}


def redemption(text: str = "", redemption_id: str = "red1", user: str = "2") -> dict[str, Any]:
    return {
        "id": redemption_id,
        "broadcaster_user_id": "1",
        "user_id": user,
        "user_login": "bob",
        "user_name": "Bob",
        "user_input": text,
        "status": "unfulfilled",
        "reward": {"id": "r1", "title": "Hydrate", "cost": 100, "prompt": ""},
        "redeemed_at": SENT_AT,
    }


def redeeming_chat(text: str, message_id: str = "m1") -> dict[str, Any]:
    return chat_event(text, message_id=message_id, channel_points_custom_reward_id="r1")


def test_a_redemption_carries_the_rewards_name_and_the_viewers_words() -> None:
    message = Reader().chat(REDEMPTION, redemption("drink up"))
    assert message is not None
    assert (message.id, message.kind, message.text) == ("red1", "redemption", "drink up")
    assert message.event == ChatEvent(name="Hydrate")
    assert (message.author.name, message.author.id, message.priority) == ("Bob", "2", "normal")


def test_the_broadcasters_own_redemption_is_known_as_such() -> None:
    message = Reader().chat(REDEMPTION, redemption(user="1"))
    assert message is not None
    assert message.priority == "moderator"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["redemption first", "chat first"])
def test_a_redemption_with_words_is_told_once_and_can_be_deleted(order: tuple[int, int]) -> None:
    reader = Reader()
    reports = [(REDEMPTION, redemption("drink  up")), (MESSAGE, redeeming_chat("drink up "))]
    first, second = (reader.chat(*reports[index]) for index in order)
    assert first is not None
    assert (first.kind, second) == ("redemption", None)
    event = reader.read(MESSAGE_DELETE, {"message_id": "m1"}).event
    assert isinstance(event, ChatModeration)
    assert event.message_id == first.id


def test_the_same_redemption_twice_is_told_twice() -> None:
    reader = Reader()
    told = [
        reader.chat(REDEMPTION, redemption("drink", "red1")),
        reader.chat(REDEMPTION, redemption("drink", "red2")),
        reader.chat(MESSAGE, redeeming_chat("drink", "m1")),
        reader.chat(MESSAGE, redeeming_chat("drink", "m2")),
        reader.chat(REDEMPTION, redemption("", "red3")),
        reader.chat(REDEMPTION, redemption("", "red4")),
    ]
    assert [message.id for message in told if message] == ["red1", "red2", "red3", "red4"]


def test_a_reward_that_was_heard_of_is_called_by_its_name_in_chat() -> None:
    reader = Reader()
    reader.chat(REDEMPTION, redemption())
    message = reader.chat(MESSAGE, redeeming_chat("later"))
    assert message is not None
    assert message.event == ChatEvent(name="Hydrate")
    named = Reader(reward_names={"r1": "Mine"}).chat(MESSAGE, redeeming_chat("x"))
    assert named is not None
    assert named.event == ChatEvent(name="Mine")


def test_reports_far_apart_are_two_redemptions_and_memory_is_bounded() -> None:
    redemptions = Redemptions()
    what = ("2", "r1", "drink")
    assert not redemptions.is_told("redemption", what, "red1", 0)
    assert not redemptions.is_told("chat", what, "m1", PAIR_WITHIN_NS + 1)
    for number in range(MAX_REMEMBERED + 10):
        redemptions.learn(str(number), "title")
        assert not redemptions.is_told("chat", ("2", str(number), "x"), f"m{number}", 0)
    assert redemptions.title("0") == ""
    assert not redemptions.is_told("redemption", ("2", "0", "x"), "late", 0), "it was forgotten"
    assert redemptions.is_told("redemption", ("2", "2000", "x"), "red", 0)


@pytest.mark.parametrize(
    ("kind", "event", "fault"),
    [
        (MESSAGE, {}, "malformed"),
        (MESSAGE, [], "malformed"),
        (MESSAGE, {**chat_event("x"), "message": {"text": "x" * 30_000}}, "malformed"),
        (MESSAGE, {**chat_event("x"), "cheer": {"bits": -5}}, "malformed"),
        (MESSAGE_DELETE, {"message_id": ""}, "no_message_id"),
        (CLEAR_USER, {"target_user_id": ""}, "no_author_id"),
        (REDEMPTION, {"id": "x"}, "malformed"),
    ],
)
def test_what_cannot_be_read_is_a_fault_and_no_crash(kind: str, event: Any, fault: str) -> None:
    assert Reader().read(kind, event) == Reading(None, (fault,))


def test_text_that_is_too_long_in_pieces_is_a_fault() -> None:
    event = chat_event("x")
    event["message"]["fragments"] = [{"type": "text", "text": "x" * 15_000}] * 2
    assert Reader().read(MESSAGE, event).faults == ("oversized",)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = st.dictionaries(
    st.sampled_from(
        [*chat_event("x"), "notice_type", "resub", "raid", "charity_donation", "sub_gift"]
    ),
    JSON | st.sampled_from(["resub", "raid", "charity_donation", "sub_gift"]),
    max_size=4,
)


@settings(deadline=None, max_examples=80)
@given(
    fields=FIELDS, kind=st.sampled_from([MESSAGE, NOTIFICATION, REDEMPTION, MESSAGE_DELETE, CLEAR])
)
def test_whatever_stands_in_the_fields_nothing_raises(fields: dict[str, Any], kind: str) -> None:
    event = Reader().read(kind, {**chat_event("x"), **fields}).event
    if event is not None:
        msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=type(event))
