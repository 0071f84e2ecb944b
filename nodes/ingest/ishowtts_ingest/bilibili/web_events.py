"""What the commands of the web's connection mean.

https://github.com/SocialSisterYi/bilibili-API-collect/blob/master/docs/live/message_stream.md
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from ishowtts_ingest.bilibili import gift_v2
from ishowtts_ingest.bilibili.danmaku import read_danmaku
from ishowtts_ingest.bilibili.entrance import Reading
from ishowtts_ingest.bilibili.messages import (
    GuardPurchases,
    Person,
    Scene,
    chat,
    deleted,
    gift_event,
    guard_event,
    platform_id,
    removed,
    super_chat_event,
    super_chat_id,
)
from ishowtts_ingest.bilibili.web_payloads import (
    Block,
    Deletion,
    Gift,
    GiftV2,
    Guard,
    Recall,
    SuperChat,
    ToastV2,
)
from ishowtts_schemas import ChatMessage

GIVEN_AWAY = 2
"""Source of a toast that tells of a purchase a second time."""

_T = TypeVar("_T")


class WebEvents:
    """Reads the commands of one room."""

    def __init__(self) -> None:
        self._guards = GuardPurchases()

    def read(self, command: Mapping[str, Any], scene: Scene) -> Reading:
        """What a command means.

        Raises:
            ValueError: It cannot be read; `msgspec.ValidationError` is one.
        """
        # Since 2019 some carry parameters: `DANMU_MSG:4:0:2:2:2:0`.
        name = str(command.get("cmd", "")).partition(":")[0]
        if name.endswith("_MIRROR") or command.get("is_mirror"):
            return Reading(ignored="mirror")
        if name == "DANMU_MSG":
            return read_danmaku(command, scene)
        if name == "LOG_IN_NOTICE":
            return Reading(masked=True)
        if name in _GUARDS:
            return self._guard(name, command, scene)
        reader = _READERS.get(name)
        if reader is None:
            return Reading(ignored="other_command")
        return reader(command, scene)

    def _guard(self, name: str, command: Mapping[str, Any], scene: Scene) -> Reading:
        guard = _toast_v2(command) if name == "USER_TOAST_MSG_V2" else _data(command, Guard)
        if guard is None:
            return Reading(ignored="echo")
        who = str(guard.uid or guard.username)
        if self._guards.is_echo(who, guard.guard_level, name, scene.now_ns):
            return Reading(ignored="echo")
        message = chat(
            scene,
            platform_id(
                "guard", "", guard.uid, guard.username, guard.guard_level, guard.start_time
            ),
            Person(_user_id(guard.uid), guard.username, fan=True),
            kind="subscription",
            event=guard_event(guard.gift_name, guard.guard_level, guard.num, guard.price),
            sent_at_ns=guard.start_time * 10**9,
            paid=True,
        )
        return _reading(message)


def _gift(command: Mapping[str, Any], scene: Scene) -> Reading:
    gift = _data(command, Gift)
    gold = gift.coin_type == "gold"
    fan = gift.guard_level > 0 or (gift.medal_info is not None and gift.medal_info.is_of(scene))
    message = chat(
        scene,
        platform_id("gift", gift.tid, gift.rnd, gift.uid, gift.uname, gift.gift_name, gift.num),
        Person(_user_id(gift.uid), gift.uname, fan=fan),
        kind="gift",
        event=gift_event(gift.gift_name, gift.num, gift.total_coin, gold=gold),
        sent_at_ns=gift.timestamp * 10**9,
        paid=gold and gift.total_coin > 0,
    )
    return _reading(message)


def _gifts_v2(command: Mapping[str, Any], scene: Scene) -> Reading:
    given = gift_v2.decode(_data(command, GiftV2).pb)
    fan = given.guard_level > 0 or str(given.medal_owner) == scene.owner
    person = Person(_user_id(given.uid), given.name, fan=fan)
    messages: dict[str, ChatMessage] = {}
    for item in given.items:
        message_id = platform_id("gift", item.tid, given.uid, given.name, item)
        if message_id in messages:
            message_id = platform_id(f"{message_id}-{len(messages)}", item.name)
        messages[message_id] = chat(
            scene,
            message_id,
            person,
            kind="gift",
            event=gift_event(item.name, item.number, item.paid_coins, gold=item.gold),
            sent_at_ns=item.sent_s * 10**9,
            paid=item.gold and item.paid_coins > 0,
        )
    return Reading(tuple(messages.values()), masked=person.id is None)


def _super_chat(command: Mapping[str, Any], scene: Scene) -> Reading:
    given = _data(command, SuperChat)
    user = given.user_info
    fan = user.guard_level > 0 or (given.medal_info is not None and given.medal_info.is_of(scene))
    message = chat(
        scene,
        super_chat_id(given.id),
        Person(_user_id(given.uid), user.uname, moderator=user.manager == 1, fan=fan),
        given.message,
        kind="super_chat",
        event=super_chat_event(given.price),
        sent_at_ns=given.start_time * 10**9,
        paid=True,
    )
    return _reading(message)


def _super_chat_deleted(command: Mapping[str, Any], scene: Scene) -> Reading:
    ids = _data(command, Deletion).ids
    return Reading(tuple(deleted(scene, super_chat_id(number)) for number in ids))


def _recalled(command: Mapping[str, Any], scene: Scene) -> Reading:
    # Undocumented: `target_id` is taken for the `id_str` of a message. Any other id hits nothing.
    target = _data(command, Recall).target_id
    return Reading((deleted(scene, platform_id("dm", target)),))


def _blocked(command: Mapping[str, Any], scene: Scene) -> Reading:
    uid = _data({"data": {"uid": command.get("uid", 0), **_object(command)}}, Block).uid
    return Reading((removed(scene, str(uid)),) if uid else (), ignored="" if uid else "masked")


def _toast_v2(command: Mapping[str, Any]) -> Guard | None:
    toast = _data(command, ToastV2)
    if toast.option.source == GIVEN_AWAY:
        return None
    return Guard(
        username=toast.sender_uinfo.base.name,
        guard_level=toast.guard_info.guard_level,
        uid=toast.sender_uinfo.uid,
        num=toast.pay_info.num,
        price=toast.pay_info.price,
        start_time=toast.guard_info.start_time,
    )


_GUARDS = ("GUARD_BUY", "USER_TOAST_MSG", "USER_TOAST_MSG_V2")
# COMBO_SEND sums up gifts that were each told before, so that it is not among them.
_READERS = {
    "SEND_GIFT": _gift,
    "SEND_GIFT_V2": _gifts_v2,
    "SUPER_CHAT_MESSAGE": _super_chat,
    "SUPER_CHAT_MESSAGE_DELETE": _super_chat_deleted,
    "RECALL_DANMU_MSG": _recalled,
    "ROOM_BLOCK_MSG": _blocked,
}


def _data(command: Mapping[str, Any], kind: type[_T]) -> _T:
    return msgspec.convert(command.get("data"), kind, strict=False)


def _object(command: Mapping[str, Any]) -> dict[str, Any]:
    data = command.get("data")
    return data if isinstance(data, dict) else {}


def _user_id(uid: int) -> str | None:
    """0 stands for whoever is hidden: all of them would be one person."""
    return str(uid) if uid else None


def _reading(message: ChatMessage) -> Reading:
    return Reading((message,), masked=message.author.id is None)
