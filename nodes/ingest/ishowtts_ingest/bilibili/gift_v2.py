"""Gifts as protobuf, as SEND_GIFT_V2 carries them since July 2026.

Field numbers: `bilibili.live.gift.v1.SendGiftBroadcast`, as read out of the web page's code in
https://github.com/sjh8130/bili_danmaku/blob/main/docs/SendGiftBroadcast.proto
"""

import base64
import binascii
from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MAX_VARINT_BYTES = 10
MAX_GIFTS = 100

Fields = dict[int, list[int | bytes]]


class GiftItem(NamedTuple):
    """One kind of gift; `paid_coins` is what was paid for all of it."""

    name: str
    number: int
    paid_coins: int
    gold: bool
    tid: str
    sent_s: int


class GiftV2(NamedTuple):
    """A broadcast: several gifts where a box of surprises held several."""

    uid: int
    name: str
    guard_level: int
    medal_owner: int
    items: tuple[GiftItem, ...]


def decode(text: str) -> GiftV2:
    """Read the base64 text of a command.

    Raises:
        ValueError: It is no such message.
    """
    try:
        whole = _read(base64.b64decode(text, validate=True))
    except binascii.Error as error:
        raise ValueError(f"a gift that is no base64: {error}") from None
    medal = _read(_bytes(whole, 8))
    blind = bool(_bytes(_read(_bytes(whole, 9)), 3))
    gifts = [one for one in whole.get(10, [])[:MAX_GIFTS] if isinstance(one, bytes)]
    return GiftV2(
        uid=_int(whole, 1),
        name=_text(whole, 2),
        guard_level=_int(whole, 5),
        medal_owner=_int(medal, 1),
        items=tuple(_item(_read(gift), blind=blind) for gift in gifts),
    )


def _item(fields: Fields, *, blind: bool) -> GiftItem:
    count = max(1, _int(fields, 3))
    listed = _int(fields, 5) * count
    # Of a box of surprises, field 5 is the worth of what came out and field 6 what was paid.
    paid = _int(fields, 6) if blind else listed
    return GiftItem(
        name=_text(fields, 2),
        number=count,
        paid_coins=paid or listed,
        gold=_text(fields, 8) == "gold",
        tid=_text(fields, 9),
        sent_s=_int(fields, 10),
    )


def _int(fields: Fields, number: int) -> int:
    value = fields.get(number, [0])[-1]
    return value if isinstance(value, int) else 0


def _bytes(fields: Fields, number: int) -> bytes:
    value = fields.get(number, [b""])[-1]
    return value if isinstance(value, bytes) else b""


def _text(fields: Fields, number: int) -> str:
    return _bytes(fields, number).decode("utf-8", "replace")


def _read(data: bytes) -> Fields:
    """Every field of a message, by number, in order."""
    fields: Fields = {}
    for number, value in _fields(data):
        fields.setdefault(number, []).append(value)
    return fields


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == VARINT:
            value, at = _varint(data, at)
            yield tag >> 3, value
            continue
        if kind == BYTES:
            length, at = _varint(data, at)
        elif kind in (FIXED64, FIXED32):
            length = 8 if kind == FIXED64 else 4
        else:
            raise ValueError(f"a protobuf field of kind {kind}")
        if at + length > len(data):
            raise ValueError("a protobuf field ends in the middle")
        yield tag >> 3, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(data[at : at + MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 - the top bit says that more follows
            return value & (2**64 - 1), at + place + 1
    raise ValueError("a protobuf number ends in the middle")
