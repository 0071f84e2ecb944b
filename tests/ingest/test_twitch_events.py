"""What a line of Twitch's chat means to the pipeline."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_ingest.source import Channel
from ishowtts_ingest.twitch.events import Options, Reading, read_event
from ishowtts_ingest.twitch.irc import IrcError, parse_line
from ishowtts_schemas import Author, ChatEvent, ChatMessage, ChatModeration
from tests.fakes.fake_twitch import chat_line, tag_line

CHANNEL = Channel("ann", room="b", voice="en", engine="espeak")
NOW_NS = 1_700_000_000_999_000_000


def read(raw: str, **options: Any) -> Reading:
    return read_event(parse_line(raw), CHANNEL, NOW_NS, Options(**options))


def chat(
    text: str, nick: str = "bob", options: dict[str, Any] | None = None, **tags: str
) -> ChatMessage:
    raw, _ = chat_line("ann", text, nick, **tags)
    event = read(raw, **(options or {})).event
    assert isinstance(event, ChatMessage)
    return event


def notice(msg_id: str, text: str | None = None, **tags: str) -> ChatMessage | None:
    every = {
        "badges": "",
        "display_name": "Bob",
        "login": "bob",
        "id": "n1",
        "user_id": "7",
        "msg_id": msg_id,
        "room_id": "1",
        "system_msg": "Bob did something.",
        **tags,
    }
    rest = ":tmi.twitch.tv USERNOTICE #ann" + ("" if text is None else f" :{text}")
    event = read(tag_line(every, rest)).event
    assert event is None or isinstance(event, ChatMessage)
    return event


def test_a_message_carries_what_twitch_says_about_it() -> None:
    message = chat(
        "hello 你好",
        id="m1",
        display_name="Böb",
        user_id="42",
        badges="vip/1,subscriber/3012",
        color="#FF0000",
        first_msg="1",
    )
    assert message == ChatMessage(
        id="m1",
        platform="twitch",
        room="b",
        author=Author(
            name="Böb", id="42", login="bob", color="#FF0000", roles=("vip", "subscriber")
        ),
        text="hello 你好",
        received_at_ns=NOW_NS,
        sent_at_ns=1_700_000_000_123_000_000,
        channel="ann",
        priority="subscriber",
        first_message=True,
        engine="espeak",
        channel_voice="en",
    )


@pytest.mark.parametrize(
    ("tags", "roles"),
    [
        ({"badges": "broadcaster/1,subscriber/0"}, ("broadcaster", "subscriber")),
        ({"badges": "moderator/1,partner/1"}, ("moderator",)),
        ({"badges": "lead_moderator/1", "mod": "1"}, ("moderator",)),
        ({"badges": "founder/0,bits/1000"}, ("subscriber",)),
        ({"badges": "bot-badge/1"}, ("bot",)),
        ({"badges": "nightbot-fan/1,,/,glhf-pledge"}, ()),
        ({"mod": "1", "vip": "1", "subscriber": "1"}, ("moderator", "vip", "subscriber")),
    ],
)
def test_badges_and_flags_become_roles(tags: dict[str, str], roles: tuple[str, ...]) -> None:
    assert chat("hi", **tags).author.roles == roles


@pytest.mark.parametrize(
    ("tags", "text", "priority"),
    [
        ({}, "hi", "normal"),
        ({"subscriber": "1"}, "hi", "subscriber"),
        ({"subscriber": "1"}, "hi @Ann!", "mention"),
        ({}, "@ANN hi", "mention"),
        ({}, "hey @reader_bot", "mention"),
        ({}, "@annabel, ann@ann.example, ann, @an", "normal"),
        ({"mod": "1"}, "@ann hi", "moderator"),
        ({"badges": "broadcaster/1"}, "hi", "moderator"),
        ({"mod": "1", "bits": "1"}, "Cheer1 hi", "paid"),
        ({"bits": "0"}, "hi", "normal"),
        ({"bits": "many"}, "hi", "normal"),
        ({"bits": "-5"}, "hi", "normal"),
        ({"bits": "9" * 5000}, "hi", "normal"),
    ],
)
def test_who_is_spoken_first(tags: dict[str, str], text: str, priority: str) -> None:
    assert chat(text, options={"own_login": "reader_bot"}, **tags).priority == priority


@pytest.mark.parametrize(
    ("tags", "name", "login"),
    [
        ({"display_name": "Bob"}, "Bob", "bob"),
        ({"display_name": "bob"}, "bob", None),
        ({"display_name": ""}, "bob", None),
        ({"display_name": "Bob "}, "Bob", "bob"),
        ({"display_name": "鲍勃"}, "鲍勃", "bob"),
    ],
)
def test_there_is_always_a_name(tags: dict[str, str], name: str, login: str | None) -> None:
    author = chat("hi", **tags).author
    assert (author.name, author.login) == (name, login)


def test_without_any_tags_there_is_still_a_message() -> None:
    reading = read(":bob!bob@bob.tmi.twitch.tv PRIVMSG #ann :hi", new_id=lambda: "made")
    assert isinstance(reading.event, ChatMessage)
    assert (reading.event.id, reading.event.author.name, reading.event.text) == (
        "made",
        "bob",
        "hi",
    )
    assert reading.event.sent_at_ns is None
    assert reading.faults == ("no_id",)
    nobody = read("PRIVMSG #ann :hi").event
    assert isinstance(nobody, ChatMessage)
    assert nobody.author.name == "unknown"


@pytest.mark.parametrize(
    ("emotes", "text", "found", "faults"),
    [
        ("25:0-4,12-16/1902:6-10", "Kappa Keepo Kappa", [(0, 5), (6, 11), (12, 17)], 0),
        ("25:5-9", "👉 👍 <3 Kappa", [], 1),
        ("25:7-11", "👉 👍 <3 Kappa", [(7, 12)], 0),
        ("555:2-3", "👉 <3", [(2, 4)], 0),
        ("25:0-4", "👨‍👩‍👧‍👦", [], 1),
        ("25:40-44", "x" * 38 + " Kappa", [(39, 44)], 0),
        ("25:40-44", "x" * 44, [], 1),
        ("25:1-5", "Kappa hi", [(0, 5)], 0),
        ("25:2-6", "hi Kappa", [(3, 8)], 0),
        ("25:0-6", "Kappa hi", [], 1),
        ("25:4-0", "Kappa", [], 1),
        ("25:-1-4,0-,a-b,/:0-4/25", "Kappa", [(0, 5)], 5),
        ("25:0-99999999999", "Kappa", [], 1),
        ("", "Kappa", [], 0),
        ("25:0-4,0-4", "Kappa", [(0, 5)], 0),
        ("25", "I see", [], 1),
        ("25:x-y", "I see", [], 1),
    ],
)
def test_emotes_are_found_by_code_point_and_bad_ranges_counted(
    emotes: str, text: str, found: list[tuple[int, int]], faults: int
) -> None:
    raw, _ = chat_line("ann", text, emotes=emotes)
    reading = read(raw)
    assert isinstance(reading.event, ChatMessage)
    assert reading.event.text == text
    assert [(emote.start, emote.end) for emote in reading.event.emotes] == found
    assert all(emote.name == text[emote.start : emote.end] for emote in reading.event.emotes)
    assert reading.faults == ("emote_range",) * faults


@pytest.mark.parametrize(
    ("said", "kind", "text"),
    [
        ("\x01ACTION dances Kappa\x01", "action", "dances Kappa"),
        ("\x01ACTION dances Kappa", "action", "dances Kappa"),
        ("\x01ACTION \x01", "action", ""),
        ("/me dances", "chat", "/me dances"),
        (":)", "chat", ":)"),
    ],
)
def test_an_action_is_unwrapped(said: str, kind: str, text: str) -> None:
    message = chat(said)
    assert (message.kind, message.text) == (kind, text)


def test_the_emotes_of_an_action_do_not_count_its_wrapper() -> None:
    message = chat("\x01ACTION dances Kappa\x01", emotes="25:7-11")
    assert [emote.name for emote in message.emotes] == ["Kappa"]


@pytest.mark.parametrize(
    ("text", "bits", "names"),
    [
        ("Cheer100 Cheer100 hi", "200", ["Cheer100", "Cheer100"]),
        ("annLove500 gg", "500", ["annLove500"]),
        ("gta5 cheer10", "10", ["cheer10"]),
        ("gta5 is good", "10", []),
        ("4Head50 lol", "50", []),
    ],
)
def test_cheermotes_are_pictures_too(text: str, bits: str, names: list[str]) -> None:
    message = chat(text, bits=bits)
    assert message.event == ChatEvent(amount=float(bits), currency="bits")
    assert message.kind == "chat"
    assert [emote.name for emote in message.emotes] == names


def test_a_number_word_without_bits_is_text() -> None:
    assert chat("Cheer100 hi").emotes == ()


def test_an_answer_names_whom_it_answers() -> None:
    message = chat("@Eve yes", reply_parent_display_name="Eve", reply_parent_user_login="eve")
    assert message.reply_to == "Eve"
    assert chat("yes", reply_parent_user_login="eve").reply_to == "eve"
    assert chat("yes").reply_to is None


def test_a_redemption_is_called_as_the_settings_say() -> None:
    message = chat("say this", custom_reward_id="r1", options={"reward_names": {"r1": "Speak"}})
    assert (message.kind, message.event) == ("redemption", ChatEvent(name="Speak"))
    assert chat("say", custom_reward_id="r2").event == ChatEvent()


PLAN = {"msg_param_sub_plan": "1000"}


@pytest.mark.parametrize(
    ("msg_id", "tags", "event"),
    [
        ("sub", PLAN | {"msg_param_cumulative_months": "1"}, ChatEvent(name="Tier 1")),
        ("sub", {"msg_param_sub_plan": "Prime"}, ChatEvent(name="Prime")),
        ("sub", {"msg_param_sub_plan": "9000"}, ChatEvent()),
        (
            "resub",
            {"msg_param_sub_plan": "3000", "msg_param_cumulative_months": "24"},
            ChatEvent(name="Tier 3", count=24),
        ),
        ("giftpaidupgrade", {"msg_param_sender_name": "Eve"}, ChatEvent()),
        ("primepaidupgrade", PLAN, ChatEvent(name="Tier 1")),
    ],
)
def test_a_subscription_is_an_event_with_its_authors_own_words(
    msg_id: str, tags: dict[str, str], event: ChatEvent
) -> None:
    for text in (None, "still here"):
        message = notice(msg_id, text, **tags)
        assert message is not None
        assert (message.kind, message.event, message.text) == ("subscription", event, text or "")
        assert message.priority == "paid"
        assert (message.author.name, message.author.id) == ("Bob", "7")


@pytest.mark.parametrize(
    ("msg_id", "tags", "event"),
    [
        (
            "subgift",
            PLAN | {"msg_param_recipient_display_name": "Eve"},
            ChatEvent(name="Tier 1 subscription", recipient="Eve"),
        ),
        (
            "subgift",
            PLAN | {"msg_param_recipient_user_name": "eve"},
            ChatEvent(name="Tier 1 subscription", recipient="eve"),
        ),
        (
            "submysterygift",
            PLAN | {"msg_param_mass_gift_count": "50"},
            ChatEvent(name="Tier 1 subscription", count=50),
        ),
    ],
)
def test_a_given_subscription_is_a_gift(
    msg_id: str, tags: dict[str, str], event: ChatEvent
) -> None:
    message = notice(msg_id, **tags)
    assert message is not None
    assert (message.kind, message.event, message.priority) == ("gift", event, "paid")


def test_a_donation_to_a_charity_is_paid_in_its_currency() -> None:
    amount = {"msg_param_donation_amount": "1550", "msg_param_exponent": "2"}
    names = {"msg_param_donation_currency": "USD", "msg_param_charity_name": "Trees"}
    message = notice("charitydonation", **amount, **names)
    assert message is not None
    assert message.kind == "super_chat"
    assert message.event == ChatEvent(name="Trees", amount=15.5, currency="USD")


def test_a_raid_says_who_comes_with_how_many() -> None:
    message = notice("raid", **{"msg-param-viewerCount": "1234", "msg-param-displayName": "Bob"})
    assert message is not None
    assert (message.kind, message.event) == ("raid", ChatEvent(count=1234))
    assert message.author.name == "Bob"


def test_the_single_gifts_of_a_mystery_gift_are_not_told_again() -> None:
    assert notice("subgift", msg_param_community_gift_id="g1") is None
    assert notice("submysterygift", msg_param_community_gift_id="g1") is not None


@pytest.mark.parametrize(
    ("msg_id", "priority"),
    [("announcement", "moderator"), ("viewermilestone", "normal"), ("something_new", "normal")],
)
def test_other_notices_count_for_their_words(msg_id: str, priority: str) -> None:
    message = notice(msg_id, "hello all")
    assert message is not None
    assert (message.kind, message.text, message.event) == ("chat", "hello all", None)
    assert message.priority == priority
    assert notice(msg_id) is None, "the platform's own sentence is not spoken"


def test_a_cancelled_raid_is_nothing() -> None:
    assert notice("unraid") is None


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 400, "٣", "1e5"])
def test_numbers_that_are_none_do_no_harm(number: str) -> None:
    message = notice("submysterygift", **{"msg-param-mass-gift-count": number})
    assert message is not None
    assert message.event is not None
    assert message.event.count == 1


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        ({"source_room_id": "2", "source_id": "x"}, False),
        ({"source_room_id": "1", "source_id": "x"}, True),
        ({"source_room_id": ""}, True),
        ({}, True),
    ],
)
def test_what_a_shared_chat_mirrors_is_left_out(tags: dict[str, str], *, kept: bool) -> None:
    raw, _ = chat_line("ann", "hi", **tags)
    assert (read(raw).event is not None) == kept
    assert (read(raw).ignored == "") == kept
    assert read(raw, shared_chat=True).event is not None


def test_a_mirrored_notice_is_left_out_and_may_be_kept() -> None:
    tags = {"msg-id": "sharedchatnotice", "source-msg-id": "resub", "msg-param-sub-plan": "1000"}
    tags |= {"source-room-id": "2", "room-id": "1", "login": "bob", "id": "n"}
    raw = tag_line(tags, ":tmi.twitch.tv USERNOTICE #ann :hi")
    assert read(raw).event is None
    kept = read(raw, shared_chat=True).event
    assert isinstance(kept, ChatMessage)
    assert kept.kind == "subscription"


@pytest.mark.parametrize(
    ("tags", "command", "action", "message_id", "author_id"),
    [
        ("target-msg-id=m1;login=bob", "CLEARMSG #ann :bad words", "message_deleted", "m1", None),
        ("ban-duration=600;target-user-id=7", "CLEARCHAT #ann :bob", "author_removed", None, "7"),
        ("target-user-id=7", "CLEARCHAT #ann :bob", "author_removed", None, "7"),
        ("room-id=1", "CLEARCHAT #ann", "chat_cleared", None, None),
    ],
)
def test_moderation_is_passed_on(
    tags: str, command: str, action: str, message_id: str | None, author_id: str | None
) -> None:
    event = read(f"@{tags} :tmi.twitch.tv {command}").event
    assert isinstance(event, ChatModeration)
    assert (event.action, event.message_id, event.author_id) == (action, message_id, author_id)
    assert (event.platform, event.room, event.at_ns) == ("twitch", "b", NOW_NS)


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (":tmi.twitch.tv CLEARMSG #ann :bad words", "no_message_id"),
        (f"@target-msg-id={'x' * 200} :tmi.twitch.tv CLEARMSG #ann :bad words", "no_message_id"),
        (":tmi.twitch.tv CLEARCHAT #ann :bob", "no_author_id"),
        (f"@id=m :bob PRIVMSG #ann :{'x' * 20_001}", "oversized"),
    ],
)
def test_what_cannot_be_passed_on_is_counted(raw: str, fault: str) -> None:
    assert read(raw) == Reading(None, (fault,))


@pytest.mark.parametrize("raw", ["PING :x", ":s ROOMSTATE #ann", ":s USERSTATE #ann", ":s 353 a"])
def test_what_is_no_chat_is_nothing(raw: str) -> None:
    assert read(raw) == Reading()


@pytest.mark.parametrize(
    "color", ["", "red", "#12345", "#1234567", "#12345g", "#fff;x", "#FF00FF\n"]
)
def test_a_color_is_six_hex_digits_or_none(color: str) -> None:
    assert chat("hi", color=color).author.color is None


@pytest.mark.parametrize("sent", ["", "x", "-1", "9" * 30, "1e3"])
def test_a_time_that_is_none_is_left_out(sent: str) -> None:
    assert chat("hi", tmi_sent_ts=sent).sent_at_ns is None


_TAGS = (
    *("badges", "bits", "emotes", "color", "display-name", "user-id", "id", "room-id"),
    *("source-room-id", "first-msg", "mod", "msg-id", "tmi-sent-ts", "custom-reward-id", "login"),
    *("target-msg-id", "target-user-id", "reply-parent-display-name", "msg-param-sub-plan"),
    *("msg-param-mass-gift-count", "msg-param-viewerCount", "msg-param-cumulative-months"),
    *("msg-param-donation-amount", "msg-param-exponent"),
)
_VALUES = st.one_of(
    st.text(max_size=20),
    st.from_regex(
        r"[0-9]{0,9}(:[0-9]{1,3}-[0-9]{1,3}(,[0-9]{1,3}-[0-9]{1,3})?/?)?", fullmatch=True
    ),
    st.sampled_from(["sub", "resub", "subgift", "submysterygift", "raid", "charitydonation"]),
)


@given(
    st.dictionaries(st.sampled_from(_TAGS), _VALUES),
    st.sampled_from(["PRIVMSG", "USERNOTICE", "CLEARCHAT", "CLEARMSG", "ROOMSTATE"]),
    st.text(max_size=60),
    st.booleans(),
)
@settings(deadline=None)
def test_whatever_the_tags_say_the_event_can_be_sent(
    tags: dict[str, str], command: str, text: str, shared: bool
) -> None:
    raw = tag_line(tags, f":a!a@a {command} #ann :{text}").encode(errors="replace").decode()
    try:
        line = parse_line(raw)
    except IrcError:
        return
    event = read_event(line, CHANNEL, NOW_NS, Options(shared_chat=shared)).event
    if event is None:
        return
    sent = msgspec.msgpack.encode(event)
    assert msgspec.msgpack.decode(sent, type=ChatMessage | ChatModeration) == event
    if isinstance(event, ChatMessage):
        assert event.author.name
        ends = [0, *(edge for emote in event.emotes for edge in (emote.start, emote.end))]
        assert ends == sorted(ends)
        assert ends[-1] <= len(event.text)
