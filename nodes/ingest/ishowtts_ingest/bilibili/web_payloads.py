"""Data of the web's commands, as far as it is read; unknown fields do not matter."""

import msgspec

from ishowtts_ingest.bilibili.messages import Scene


class Medal(msgspec.Struct):
    target_id: int = 0
    anchor_roomid: int = 0

    def is_of(self, scene: Scene) -> bool:
        return self.anchor_roomid == scene.room_id or str(self.target_id) == scene.owner


class Gift(msgspec.Struct):
    gift_name: str = msgspec.field(name="giftName")
    uname: str = ""
    uid: int = 0
    num: int = 1
    coin_type: str = ""
    total_coin: int = 0
    guard_level: int = 0
    timestamp: int = 0
    tid: str | int = ""
    rnd: str | int = ""
    medal_info: Medal | None = None


class GiftV2(msgspec.Struct):
    pb: str


class UserInfo(msgspec.Struct):
    uname: str = ""
    guard_level: int = 0
    manager: int = 0


class SuperChat(msgspec.Struct):
    id: int | str
    message: str
    price: float = 0
    uid: int = 0
    start_time: int = 0
    user_info: UserInfo = msgspec.field(default_factory=UserInfo)
    medal_info: Medal | None = None


class Deletion(msgspec.Struct):
    ids: list[int | str]


class Guard(msgspec.Struct):
    """GUARD_BUY and the older toast have the same fields."""

    username: str
    guard_level: int
    uid: int = 0
    num: int = 1
    price: int = 0
    start_time: int = 0
    gift_name: str = ""


class Base(msgspec.Struct):
    name: str = ""


class Sender(msgspec.Struct):
    uid: int = 0
    base: Base = msgspec.field(default_factory=Base)


class GuardInfo(msgspec.Struct):
    guard_level: int
    start_time: int = 0


class Pay(msgspec.Struct):
    num: int = 1
    price: int = 0


class Option(msgspec.Struct):
    source: int = 0


class ToastV2(msgspec.Struct):
    sender_uinfo: Sender
    guard_info: GuardInfo
    pay_info: Pay = msgspec.field(default_factory=Pay)
    option: Option = msgspec.field(default_factory=Option)


class Recall(msgspec.Struct):
    target_id: int | str


class Block(msgspec.Struct):
    uid: int
