"""What an entry of a YouTube chat means to the pipeline; names; the quota."""

import json
from datetime import datetime, timezone
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.source import Channel
from ishowtts_ingest.youtube.events import Reading, Scene, read_item
from ishowtts_ingest.youtube.names import is_video, normalise
from ishowtts_ingest.youtube.quota import (
    LONGEST_PAUSE_S,
    POLL_UNITS,
    Quota,
    in_words,
    next_reset_s,
)
from ishowtts_schemas import Author, ChatEvent, ChatMessage, ChatModeration, Emote
from tests.fakes.fake_youtube import CHANNEL, NOW, VIDEO, entry

SCENE = Scene(Channel(VIDEO, room="b", voice="en", engine="espeak"), 5, "Ann Plays")


def read(one: Any) -> Reading:
    return read_item(json.dumps(one).encode(), SCENE)


def chat(kind: str, details: dict[str, Any], **author: Any) -> ChatMessage:
    event = read(entry(kind, details, **author)).event
    assert isinstance(event, ChatMessage)
    return event


def text(said: str, **author: Any) -> ChatMessage:
    return chat("textMessageEvent", {"textMessageDetails": {"messageText": said}}, **author)


def test_a_message_carries_what_youtube_says_about_it() -> None:
    message = text("hello 你好", isChatSponsor=True)
    assert message == ChatMessage(
        id=message.id,
        platform="youtube",
        room="b",
        author=Author(name="Bob", id="UCbob", roles=("subscriber",)),
        text="hello 你好",
        received_at_ns=5,
        sent_at_ns=1_699_999_999 * 10**9,
        channel=VIDEO,
        priority="subscriber",
        engine="espeak",
        channel_voice="en",
    )


@pytest.mark.parametrize(
    ("author", "said", "priority"),
    [
        ({"isChatOwner": True}, "hi", "moderator"),
        ({"isChatModerator": True, "isChatSponsor": True}, "hi", "moderator"),
        ({"isChatSponsor": True}, "hey @ann plays!", "mention"),
        ({"isChatSponsor": True}, "hi", "subscriber"),
        ({}, "hi @bob", "normal"),
    ],
)
def test_who_writes_to_whom_decides_how_urgent_it_is(
    author: dict[str, Any], said: str, priority: str
) -> None:
    assert text(said, **author).priority == priority


def test_youtubes_own_emoji_are_pictures_and_times_are_not() -> None:
    message = text("👉 :hand-pink-waving: at 10:30:45 :_annHype:")
    assert message.emotes == (
        Emote(name=":hand-pink-waving:", start=2, end=20),
        Emote(name=":_annHype:", start=33, end=43),
    )


@pytest.mark.parametrize(
    ("amount", "units"),
    [("5000000", 5.0), (1_990_000, 1.99), ("9223372036854775807", 9223372036854.775807)],
)
def test_a_super_chat_keeps_its_amount_of_64_bits(amount: Any, units: float) -> None:
    details = {"amountMicros": amount, "currency": "TWD", "userComment": "加油", "tier": 3}
    message = chat("superChatEvent", {"superChatDetails": details})
    assert (message.kind, message.priority, message.text) == ("super_chat", "paid", "加油")
    assert message.event == ChatEvent(amount=units, currency="TWD")


