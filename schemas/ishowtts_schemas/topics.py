"""Every topic of iShowTTS: its name, what it carries, how it is delivered, who uses it.

This table is the only place that knows topics. The AsyncAPI document, the tables in the
docs and the bus are made from it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import UnionType
from typing import Any, Generic, Literal, TypeVar, get_args

import msgspec

from ishowtts_schemas.audio import AudioEvent
from ishowtts_schemas.chat import (
    ChatAccepted,
    ChatEnded,
    ChatMessage,
    ChatModeration,
    ChatRejected,
    TextRequest,
)
from ishowtts_schemas.ids import is_slug
from ishowtts_schemas.message import InvalidMessageError, Part
from ishowtts_schemas.node import Command, CommandReply, NodeInfo, NodeState, NodeStats
from ishowtts_schemas.playback import PlaybackState, RoomControl
from ishowtts_schemas.speech import SpeechCancel, SpeechFailed, SpeechProgress, SpeechRequest
from ishowtts_schemas.voice import VoiceReference

PREFIX = "ishowtts/v1"
MSGPACK = "application/msgpack"
JSON = "application/json"
TEXT = "text/plain"

KIB = 1024
MIB = 1024 * KIB

ContentType = Literal["application/msgpack", "application/json", "text/plain"]
PublicName = Literal["app", "ingest", "filter", "synth", "player", "cli", "voice store", "node"]

Reply = CommandReply | AudioEvent | SpeechFailed

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
        pattern: Path below `PREFIX`, with one `{id}` per level that varies.
        payload: The message type, or a union of them.
        summary: One line for documents.
        qos: MQTT quality of service for publishers and subscribers.
        retain: Whether the broker keeps the last one for late subscribers.
        expiry_s: Message expiry interval; None never expires.
        idempotent: Receivers bear a repeat. What a publisher sent shortly before the broker was
            killed is sent again when it is back.
        bare_field: The field that a payload of plain UTF-8 text fills. Such a topic is for
            foreign apps and reads text, JSON and msgpack; the others are msgpack only.
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
        return (MSGPACK,) if self.bare_field is None else (TEXT, JSON, MSGPACK)

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        path = _LEVEL.sub(r"(?P<\1>[^/]+)", self.pattern)
        return re.compile(f"{PREFIX}/{path}")

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
        return f"{PREFIX}/{self.pattern.format(**ids)}"

    def filter(self, **ids: str) -> str:
        """The subscription filter, `+` for every level that is not given."""
        self._check_levels(ids)
        wild = {level: ids.get(level, "+") for level in self.levels}
        return f"{PREFIX}/{self.pattern.format(**wild)}"

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
        return _ENCODER.encode(message)

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
        kind = MSGPACK if self.bare_field is None else _format_of(payload, content_type)
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


TEXT_REQUEST = Topic(
    name="text",
    pattern="text/{room}",
    payload=TextRequest,
    summary="Text to be spoken in a room, from any app",
    publishers=("app", "player", "cli"),
    subscribers=("ingest",),
    bare_field="text",
)
CHAT_MESSAGE = Topic(
    name="chat_message",
    pattern="chat/{platform}/{room}/message",
    payload=ChatMessage,
    summary="One chat message as its source understood it",
    publishers=("ingest", "player"),
    subscribers=("filter", "player"),
    idempotent=True,
    expiry_s=600,
)
CHAT_MODERATION = Topic(
    name="chat_moderation",
    pattern="chat/{platform}/{room}/moderation",
    payload=ChatModeration,
    summary="A deletion or timeout on the platform",
    publishers=("ingest",),
    subscribers=("filter", "player"),
    idempotent=True,
)
CHAT_REJECTED = Topic(
    name="chat_rejected",
    pattern="chat/{platform}/{room}/rejected",
    payload=ChatRejected,
    summary="A message that will not be spoken, and the rule that said so",
    publishers=("filter", "ingest"),
    subscribers=("player",),
    qos=0,
)
CHAT_ACCEPTED = Topic(
    name="chat_accepted",
    pattern="chat/{platform}/{room}/accepted",
    payload=ChatAccepted,
    summary="A message that waits to be spoken",
    publishers=("filter",),
    subscribers=("player",),
    qos=0,
)
CHAT_ENDED = Topic(
    name="chat_ended",
    pattern="chat/{platform}/{room}/ended",
    payload=ChatEnded,
    summary="The one end of an accepted message",
    publishers=("filter",),
    subscribers=("player",),
    idempotent=True,
)
SPEECH_REQUEST = Topic(
    name="speech_request",
    pattern="speech/{engine}/request",
    payload=SpeechRequest,
    summary="One utterance for one engine; synths share the subscription",
    publishers=("filter", "player", "cli", "app"),
    subscribers=("synth",),
    expiry_s=120,
)
SPEECH_CANCEL = Topic(
    name="speech_cancel",
    pattern="speech/{engine}/cancel",
    payload=SpeechCancel,
    summary="Stop an utterance; every synth hears it, the one that has it acts",
    publishers=("filter", "player", "cli", "app"),
    subscribers=("synth",),
    idempotent=True,
    expiry_s=120,
)
SPEECH_PROGRESS: Topic[SpeechProgress] = Topic(
    name="speech_progress",
    pattern="speech/{engine}/progress",
    payload=SpeechProgress,
    summary="An utterance was taken, has come to a clause, or has been synthesised",
    publishers=("synth",),
    subscribers=("filter", "player"),
    idempotent=True,
)
SPEECH_FAILED = Topic(
    name="speech_failed",
    pattern="speech/{engine}/failed",
    payload=SpeechFailed,
    summary="An utterance that a synth could not speak",
    publishers=("synth",),
    subscribers=("filter", "player"),
    idempotent=True,
)
AUDIO: Topic[AudioEvent] = Topic(
    name="audio",
    pattern="audio/{room}",
    payload=AudioEvent,
    summary="A room's audio: start, chunks, stop, in order",
    publishers=("synth",),
    subscribers=("player", "app"),
    idempotent=True,
    expiry_s=120,
    max_bytes=MIB,
)
PLAYBACK = Topic(
    name="playback",
    pattern="playback/{room}",
    payload=PlaybackState,
    summary="What a room's listeners hear, and how far behind they are",
    publishers=("player",),
    subscribers=("filter", "app"),
    retain=True,
)
CONTROL = Topic(
    name="control",
    pattern="control/{room}",
    payload=RoomControl,
    summary="Skip, pause, resume or clear a room",
    publishers=("player", "filter", "cli", "app"),
    subscribers=("filter", "player"),
    expiry_s=60,
    bare_field="action",
)
VOICE = Topic(
    name="voice",
    pattern="voice/{voice}",
    payload=VoiceReference,
    summary="Reference audio and transcript of a voice",
    publishers=("voice store",),
    subscribers=("synth",),
    retain=True,
    max_bytes=MIB * 3 // 2,
)
NODE_STATE = Topic(
    name="node_state",
    pattern="node/{node}/{instance}/state",
    payload=NodeState,
    summary="Presence, with last will",
    publishers=("node",),
    subscribers=("node", "cli"),
    retain=True,
)
NODE_INFO = Topic(
    name="node_info",
    pattern="node/{node}/{instance}/info",
    payload=NodeInfo,
    summary="What a node can do",
    publishers=("node",),
    subscribers=("node", "cli"),
    retain=True,
)
NODE_STATS = Topic(
    name="node_stats",
    pattern="node/{node}/{instance}/stats",
    payload=NodeStats,
    summary="A node's counters, every second while they change",
    publishers=("node",),
    subscribers=("player", "cli"),
    qos=0,
    retain=True,
)
NODE_COMMAND = Topic(
    name="node_command",
    pattern="node/{node}/{instance}/command",
    payload=Command,
    summary="A command to one node; the reply goes to the response topic",
    publishers=("player", "cli", "app"),
    subscribers=("node",),
    expiry_s=30,
)
REPLY: Topic[Reply] = Topic(
    name="reply",
    pattern="reply/{client}",
    payload=Reply,
    summary="Answers to requests that name this response topic",
    publishers=("node", "synth"),
    subscribers=("player", "cli"),
    expiry_s=120,
    max_bytes=MIB,
)

TOPICS: tuple[Topic[Any], ...] = (
    TEXT_REQUEST,
    CHAT_MESSAGE,
    CHAT_MODERATION,
    CHAT_ACCEPTED,
    CHAT_REJECTED,
    CHAT_ENDED,
    SPEECH_REQUEST,
    SPEECH_CANCEL,
    SPEECH_PROGRESS,
    SPEECH_FAILED,
    AUDIO,
    PLAYBACK,
    CONTROL,
    VOICE,
    NODE_STATE,
    NODE_INFO,
    NODE_STATS,
    NODE_COMMAND,
    REPLY,
)


def find_topic(address: str) -> tuple[Topic[Any], dict[str, str]] | None:
    """The row that a full topic belongs to, and its ids; None for somebody else's topic."""
    for topic in TOPICS:
        ids = topic.match(address)
        if ids is not None:
            return topic, ids
    return None
