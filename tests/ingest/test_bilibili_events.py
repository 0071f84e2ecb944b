"""What Bilibili's commands mean, from the web and from the official API."""

import contextlib
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_ingest.bilibili.entrance import Reading
from ishowtts_ingest.bilibili.errors import LostError
from ishowtts_ingest.bilibili.messages import Scene
from ishowtts_ingest.bilibili.open_events import OpenEvents
from ishowtts_ingest.bilibili.web_events import WebEvents
from ishowtts_ingest.source import Channel
from ishowtts_schemas import ChatEvent, ChatMessage, ChatModeration, Emote
from tests.fakes.fake_bilibili import OWNER, ROOM, danmaku, gift_v2, open_danmaku, proto

SCENE = Scene(Channel("1017", "b", "zh", "f5"), ROOM, str(OWNER), 1_000)
OPEN_SCENE = SCENE._replace(owner="owner-1")


def web(command: dict[str, Any]) -> Reading:
    return WebEvents().read(command, SCENE)


def official(name: str, **data: Any) -> Reading:
    return OpenEvents().read({"cmd": f"LIVE_OPEN_PLATFORM_{name}", "data": data}, OPEN_SCENE)


def message(reading: Reading) -> ChatMessage:
    (event,) = reading.events
    assert isinstance(event, ChatMessage)
    return event


def deletions(reading: Reading) -> list[tuple[str, str | None, str | None]]:
    found = [event for event in reading.events if isinstance(event, ChatModeration)]
    assert len(found) == len(reading.events)
    return [(one.action, one.message_id, one.author_id) for one in found]


def send_gift(**more: Any) -> dict[str, Any]:
    data = {"giftName": "小花花", "uname": "Ann", "uid": 7, "num": 3, "coin_type": "gold"}
    data |= {"price": 100, "total_coin": 300, "tid": "481", "timestamp": 1_700_000_000}
    data |= {"guard_level": 0, "medal_info": None, "action": "投喂", "giftId": 31036}
    return {"cmd": "SEND_GIFT", "data": {**data, **more}}


def guard_buy(**more: Any) -> dict[str, Any]:
    data = {"uid": 7, "username": "Ann", "guard_level": 3, "num": 1, "price": 198_000}
    data |= {"gift_name": "舰长", "gift_id": 10003, "start_time": 1_700_000_000}
    return {"cmd": "GUARD_BUY", "data": {**data, **more}}


def super_chat(**more: Any) -> dict[str, Any]:
    data = {"id": 77, "message": "加油", "price": 30, "uid": 7, "start_time": 1_700_000_000}
    data |= {"user_info": {"uname": "Ann", "guard_level": 0, "manager": 0}, "medal_info": None}
    return {"cmd": "SUPER_CHAT_MESSAGE", "data": {**data, **more}}


def test_a_danmaku_says_who_where_and_when() -> None:
    reading = web(danmaku("你好", color="#00D1F1"))
    chat = message(reading)
    assert (chat.id, chat.text, chat.kind) == ("dm-id-你好", "你好", "chat")
    assert (chat.platform, chat.room, chat.channel) == ("bilibili", "b", "1017")
    assert (chat.channel_voice, chat.engine) == ("zh", "f5")
    assert (chat.author.id, chat.author.name, chat.author.color) == ("7", "Ann", "#00d1f1")
    assert chat.sent_at_ns == 1_700_000_000_123_000_000
    assert (chat.priority, chat.author.roles) == ("normal", ())
    assert not reading.masked


@pytest.mark.parametrize(
    ("more", "roles", "priority"),
    [
        ({"admin": 1}, ("moderator",), "moderator"),
        ({"uid": OWNER}, ("broadcaster",), "moderator"),
        ({"guard": 3}, ("subscriber",), "subscriber"),
        ({"medal": [21, "牌", "主播", ROOM, 1, ""]}, ("subscriber",), "subscriber"),
        ({"medal": [21, "牌", "主播", 1, *[0] * 8, OWNER]}, ("subscriber",), "subscriber"),
        ({"medal": [21, "别家", "别人", 999, *[0] * 8, 5]}, (), "normal"),
        ({"admin": 1, "guard": 1}, ("moderator", "subscriber"), "moderator"),
    ],
    ids=["admin", "owner", "guard", "medal-room", "medal-owner", "other-medal", "both"],
)
def test_roles_and_priority(more: dict[str, Any], roles: tuple[str, ...], priority: str) -> None:
    chat = message(web(danmaku("hi", **more)))
    assert (chat.author.roles, chat.priority) == (roles, priority)


