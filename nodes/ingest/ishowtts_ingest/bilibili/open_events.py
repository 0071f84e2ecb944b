"""What the commands of the official API mean.

https://open-live.bilibili.com/document/f9ce25be-312e-1f4a-85fd-fef21f1637f8
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from ishowtts_ingest.bilibili.entrance import Reading
from ishowtts_ingest.bilibili.errors import LostError
from ishowtts_ingest.bilibili.messages import (
    Person,
    Scene,
    chat,
    deleted,
    gift_event,
    guard_event,
    platform_id,
    sticker,
    super_chat_event,
    super_chat_id,
)

PREFIX = "LIVE_OPEN_PLATFORM_"
STICKER = 1


class _Sent(msgspec.Struct, kw_only=True):
    """What every message has."""

    uname: str = ""
    open_id: str = ""
    msg_id: str = ""
    timestamp: int = 0
    guard_level: int = 0
    fans_medal_wearing_status: bool = False
    is_admin: int = 0
    is_mirror: int | bool = False

    def person(self) -> Person:
        # The wearing status is that of this room's medal.
        fan = self.guard_level > 0 or self.fans_medal_wearing_status
        return Person(self.open_id or None, self.uname, moderator=self.is_admin == 1, fan=fan)


class _Danmaku(_Sent, kw_only=True):
    msg: str
    dm_type: int = 0
    reply_uname: str = ""


class _Gift(_Sent, kw_only=True):
    gift_name: str
    gift_num: int = 1
    price: int = 0
    r_price: int = 0
    paid: bool = False


class _SuperChat(_Sent, kw_only=True):
    message_id: int | str
    message: str
    rmb: float = 0


class _Deletion(msgspec.Struct):
    message_ids: list[int | str]


class _User(msgspec.Struct):
    uname: str = ""
    open_id: str = ""


class _Guard(_Sent, kw_only=True):
    user_info: _User
    guard_num: int = 1
    price: int = 0


class OpenEvents:
    """Reads the commands of one room."""

    def read(self, command: Mapping[str, Any], scene: Scene) -> Reading:
        """What a command means.

        Raises:
            ValueError: It cannot be read; `msgspec.ValidationError` is one.
            LostError: The platform has ended the session.
        """
        name = str(command.get("cmd", "")).removeprefix(PREFIX)
        if name.endswith("_MIRROR"):
            return Reading(ignored="mirror")
        if name == "INTERACTION_END":
            raise LostError("the platform has ended the session")
        reader = _READERS.get(name)
        if reader is None:
            return Reading(ignored="other_command")
        return reader(command.get("data"), scene)


def _danmaku(data: Any, scene: Scene) -> Reading:
    given = msgspec.convert(data, _Danmaku, strict=False)
    if given.is_mirror:
        return Reading(ignored="mirror")
    message = chat(
        scene,
        platform_id("dm", given.msg_id, given.open_id, given.msg, given.timestamp),
        given.person(),
        given.msg,
        emotes=sticker(given.msg) if given.dm_type == STICKER else (),
        reply_to=given.reply_uname or None,
        sent_at_ns=given.timestamp * 10**9,
    )
    return Reading((message,))


def _gift(data: Any, scene: Scene) -> Reading:
    given = msgspec.convert(data, _Gift, strict=False)
    coins = (given.r_price or given.price) * max(1, given.gift_num)
    message = chat(
        scene,
        platform_id("gift", given.msg_id, given.open_id, given.gift_name, given.timestamp),
        given.person(),
        kind="gift",
        event=gift_event(given.gift_name, given.gift_num, coins, gold=given.paid),
        sent_at_ns=given.timestamp * 10**9,
        paid=given.paid and coins > 0,
    )
    return Reading((message,))


def _super_chat(data: Any, scene: Scene) -> Reading:
    given = msgspec.convert(data, _SuperChat, strict=False)
    if given.is_mirror:
        return Reading(ignored="mirror")
    message = chat(
        scene,
        super_chat_id(given.message_id),
        given.person(),
        given.message,
        kind="super_chat",
        event=super_chat_event(given.rmb),
        sent_at_ns=given.timestamp * 10**9,
        paid=True,
    )
    return Reading((message,))


def _super_chat_deleted(data: Any, scene: Scene) -> Reading:
    ids = msgspec.convert(data, _Deletion, strict=False).message_ids
    return Reading(tuple(deleted(scene, super_chat_id(number)) for number in ids))


def _guard(data: Any, scene: Scene) -> Reading:
    given = msgspec.convert(data, _Guard, strict=False)
    user = given.user_info
    message = chat(
        scene,
        platform_id("guard", given.msg_id, user.open_id, given.guard_level, given.timestamp),
        Person(user.open_id or None, user.uname, fan=True),
        kind="subscription",
        event=guard_event("", given.guard_level, given.guard_num, given.price),
        sent_at_ns=given.timestamp * 10**9,
        paid=True,
    )
    return Reading((message,))


_READERS = {
    "DM": _danmaku,
    "SEND_GIFT": _gift,
    "SUPER_CHAT": _super_chat,
    "SUPER_CHAT_DEL": _super_chat_deleted,
    "GUARD": _guard,
}
