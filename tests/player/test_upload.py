"""What an uploaded message means."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_player.upload import NormalizedMessage, chat_message
from ishowtts_schemas import ChatEvent, ChatMessage, Emote
from ishowtts_schemas.topics import CHAT_MESSAGE

NOW_NS = 1_700_000_000_000_000_000


def read(metadata=None, text="hello", **more) -> ChatMessage:
    usual = {
        "id": "m1",
        "platform": "Twitch",
        "channel": "ann",
        "username": "Bea",
        "priority": "Normal",
        "content": {"Text": text},
        "metadata": metadata,
        "timestamp": "2024-05-06T07:08:09Z",
    }
    upload = msgspec.json.decode(msgspec.json.encode(usual | more), type=NormalizedMessage)
    return chat_message(upload, None, NOW_NS)


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ("Gift", "paid"),
        ("Paid", "paid"),
        ("Moderator", "moderator"),
        ("Mention", "mention"),
        ("Normal", "normal"),
    ],
)
def test_priorities_keep_their_meaning(given_, wanted):
    assert read(priority=given_).priority == wanted


def test_system_content_is_of_its_own_kind():
    assert read(content={"System": "Ann is live"}).kind == "system"
    assert read().kind == "chat"


def test_metadata_as_ishowtts_wrote_it():
    metadata = {
        "badges": ["moderator/1", "founder/0", "glhf-pledge/1"],
        "bits": 100,
        "color": "#1E90FF",
        "emotes": [
            {"id": "25", "positions": [{"start": 6, "end": 10}, {"start": 0, "end": 4}]},
            {"id": "9", "positions": [{"start": 9, "end": 99}]},
        ],
        "reply": {"parent_display_name": "Cleo", "parent_user_login": "cleo"},
        "first_msg": True,
        "subscriber": True,
        "user_type": "mod",
        "user_login": "bea",
    }
    message = read(metadata, text="Kappa Kappa")
    assert message.author.roles == ("moderator", "subscriber")
    assert (message.author.color, message.author.login) == ("#1E90FF", "bea")
    assert message.event == ChatEvent(amount=100.0, currency="bits")
    assert message.emotes == (
        Emote(name="Kappa", start=0, end=5),
        Emote(name="Kappa", start=6, end=11),
    )
    assert (message.reply_to, message.first_message) == ("Cleo", True)


def test_emotes_are_found_behind_characters_outside_the_first_plane():
    emotes = {"emotes": [{"positions": [{"start": 2, "end": 4}]}]}
    (emote,) = read(emotes, text="🎉 LUL 中").emotes
    assert emote.name == "LUL"


@pytest.mark.parametrize("badge", [{"name": "vip"}, {"set_id": "vip", "id": "1"}, "VIP/1", "vip"])
def test_badges_may_be_objects(badge):
    assert read({"badges": [badge]}).author.roles == ("vip",)


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_time_that_no_message_can_carry_is_left_out(when):
    assert read(timestamp=when).sent_at_ns is None


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FACTS = st.dictionaries(
    st.sampled_from(["badges", "bits", "color", "emotes", "reply", "first_msg", "user_login"]), JSON
)


@settings(deadline=None, max_examples=100)
@given(JSON | FACTS)
def test_whatever_the_metadata_is_the_message_can_be_sent(metadata):
    message = read(metadata)
    assert CHAT_MESSAGE.decode(CHAT_MESSAGE.encode(message)) == message