def test_emotes_are_found_by_code_point() -> None:
    emots = {"[doge]": {"emoji": "[doge]"}, "[热]": {}, "[x": {}}
    chat = message(web(danmaku("👉[doge]好[热][doge]", emots=emots)))
    assert chat.emotes == (
        Emote(name="doge", start=1, end=7),
        Emote(name="热", start=8, end=11),
        Emote(name="doge", start=11, end=17),
    )


def test_a_sticker_is_one_picture() -> None:
    chat = message(web(danmaku("[花]", dm_type=1)))
    assert chat.emotes == (Emote(name="花", start=0, end=3),)


def test_a_reply_names_whom_it_answers() -> None:
    assert message(web(danmaku("hi", reply="Bob"))).reply_to == "Bob"


def test_without_an_id_the_same_message_has_the_same_one() -> None:
    first, again, other = (message(web(danmaku(text, id_str=""))) for text in ("a", "a", "b"))
    assert first.id == again.id != other.id


def test_a_masked_author_is_nobody_and_alarms() -> None:
    reading = web(danmaku("hi", uid=0, name="张***"))
    assert reading.masked
    assert message(reading).author.id is None
    assert not web(danmaku("hi", uid=0, mystery=True)).masked, "hidden by its own wish"
    assert web({"cmd": "LOG_IN_NOTICE", "data": {"notice_msg": "登录"}}) == Reading(masked=True)


def test_a_command_may_carry_parameters_in_its_name() -> None:
    assert message(web({**danmaku("hi"), "cmd": "DANMU_MSG:4:0:2:2:2:0"})).text == "hi"


@pytest.mark.parametrize(
    "command",
    [{**danmaku("hi"), "cmd": "DANMU_MSG_MIRROR"}, {**danmaku("hi"), "is_mirror": True}],
)
def test_what_was_said_in_another_room_is_left_out(command: dict[str, Any]) -> None:
    assert web(command) == Reading(ignored="mirror")


def test_a_gift_for_gold_is_paid_and_counts_yuan() -> None:
    chat = message(web(send_gift()))
    assert (chat.id, chat.kind, chat.priority, chat.text) == ("gift-481", "gift", "paid", "")
    assert chat.event == ChatEvent(name="小花花", count=3, amount=0.3, currency="CNY")


def test_a_free_gift_is_not_paid() -> None:
    chat = message(web(send_gift(giftName="辣条", coin_type="silver")))
    assert chat.event == ChatEvent(name="辣条", count=3)
    assert chat.priority == "normal"


def test_a_fans_free_gift_has_the_fans_priority() -> None:
    medal = {"target_id": OWNER, "anchor_roomid": 0, "medal_level": 5}
    chat = message(web(send_gift(coin_type="silver", medal_info=medal)))
    assert (chat.priority, chat.author.roles) == ("subscriber", ("subscriber",))


def test_the_sum_of_a_combo_does_not_count_again() -> None:
    combo = {"cmd": "COMBO_SEND", "data": {"gift_name": "小花花", "combo_num": 3, "uid": 7}}
    assert web(combo) == Reading(ignored="other_command")


def test_a_gift_as_protobuf_is_the_same_gift() -> None:
    item = ((1, 31036), (2, "小花花"), (3, 3), (5, 100), (6, 100), (8, "gold"), (9, "481"))
    command = gift_v2((1, 7), (2, "Ann"), (8, b""), (10, proto(*item, (10, 1_700_000_000))))
    chat, old = message(web(command)), message(web(send_gift()))
    assert (chat.id, chat.event, chat.author.id) == (old.id, old.event, old.author.id)
    assert (chat.priority, chat.sent_at_ns) == (old.priority, old.sent_at_ns)