@pytest.mark.parametrize(
    ("kind", "details", "as_kind", "event", "said"),
    [
        (
            "superStickerEvent",
            {
                "superStickerDetails": {
                    "superStickerMetadata": {"stickerId": "s", "altText": "A waving cat"},
                    "amountMicros": "2000000",
                    "currency": "EUR",
                }
            },
            "super_chat",
            ChatEvent(name="A waving cat", amount=2.0, currency="EUR"),
            "",
        ),
        (
            "fanFundingEvent",
            {"fanFundingEventDetails": {"amountMicros": "1000000", "currency": "USD"}},
            "super_chat",
            ChatEvent(amount=1.0, currency="USD"),
            "",
        ),
        (
            "newSponsorEvent",
            {"newSponsorDetails": {"memberLevelName": "Gold", "isUpgrade": False}},
            "subscription",
            ChatEvent(name="Gold"),
            "",
        ),
        ("newSponsorEvent", {}, "subscription", ChatEvent(), ""),
        (
            "memberMilestoneChatEvent",
            {
                "memberMilestoneChatDetails": {
                    "memberMonth": 14,
                    "memberLevelName": "Gold",
                    "userComment": "still here",
                }
            },
            "subscription",
            ChatEvent(name="Gold", count=14),
            "still here",
        ),
        (
            "membershipGiftingEvent",
            {
                "membershipGiftingDetails": {
                    "giftMembershipsCount": 5,
                    "giftMembershipsLevelName": "Gold",
                }
            },
            "gift",
            ChatEvent(name="Gold membership", count=5),
            "",
        ),
    ],
)
def test_what_is_paid_for_is_an_event(
    kind: str, details: dict[str, Any], as_kind: str, event: ChatEvent, said: str
) -> None:
    message = chat(kind, details)
    assert (message.kind, message.event, message.text) == (as_kind, event, said)
    assert message.priority == "paid"


@pytest.mark.parametrize(
    ("kind", "details", "message_id", "author_id"),
    [
        ("messageDeletedEvent", {"messageDeletedDetails": {"deletedMessageId": "m1"}}, "m1", None),
        (
            "messageRetractedEvent",
            {"messageRetractedDetails": {"retractedMessageId": "m1"}},
            "m1",
            None,
        ),
        ("tombstone", {}, "own", None),
        (
            "userBannedEvent",
            {
                "userBannedDetails": {
                    "bannedUserDetails": {"channelId": "UCx"},
                    "banType": "temporary",
                    "banDurationSeconds": "300",
                }
            },
            None,
            "UCx",
        ),
    ],
)
def test_moderation_is_passed_on(
    kind: str, details: dict[str, Any], message_id: str | None, author_id: str | None
) -> None:
    event = read({**entry(kind, details), "id": "own"}).event
    assert isinstance(event, ChatModeration)
    assert (event.message_id, event.author_id, event.room) == (message_id, author_id, "b")


def test_the_chats_end_and_what_is_quiet_or_unknown_is_told_apart() -> None:
    assert read(entry("chatEndedEvent", {})).ended
    assert read(entry("giftMembershipReceivedEvent", {})).ignored == "quiet"
    assert read(entry("somethingNewEvent", {})).ignored == "unknown"
    assert read(entry("superChatEvent", {})).ignored == "unknown"


@pytest.mark.parametrize(
    ("one", "fault"),
    [
        (7, "malformed"),
        ({}, "malformed"),
        ({"id": "x"}, "malformed"),
        ({**entry("tombstone", {}), "id": ""}, "no_id"),
        ({**entry("tombstone", {}), "id": "x" * 500}, "no_id"),
        (entry("messageDeletedEvent", {}), "no_target"),
        (entry("superChatEvent", {"superChatDetails": {"amountMicros": "-5"}}), "malformed"),
        (entry("superChatEvent", {"superChatDetails": {"amountMicros": "9" * 30}}), "malformed"),
        (entry("textMessageEvent", {"displayMessage": "x" * 30_000}), "malformed"),
    ],
)
def test_what_cannot_be_read_is_a_fault_and_no_crash(one: Any, fault: str) -> None:
    assert read(one).fault == fault


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=5,
)


