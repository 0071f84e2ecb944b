"""What a topic is: its name, what it carries, how it is delivered, who uses it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import UnionType
from typing import Generic, Literal, TypeVar, get_args

import msgspec

from ishowtts_schemas.ids import is_slug
from ishowtts_schemas.message import InvalidMessageError, Part

PREFIX = "ishowtts/v1"
MSGPACK = "application/msgpack"
JSON = "application/json"
TEXT = "text/plain"

KIB = 1024
MIB = 1024 * KIB

ContentType = Literal["application/msgpack", "application/json", "text/plain"]
PublicName = Literal["app", "ingest", "filter", "synth", "player", "cli", "node", "Home Assistant"]

M = TypeVar("M", bound=Part)

_LEVEL = re.compile(r"\{(\w+)\}")
_MSGPACK_MAPS = {bytes([first]) for first in range(0x80, 0x90)}
"""First bytes of maps with up to 15 entries; in UTF-8 they only continue a character."""
_JSON_OBJECT = re.compile(rb"\s*\{\s*[\"}]")


@dataclass(frozen=True)
class Topic(Generic[M]):
    """One row of the topic table.

    Attributes:
        name: Key in documents, and the handle in code.
        pattern: Path below `PREFIX`, with one `{id}` per level that varies; the whole path where
            the topic is foreign.
        payload: The message type, or a union of them.
        summary: One line for documents.
        qos: MQTT quality of service for publishers and subscribers.
        retain: Whether the broker keeps the last one for late subscribers.
        expiry_s: Message expiry interval; None never expires.
        idempotent: Receivers bear a repeat. What a publisher sent shortly before the broker was
            killed is sent again when it is back.
        bare_field: The field that a payload of plain UTF-8 text fills. Such a topic is for
            foreign apps and reads text, JSON and msgpack.
        reads_json: Whether JSON is read besides msgpack, for foreign apps too. `bytes` are base64
            there.
        sent_as: Where it is not msgpack, the only format, for readers that know no msgpack. Text
            is the `bare_field` alone.
        foreign: Whether it is another program's convention and not below `PREFIX`.
        max_bytes: Larger payloads are refused unread.
    """

    name: str
    pattern: str
    payload: type[M] | UnionType
    summary: str
    publishers: tuple[PublicName, ...]
    subscribers: tuple[PublicName, ...]
    qos: Literal[0, 1] = 1
    retain: bool = False
    expiry_s: int | None = None
    idempotent: bool = False
    bare_field: str | None = None
    reads_json: bool = False
    sent_as: ContentType = MSGPACK
    foreign: bool = False
    max_bytes: int = 64 * KIB

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """Names of the levels that vary, in order: `("platform", "room")`."""
        return tuple(_LEVEL.findall(self.pattern))

    @cached_property
    def messages(self) -> tuple[type[Part], ...]:
        """The message types that it carries, one or more."""
        payload = self.payload
        return get_args(payload) if isinstance(payload, UnionType) else (payload,)

    @cached_property
    def content_types(self) -> tuple[ContentType, ...]:
        """What its readers take."""
        if self.sent_as != MSGPACK:
            return (self.sent_as,)
        if self.bare_field is not None:
            return (TEXT, JSON, MSGPACK)
        return (MSGPACK, JSON) if self.reads_json else (MSGPACK,)

    @cached_property
    def template(self) -> str:
        """The full topic, with `{id}` for each level that varies."""
        return self.pattern if self.foreign else f"{PREFIX}/{self.pattern}"

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        return re.compile(_LEVEL.sub(r"(?P<\1>[^/]+)", self.template))

    @cached_property
    def _msgpack(self) -> msgspec.msgpack.Decoder[M]:
        return msgspec.msgpack.Decoder(self.payload)

    @cached_property
    def _json(self) -> msgspec.json.Decoder[M]:
        return msgspec.json.Decoder(self.payload)

    def address(self, **ids: str) -> str:
        """The full topic with every level filled in.

        Raises:
            ValueError: A level is missing, unknown, or not a slug.
        """
        self._check_levels(ids)
        missing = [level for level in self.levels if level not in ids]
        if missing:
            raise ValueError(f"topic {self.name} needs {', '.join(missing)}")
        return self.template.format(**ids)

    def filter(self, **ids: str) -> str:
        """The subscription filter, `+` for every level that is not given."""
        self._check_levels(ids)
        wild = {level: ids.get(level, "+") for level in self.levels}
        return self.template.format(**wild)

    def match(self, address: str) -> dict[str, str] | None:
        """The ids in a full topic, or None where it is another topic."""
        found = self._regex.fullmatch(address)
        return found.groupdict() if found else None

    def _check_levels(self, ids: Mapping[str, str]) -> None:
        for level, value in ids.items():
            if level not in self.levels:
                raise ValueError(f"topic {self.name} has no level {level!r}")
            if not is_slug(value):
                raise ValueError(f"{value!r} cannot stand in a topic (a-z, 0-9, _ and -, up to 64)")

    def encode(self, message: M) -> bytes:
        if self.sent_as == MSGPACK:
            return _ENCODER.encode(message)
        if self.sent_as == JSON:
            return msgspec.json.encode(message)
        return str(getattr(message, self.bare_field or "")).encode()

    def format_of(self, payload: bytes, content_type: str | None = None) -> ContentType:
        """As what a payload is read."""
        if len(self.content_types) == 1:
            return self.sent_as
        found = _format_of(payload, content_type)
        return found if found in self.content_types else MSGPACK

    def decode(self, payload: bytes, content_type: str | None = None) -> M:
        """Read a payload.

        Args:
            payload: As received.
            content_type: As declared by the sender; without one, a topic that takes several
                formats looks at the first byte.

        Raises:
            InvalidMessageError: It is too large, or not what this topic carries.
        """
        if len(payload) > self.max_bytes:
            raise InvalidMessageError(
                "oversized", f"{len(payload)} bytes; {self.name} takes {self.max_bytes}"
            )
        kind = self.format_of(payload, content_type)
        try:
            return self._read(payload, kind)
        except msgspec.ValidationError as error:
            raise InvalidMessageError("wrong_type", str(error)) from None
        except msgspec.DecodeError as error:
            raise InvalidMessageError("malformed", f"not valid {_NAMES[kind]}: {error}") from None
        except RecursionError:
            raise InvalidMessageError("too_deep", "nested too deeply") from None
        except UnicodeDecodeError as error:
            raise InvalidMessageError("not_utf8", f"not UTF-8: {error.reason}") from None

    def _read(self, payload: bytes, kind: ContentType) -> M:
        if kind == MSGPACK:
            return self._msgpack.decode(payload)
        if kind == JSON:
            return self._json.decode(payload)
        return msgspec.convert({self.bare_field: payload.decode()}, self.payload)


_ENCODER = msgspec.msgpack.Encoder()


_NAMES: dict[ContentType, str] = {MSGPACK: "msgpack", JSON: "JSON", TEXT: "text"}
_DECLARED: dict[str, ContentType] = {
    MSGPACK: MSGPACK,
    "application/vnd.msgpack": MSGPACK,
    "application/x-msgpack": MSGPACK,
    JSON: JSON,
    TEXT: TEXT,
}


def _format_of(payload: bytes, declared: str | None) -> ContentType:
    essence = (declared or "").partition(";")[0].strip().lower()
    return _DECLARED.get(essence) or _guess_type(payload)


def _guess_type(payload: bytes) -> ContentType:
    """Text unless it is certain: nobody chats in JSON objects, nor begins with half a letter."""
    if payload[:1] in _MSGPACK_MAPS:
        return MSGPACK
    return JSON if _JSON_OBJECT.match(payload) else TEXT