def test_a_box_of_surprises_holds_several_gifts_at_the_price_of_the_box() -> None:
    first = ((2, "泡泡"), (3, 2), (5, 9000), (6, 3000), (8, "gold"), (9, "1"))
    second = ((2, "电影票"), (3, 1), (5, 500), (6, 1500), (8, "gold"), (9, "1"))
    blind = proto((3, "心动盲盒"))
    medal = proto((1, OWNER), (5, 3))
    fields = ((1, 7), (2, "Ann"), (8, medal), (9, blind), (10, proto(*first)), (10, proto(*second)))
    events = web(gift_v2(*fields)).events
    chats = [event for event in events if isinstance(event, ChatMessage)]
    assert [chat.event for chat in chats] == [
        ChatEvent(name="泡泡", count=2, amount=3.0, currency="CNY"),
        ChatEvent(name="电影票", count=1, amount=1.5, currency="CNY"),
    ]
    assert len({chat.id for chat in chats}) == 2
    assert chats[0].author.roles == ("subscriber",)


def test_a_super_chat_and_its_deletion_have_one_id() -> None:
    chat = message(web(super_chat()))
    assert (chat.kind, chat.text, chat.priority) == ("super_chat", "加油", "paid")
    assert chat.event == ChatEvent(amount=30, currency="CNY")
    deletion = web({"cmd": "SUPER_CHAT_MESSAGE_DELETE", "data": {"ids": [77, 78]}})
    assert deletions(deletion) == [
        ("message_deleted", chat.id, None),
        ("message_deleted", "sc-78", None),
    ]
    assert web({**super_chat(), "cmd": "SUPER_CHAT_MESSAGE_JPN"}).ignored


def toast(**more: Any) -> dict[str, Any]:
    return {**guard_buy(), "cmd": "USER_TOAST_MSG", **more}


def toast_v2(source: int = 0) -> dict[str, Any]:
    data = {"sender_uinfo": {"uid": 7, "base": {"name": "Ann"}}, "option": {"source": source}}
    data |= {"guard_info": {"guard_level": 3, "start_time": 1_700_000_000}}
    data |= {"pay_info": {"num": 1, "price": 138_000, "unit": "月"}}
    return {"cmd": "USER_TOAST_MSG_V2", "data": data}


@pytest.mark.parametrize("commands", [*itertools.permutations([guard_buy(), toast(), toast_v2()])])
def test_joining_the_guard_is_told_once(commands: tuple[dict[str, Any], ...]) -> None:
    events = WebEvents()
    told = [events.read(one, SCENE) for one in commands]
    assert [len(reading.events) for reading in told] == [1, 0, 0]
    chat = message(told[0])
    assert (chat.kind, chat.priority, chat.author.roles) == (
        "subscription",
        "paid",
        ("subscriber",),
    )
    assert chat.event is not None
    assert (chat.event.name, chat.event.count, chat.event.currency) == ("舰长", 1, "CNY")


def test_the_guard_can_be_joined_again_later_and_by_others() -> None:
    events = WebEvents()
    later = SCENE._replace(now_ns=SCENE.now_ns + 61 * 10**9)
    assert events.read(guard_buy(), SCENE).events
    assert events.read(toast(data={**guard_buy()["data"], "uid": 8}), SCENE).events
    assert events.read(toast_v2(), later).events
    assert not events.read(toast_v2(source=2), later).events, "the same, told again"


def test_who_is_blocked_is_silenced() -> None:
    block = {"cmd": "ROOM_BLOCK_MSG", "data": {"uid": 12345, "uname": "x", "operator": 1}}
    assert deletions(web(block)) == [("author_removed", None, "12345")]
    assert deletions(web({"cmd": "ROOM_BLOCK_MSG", "uid": "9", "uname": "x"})) == [
        ("author_removed", None, "9")
    ]
    assert web({"cmd": "ROOM_BLOCK_MSG", "data": {"uid": 0}}) == Reading(ignored="masked")


def test_a_message_that_was_taken_back_is_deleted() -> None:
    recall = {"cmd": "RECALL_DANMU_MSG", "data": {"recall_type": 1, "target_id": "id-oops"}}
    assert deletions(web(recall)) == [("message_deleted", message(web(danmaku("oops"))).id, None)]


