"""Bilibili's XML: what the site gives out for videos, and what live recorders write.

`<d p="seconds,mode,size,color,sent,pool,user,id">text</d>`; recorders add `user` and `uid`,
`<sc>`, `<gift>` and `<guard>`, and with `raw` the command as it came. See
https://github.com/BililiveRecorder/BililiveRecorder and https://github.com/acgnhiki/blrec.
"""

import codecs
import heapq
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.parsers import expat

import msgspec

from ishowtts_ingest.bilibili.messages import (
    Person,
    Scene,
    chat,
    gift_event,
    guard_event,
    platform_id,
    super_chat_event,
)
from ishowtts_ingest.bilibili.web_events import WebEvents
from ishowtts_ingest.recordings.base import Recorded, Unreadable
from ishowtts_ingest.source import Channel
from ishowtts_schemas import ChatMessage, ChatModeration
from ishowtts_schemas.chat import MAX_TEXT_CHARS

CHUNK_BYTES = 8 * 1024
MAX_ELEMENT_BYTES = 1024 * 1024
SORTED_AT_ONCE = 8192
"""Videos' files are in no order of time; they hold at most 8,000 messages."""
LATEST_S = 10**7
"""Beyond that it is no place in a recording but a date."""
NOWHERE = Scene(Channel("", room=""), room_id=-1, owner="", now_ns=0)

# Characters that XML does not allow, and that some recorders write nevertheless.
_CONTROLS = bytes.maketrans(bytes([*range(9), 11, 12, *range(14, 32)]), b" " * 29)
_COMMANDS = {
    "d": ("DANMU_MSG", "info"),
    "sc": ("SUPER_CHAT_MESSAGE", "data"),
    "gift": ("SEND_GIFT", "data"),
    "guard": ("GUARD_BUY", "data"),
}


def read_bilibili_xml(path: Path) -> Iterator[Recorded | Unreadable]:
    """Read a file in the order of time, as far as that can be had with little memory.

    A file that ends in the middle, or is broken there, is read up to that place.
    """
    waiting: list[tuple[float, int, Recorded]] = []
    for one in _elements(path):
        if isinstance(one, Unreadable) or one.at_ms is None:
            yield one
            continue
        heapq.heappush(waiting, (one.at_ms, one.number, one))
        if len(waiting) > SORTED_AT_ONCE:
            yield heapq.heappop(waiting)[2]
    while waiting:
        yield heapq.heappop(waiting)[2]


class _Parser:
    """Collects the children of the root as they are completed."""

    def __init__(self) -> None:
        self.found: list[Recorded | Unreadable] = []
        self.number = 0
        self.idle_bytes = 0
        self._depth = 0
        self._name = ""
        self._attributes: dict[str, str] = {}
        self._text = ""
        self._expat = expat.ParserCreate("utf-8")
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._characters
        self._expat.StartDoctypeDeclHandler = self._refuse

    def feed(self, text: str, *, last: bool = False) -> None:
        """Parse what comes next.

        Raises:
            ValueError: It is not what it should be; nothing more can be read.
        """
        self.idle_bytes += len(text)
        try:
            self._expat.Parse(text.replace("\ufffe", " ").replace("\uffff", " "), last)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from None
        if self.idle_bytes > MAX_ELEMENT_BYTES:
            raise ValueError(f"an element of more than {MAX_ELEMENT_BYTES} bytes")

    def take(self) -> list[Recorded | Unreadable]:
        """What has been completed since the last call."""
        found, self.found = self.found, []
        return found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.idle_bytes = 0
        self._depth += 1
        if self._depth == 2:  # noqa: PLR2004 - the root's children
            self._name, self._attributes, self._text = name, attributes, ""

    def _characters(self, text: str) -> None:
        self.idle_bytes = 0
        if self._depth == 2 and len(self._text) <= MAX_TEXT_CHARS:  # noqa: PLR2004 - as above
            self._text += text

    def _end(self, _name: str) -> None:
        self.idle_bytes = 0
        self._depth -= 1
        if self._depth == 1 and self._name in _COMMANDS:
            self.number += 1
            self.found.append(_read(self.number, self._name, self._attributes, self._text))

    def _refuse(self, *_declaration: object) -> None:
        raise ValueError("a document type: no recorder writes one")


