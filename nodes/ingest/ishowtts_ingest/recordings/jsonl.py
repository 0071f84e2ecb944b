"""A recording of JSON, one object per line."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ishowtts_ingest.lines import MAX_LINE_BYTES, LineSplitter
from ishowtts_ingest.recordings.base import Recorded, Unreadable
from ishowtts_schemas import Author, ChatEvent, ChatMessage, ChatModeration, Emote, Part, Priority
from ishowtts_schemas.chat import ChatKind, ChatText, Role
from ishowtts_schemas.ids import Identifier, Slug

CHUNK_BYTES = 64 * 1024


class ChatLine(Part, frozen=True, kw_only=True):
    """A message; fields that are not named here are ignored."""

    text: ChatText
    at_ms: float | None = None
    """Milliseconds on any clock: only differences count. Without it, at once."""
    author: str = ""
    author_id: str | None = None
    color: str | None = None
    roles: tuple[Role, ...] = ()
    id: Identifier | None = None
    room: Slug | None = None
    channel: Annotated[str, Meta(max_length=128)] = ""
    kind: ChatKind = "chat"
    priority: Priority = "normal"
    emotes: tuple[Emote, ...] = ()
    event: ChatEvent | None = None
    reply_to: str | None = None
    first_message: bool = False
    voice: Slug | None = None
    engine: Slug | None = None
    channel_voice: Slug | None = None


class ModerationLine(Part, frozen=True, kw_only=True):
    """A deletion: the line that names an `action`."""

    action: Literal["message_deleted", "author_removed", "chat_cleared"]
    at_ms: float | None = None
    room: Slug | None = None
    message_id: Identifier | None = None
    author_id: str | None = None


_CHAT = msgspec.json.Decoder(ChatLine)
_MODERATION = msgspec.json.Decoder(ModerationLine)


def read_jsonl(path: Path) -> Iterator[Recorded | Unreadable]:
    """Read the lines of a file; blank ones are left out."""
    for number, raw in enumerate(read_lines(path), 1):
        if raw.strip():
            yield _read(number, raw)


def read_lines(path: Path) -> Generator[bytes, None, None]:
    """Lines without their end, one of more than `MAX_LINE_BYTES` cut."""
    splitter = LineSplitter()
    with path.open("rb") as recording:
        while chunk := recording.read(CHUNK_BYTES):
            yield from splitter.feed(chunk)
    yield splitter.close()


def _read(number: int, raw: bytes) -> Recorded | Unreadable:
    if len(raw) > MAX_LINE_BYTES:
        return Unreadable(number, "oversized", f"more than {MAX_LINE_BYTES} bytes")
    try:
        if b'"action"' in raw:
            return _deletion(number, _MODERATION.decode(raw))
        return _message(number, _CHAT.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Unreadable(number, "malformed", str(error))


def _message(number: int, line: ChatLine) -> Recorded:
    message = ChatMessage(
        id=line.id or "",
        platform="",
        room=line.room or "",
        author=Author(name=line.author, id=line.author_id, color=line.color, roles=line.roles),
        text=line.text,
        received_at_ns=0,
        channel=line.channel,
        kind=line.kind,
        priority=line.priority,
        emotes=line.emotes,
        event=line.event,
        reply_to=line.reply_to,
        first_message=line.first_message,
        voice=line.voice,
        engine=line.engine,
        channel_voice=line.channel_voice,
    )
    return Recorded(number, line.at_ms, message)


def _deletion(number: int, line: ModerationLine) -> Recorded:
    deletion = ChatModeration(
        platform="",
        room=line.room or "",
        action=line.action,
        at_ns=0,
        message_id=line.message_id,
        author_id=line.author_id,
    )
    return Recorded(number, line.at_ms, deletion)