@pytest.mark.parametrize(
    "command",
    [
        {"cmd": "DANMU_MSG"},
        {"cmd": "DANMU_MSG", "info": [[], None, [7, "Ann"]]},
        {"cmd": "DANMU_MSG", "info": [[], "hi", []]},
        {"cmd": "SEND_GIFT", "data": None},
        {"cmd": "SEND_GIFT", "data": {"giftName": 7}},
        {"cmd": "SEND_GIFT_V2", "data": {"pb": "not base64!"}},
        {"cmd": "SEND_GIFT_V2", "data": {"pb": "/////w=="}},
        {"cmd": "SUPER_CHAT_MESSAGE", "data": {"id": 1}},
        {"cmd": "GUARD_BUY", "data": {"uid": "x"}},
    ],
)
def test_what_cannot_be_read_is_a_value_error(command: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        web(command)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=18) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=30,
)
_NAMES = st.sampled_from(
    [
        *("DANMU_MSG", "SEND_GIFT", "SEND_GIFT_V2", "SUPER_CHAT_MESSAGE", "GUARD_BUY"),
        *("USER_TOAST_MSG_V2", "ROOM_BLOCK_MSG", "RECALL_DANMU_MSG", "LIVE_OPEN_PLATFORM_DM"),
    ]
)


@given(_NAMES, _JSON, _JSON)
@settings(deadline=None, max_examples=60)
def test_no_command_raises_anything_else(name: str, info: object, data: object) -> None:
    command = {"cmd": name, "info": info, "data": data, "uid": data}
    for read in (WebEvents().read, OpenEvents().read):
        with contextlib.suppress(ValueError):
            read(command, SCENE)


def test_the_official_danmaku() -> None:
    reading = OpenEvents().read(open_danmaku("你好", is_admin=1, guard_level=2), OPEN_SCENE)
    chat = message(reading)
    assert (chat.id, chat.text, chat.author.id) == ("dm-id-你好", "你好", "open-7")
    assert (chat.author.roles, chat.priority) == (("moderator", "subscriber"), "moderator")
    assert (chat.room, chat.channel) == ("b", "1017")
    owner = message(OpenEvents().read(open_danmaku("x", open_id="owner-1"), OPEN_SCENE))
    assert owner.author.roles == ("broadcaster",)


def test_an_official_sticker_and_a_mirror() -> None:
    chat = message(OpenEvents().read(open_danmaku("[花]", dm_type=1), OPEN_SCENE))
    assert chat.emotes == (Emote(name="花", start=0, end=3),)
    assert OpenEvents().read(open_danmaku("x", is_mirror=True), OPEN_SCENE).ignored == "mirror"
    assert official("DM_MIRROR", msg="x").ignored == "mirror"


def test_official_gifts_are_paid_or_not() -> None:
    given = {"uname": "Ann", "open_id": "o", "gift_name": "小花花", "gift_num": 2, "msg_id": "g1"}
    paid = message(official("SEND_GIFT", **given, price=1000, r_price=900, paid=True))
    assert (paid.id, paid.priority) == ("gift-g1", "paid")
    assert paid.event == ChatEvent(name="小花花", count=2, amount=1.8, currency="CNY")
    free = message(official("SEND_GIFT", **given, price=1000, paid=False))
    assert (free.priority, free.event) == ("normal", ChatEvent(name="小花花", count=2))


def test_official_super_chats_and_guards() -> None:
    chat = message(official("SUPER_CHAT", message_id=5, message="hi", rmb=50, open_id="o"))
    assert (chat.id, chat.event) == ("sc-5", ChatEvent(amount=50, currency="CNY"))
    assert deletions(official("SUPER_CHAT_DEL", message_ids=[5])) == [
        ("message_deleted", "sc-5", None)
    ]
    user = {"uname": "Ann", "open_id": "o"}
    joined = {"guard_level": 2, "guard_num": 1, "price": 1998_000, "msg_id": "m"}
    guard = message(official("GUARD", user_info=user, **joined))
    assert guard.event == ChatEvent(name="提督", count=1, amount=1998, currency="CNY")
    assert (guard.kind, guard.author.id, guard.author.roles) == (
        "subscription",
        "o",
        ("subscriber",),
    )


def test_what_is_not_spoken_is_counted_and_the_end_ends() -> None:
    assert official("LIKE", uname="Ann", like_count=3).ignored == "other_command"
    with pytest.raises(LostError):
        official("INTERACTION_END", game_id="g")
