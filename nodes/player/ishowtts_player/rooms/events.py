"""The events of the public stream, and their one encoding for all listeners."""

from typing import ClassVar, Literal, TypeVar

import msgspec

from ishowtts_player.dedupe import Piece
from ishowtts_player.rooms.chat_memory import Origin
from ishowtts_player.rooms.utterance import Stop, StopReason
from ishowtts_schemas import (
    AudioStart,
    ChatAccepted,
    ChatEnded,
    ChatMessage,
    ChatModeration,
    ChatRejected,
    PlaybackState,
    Priority,
)
from ishowtts_schemas.playback import ControlAction

RETRY = b"retry: 1000\n\n"
KEEP_ALIVE = b": keep-alive\n\n"

_COLOR_LENGTH = 7
_NS_PER_MS = 1_000_000
_JSON = msgspec.json.Encoder()


class StreamEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all events; `event` is the name on the wire."""

    event: ClassVar[str]


E = TypeVar("E", bound=StreamEvent)


class StreamVoice(msgspec.Struct, frozen=True, kw_only=True):
    """A voice as listeners see it."""

    id: str
    label: str
    language: str | None
    engine: str


class Hello(StreamEvent, frozen=True, kw_only=True):
    """The first event of every connection; it has no id and is never replayed."""

    event: ClassVar[str] = "hello"
    room: str
    epoch: str
    resumed: bool
    paused: bool
    now_playing: str | None
    voices: list[StreamVoice]
    default_voice: str | None


class Chat(StreamEvent, frozen=True, kw_only=True):
    event: ClassVar[str] = "chat"
    message_id: str
    platform: str
    author: str
    author_id: str | None
    color: str | None
    text: str
    kind: str
    priority: str
    at_ms: int
    channel: str


class ChatTaken(StreamEvent, frozen=True, kw_only=True):
    """The message will be spoken."""

    event: ClassVar[str] = "chat_accepted"
    message_id: str
    utterance_id: str
    spoken: str
    voice: str


class ChatRefused(StreamEvent, frozen=True, kw_only=True):
    """The message will not be spoken."""

    event: ClassVar[str] = "chat_rejected"
    message_id: str
    rule: str
    reason: str


class ChatRemoved(StreamEvent, frozen=True, kw_only=True):
    """A message, all of an author, or, with neither, everything has to go.

    Of that channel; an empty one is all that the platform has in the room.
    """

    event: ClassVar[str] = "chat_removed"
    platform: str
    message_id: str | None
    author_id: str | None
    channel: str


class ChatOver(StreamEvent, frozen=True, kw_only=True):
    """The one end of an accepted message."""

    event: ClassVar[str] = "chat_ended"
    message_id: str
    utterance_id: str
    outcome: str
    reason: str


class AudioStarted(StreamEvent, frozen=True, kw_only=True):
    event: ClassVar[str] = "audio_start"
    utterance_id: str
    message_id: str | None
    author: str | None
    text: str
    voice: str
    engine: str
    sample_rate_hz: int
    format: Literal["s16le"] = "s16le"
    platform: str | None = None
    """Of the chat message; this and what follows is null where it is none, or forgotten."""
    channel: str | None = None
    author_id: str | None = None
    color: str | None = None
    priority: Priority | None = None
    at_ms: int = 0
    """When the message came, or else when its speech began."""


class AudioPiece(StreamEvent, frozen=True, kw_only=True):
    """`pcm` is base64 on the wire; `offset` counts samples from the utterance's start."""

    event: ClassVar[str] = "audio_chunk"
    utterance_id: str
    offset: int
    pcm: bytes


class AudioStopped(StreamEvent, frozen=True, kw_only=True):
    """`cancelled`: what is not yet played of it is to be thrown away."""

    event: ClassVar[str] = "audio_stop"
    utterance_id: str
    reason: StopReason
    samples: int
    detail: str = ""


class Playback(StreamEvent, frozen=True, kw_only=True):
    event: ClassVar[str] = "playback"
    paused: bool
    backlog_ms: int
    now_playing: str | None
    listeners: int
    queued: int


class Control(StreamEvent, frozen=True, kw_only=True):
    event: ClassVar[str] = "control"
    action: ControlAction
    utterance_id: str | None


def encode(event: StreamEvent, event_id: str | None = None) -> bytes:
    """One server-sent event. JSON never holds a raw line break, so one data line is enough."""
    head = f"event: {event.event}\ndata: " if event_id is None else _head(event.event, event_id)
    return b"".join((head.encode(), _JSON.encode(event), b"\n\n"))


def _head(name: str, event_id: str) -> str:
    return f"id: {event_id}\nevent: {name}\ndata: "


def chat(message: ChatMessage) -> Chat:
    return Chat(
        message_id=message.id,
        platform=message.platform,
        author=message.author.name,
        author_id=message.author.id,
        color=_safe_color(message.author.color),
        text=message.text,
        kind=message.kind,
        priority=message.priority,
        at_ms=message.received_at_ns // _NS_PER_MS,
        channel=message.channel,
    )


def chat_taken(message: ChatAccepted) -> ChatTaken:
    return _with_fields_of(message, ChatTaken)


def chat_refused(message: ChatRejected) -> ChatRefused:
    return _with_fields_of(message, ChatRefused)


def chat_removed(message: ChatModeration) -> ChatRemoved:
    return _with_fields_of(message, ChatRemoved)


def chat_over(message: ChatEnded) -> ChatOver:
    return _with_fields_of(message, ChatOver)


def audio_started(start: AudioStart, origin: Origin | None = None) -> AudioStarted:
    started = _with_fields_of(start, AudioStarted)
    if origin is None:
        return msgspec.structs.replace(started, at_ms=start.started_at_ns // _NS_PER_MS)
    return msgspec.structs.replace(
        started,
        platform=origin.platform,
        channel=origin.channel,
        author_id=origin.author_id,
        color=_safe_color(origin.color),
        priority=origin.priority,
        at_ms=origin.received_at_ns // _NS_PER_MS,
    )


def audio_piece(piece: Piece) -> AudioPiece:
    return _with_fields_of(piece, AudioPiece)


def audio_stopped(stop: Stop) -> AudioStopped:
    return _with_fields_of(stop, AudioStopped)


def playback(state: PlaybackState, queued: int) -> Playback:
    return Playback(
        paused=state.paused,
        backlog_ms=round(state.backlog_ms),
        now_playing=state.now_playing,
        listeners=state.listeners,
        queued=queued,
    )


def _with_fields_of(told: object, kind: type[E]) -> E:
    """Listeners get what their event names of a message, and nothing else of it."""
    return msgspec.convert(told, kind, from_attributes=True)


def _safe_color(color: str | None) -> str | None:
    """A colour that may go into a style: `#rrggbb` or nothing."""
    if color is None or len(color) != _COLOR_LENGTH or color[0] != "#":
        return None
    return color if all(digit in "0123456789abcdefABCDEF" for digit in color[1:]) else None