def _elements(path: Path) -> Iterator[Recorded | Unreadable]:
    parser = _Parser()
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    try:
        with path.open("rb") as recording:
            while chunk := recording.read(CHUNK_BYTES):
                parser.feed(decoder.decode(chunk.translate(_CONTROLS)))
                yield from parser.take()
        parser.feed(decoder.decode(b"", final=True), last=True)
    except ValueError as error:
        yield from parser.take()
        yield Unreadable(parser.number + 1, "malformed", f"{error}; what follows is not read")


def _read(
    number: int, name: str, attributes: Mapping[str, str], text: str
) -> Recorded | Unreadable:
    if len(text) > MAX_TEXT_CHARS:
        return Unreadable(number, "oversized", f"more than {MAX_TEXT_CHARS} characters")
    try:
        message = _from_raw(name, attributes.get("raw", "")) or _READERS[name](attributes, text)
        return Recorded(number, _at_ms(name, attributes), message)
    except (ValueError, LookupError) as error:
        return Unreadable(number, "malformed", f"<{name}>: {error or type(error).__name__}")


def _from_raw(name: str, raw: str) -> ChatMessage | ChatModeration | None:
    """From the command itself, which says more; None where it is not there or not readable."""
    if not raw:
        return None
    command, key = _COMMANDS[name]
    try:
        reading = WebEvents().read({"cmd": command, key: msgspec.json.decode(raw)}, NOWHERE)
    except (ValueError, RecursionError):
        return None
    (event,) = reading.events or (None,)
    return event if isinstance(event, ChatMessage) else None


def _at_ms(name: str, attributes: Mapping[str, str]) -> float | None:
    place = attributes["p"].split(",")[0] if name == "d" else attributes.get("ts", "")
    if not place:
        return None
    seconds = float(place)
    if not math.isfinite(seconds):
        raise ValueError(f"{place} seconds")
    return seconds * 1000 if seconds < LATEST_S else None


def _person(attributes: Mapping[str, str], user: str = "", **more: Any) -> Person:
    user_id = attributes.get("uid") or user
    return Person(
        user_id if user_id != "0" and user_id else None, attributes.get("user", ""), **more
    )


def _danmaku(attributes: Mapping[str, str], text: str) -> ChatMessage:
    fields = [*attributes["p"].split(","), *[""] * 8]
    user, row = fields[6], fields[7]
    message = chat(
        NOWHERE, platform_id("dm", row, attributes["p"], text), _person(attributes, user), text
    )
    # A file whose rows are all 0 has no ids; its messages are told apart by their place.
    return message if row.strip("0") else msgspec.structs.replace(message, id="")


def _super_chat(attributes: Mapping[str, str], text: str) -> ChatMessage:
    return chat(
        NOWHERE,
        "",
        _person(attributes),
        text,
        kind="super_chat",
        event=super_chat_event(float(attributes.get("price") or 0)),
        paid=True,
    )


def _gift(attributes: Mapping[str, str], _text: str) -> ChatMessage:
    count = int(attributes.get("giftcount") or attributes.get("count") or 1)
    gold = attributes.get("cointype", "") in ("gold", "金瓜子")
    coins = int(float(attributes.get("price") or 0) * count) if gold else 0
    return chat(
        NOWHERE,
        "",
        _person(attributes),
        kind="gift",
        event=gift_event(attributes["giftname"], count, coins, gold=gold),
        paid=coins > 0,
    )


def _guard(attributes: Mapping[str, str], _text: str) -> ChatMessage:
    count = int(attributes.get("count") or 1)
    price = int(float(attributes.get("price") or 0))
    level = int(attributes.get("level") or 0)
    return chat(
        NOWHERE,
        "",
        _person(attributes, fan=True),
        kind="subscription",
        event=guard_event(attributes.get("giftname", ""), level, count, price),
        paid=True,
    )


_READERS = {"d": _danmaku, "sc": _super_chat, "gift": _gift, "guard": _guard}