@settings(deadline=None, max_examples=80)
@given(
    kind=st.sampled_from(["textMessageEvent", "superChatEvent", "userBannedEvent", "x"]),
    snippet=st.dictionaries(
        st.sampled_from(["textMessageDetails", "superChatDetails", "publishedAt", "type"]), JSON
    ),
    author=st.dictionaries(st.sampled_from(["displayName", "isChatOwner", "channelId"]), JSON),
)
def test_whatever_stands_in_the_fields_nothing_raises(
    kind: str, snippet: dict[str, Any], author: dict[str, Any]
) -> None:
    event = read(entry(kind, snippet, **author)).event
    if event is not None:
        msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=type(event))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (VIDEO, VIDEO),
        (f" {VIDEO} ", VIDEO),
        (f"https://www.youtube.com/watch?v={VIDEO}&list=x", VIDEO),
        (f"youtube.com/watch?v={VIDEO}", VIDEO),
        (f"https://youtu.be/{VIDEO}?si=x", VIDEO),
        (f"https://www.youtube.com/live/{VIDEO}?feature=share", VIDEO),
        (f"https://studio.youtube.com/video/{VIDEO}/livestreaming", VIDEO),
        (f"https://www.youtube.com/live_chat?is_popout=1&v={VIDEO}", VIDEO),
        (CHANNEL, CHANNEL),
        (f"https://www.youtube.com/channel/{CHANNEL}/live", CHANNEL),
        ("@Ann_Plays", "@ann_plays"),
        ("https://www.youtube.com/@Ann_Plays/streams", "@ann_plays"),
        ("@主播小美", "@主播小美"),
    ],
)
def test_a_stream_is_known_however_it_is_pasted(typed: str, name: str) -> None:
    assert normalise(typed) == name
    assert normalise(name) == name
    assert is_video(name) == (name == VIDEO)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ann",
        "@a",
        "https://example.com/watch?v=" + VIDEO,
        "https://youtube.com/c/Ann",
        "https://[",
    ],
)
def test_what_is_no_stream_is_refused(typed: str) -> None:
    with pytest.raises(SourceError, match="no YouTube stream"):
        normalise(typed)


START_S = NOW.timestamp()


@pytest.mark.parametrize(
    ("now", "reset"),
    [
        ("2023-11-14T22:13:20", "2023-11-15T08:00:00"),
        ("2023-07-01T06:59:59", "2023-07-01T07:00:00"),
        ("2023-07-01T07:00:00", "2023-07-02T07:00:00"),
        ("2023-11-05T07:30:00", "2023-11-06T08:00:00"),
    ],
    ids=["winter", "summer", "at midnight", "the clock is put back"],
)
def test_the_quota_begins_anew_at_midnight_pacific_time(now: str, reset: str) -> None:
    def seconds(text: str) -> float:
        return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()

    assert next_reset_s(seconds(now)) == seconds(reset)


def spend_a_day(quota: Quota, shortest_s: float, hours: float) -> list[float]:
    """When each look into one chat happens, from the start of a stream."""
    looks, now_s = list[float](), START_S
    while now_s < START_S + hours * 3600 and not quota.wait_s(POLL_UNITS, now_s):
        looks.append(now_s - START_S)
        quota.spend(POLL_UNITS, now_s)
        now_s += max(shortest_s, quota.pause_s(1, now_s))
    return looks


def test_a_days_quota_lasts_for_the_planned_hours_and_goes_on_more_slowly() -> None:
    looks = spend_a_day(Quota(10_000, 5 * 3600), 1.0, 9)
    first_hour = [at for at in looks if at < 3600]
    fifth_hour = [at for at in looks if 4 * 3600 <= at < 5 * 3600]
    assert abs(len(first_hour) - len(fifth_hour)) < len(first_hour) / 2
    assert looks[-1] > 5 * 3600
    assert max(later - at for at, later in pairwise(looks)) <= LONGEST_PAUSE_S


def test_a_quota_that_lasts_slows_nothing_down() -> None:
    looks = spend_a_day(Quota(1_000_000, 5 * 3600), 5.0, 1)
    assert len(looks) == 720


def test_several_chats_share_the_quota() -> None:
    quota = Quota(10_000, 5 * 3600)
    assert quota.pause_s(2, START_S) == pytest.approx(2 * quota.pause_s(1, START_S))
    assert quota.pause_s(0, START_S) == quota.pause_s(1, START_S)


def test_a_quota_that_is_used_up_comes_back_at_midnight() -> None:
    quota = Quota(100, 3600)
    quota.exhaust(START_S)
    wait_s = quota.wait_s(POLL_UNITS, START_S)
    assert START_S + wait_s == next_reset_s(START_S)
    assert quota.pause_s(1, START_S) == 0
    assert quota.wait_s(POLL_UNITS, START_S + wait_s) == 0
    assert in_words(wait_s) == "9 h 47 min"
    assert in_words(61) == "2 min"
