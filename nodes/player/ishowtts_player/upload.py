"""iShowTTS's NormalizedMessage, and the chat message that it means. Pure."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, cast

import msgspec
from msgspec import Meta

from ishowtts_player.errors import InputError
from ishowtts_schemas import Author, ChannelInfo, ChatEvent, ChatMessage, Emote, Priority, is_slug
from ishowtts_schemas.chat import Role
from ishowtts_schemas.ids import Identifier, Slug

MAX_TEXT_CHARS = 10_000
MAX_EMOTES = 500
DEFAULT_ROOM = "main"

UploadPriority = Literal["Gift", "Paid", "Moderator", "Mention", "Normal"]
_Text = Annotated[str, Meta(max_length=MAX_TEXT_CHARS)]
_Name = Annotated[str, Meta(max_length=200)]
_Facts = dict[str, Any]

_PRIORITIES: dict[UploadPriority, Priority] = {
    "Gift": "paid",
    "Paid": "paid",
    "Moderator": "moderator",
    "Mention": "mention",
    "Normal": "normal",
}
_BADGES: dict[str, Role] = {
    "broadcaster": "broadcaster",
    "moderator": "moderator",
    "vip": "vip",
    "subscriber": "subscriber",
    "founder": "subscriber",
}
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_MAX_NS = 2**63 - 1


class NormalizedMessage(msgspec.Struct):
    """One chat message as iShowTTS normalised it, and the room where it is to be spoken."""

    id: Identifier
    """Who uploads it again is told the same, and it is spoken once."""
    platform: Annotated[str, Meta(max_length=64)]
    channel: _Name
    username: _Name
    priority: UploadPriority
    content: dict[Literal["Text", "System"], _Text]
    """One of the two."""
    metadata: Any
    """Badges, bits, colour, emotes and the like, as far as they can be understood."""
    timestamp: Annotated[datetime, Meta(tz=True)]
    user_id: Annotated[str, Meta(max_length=128)] | None = None
    room: Slug | None = None
    """Else the channel's own room, else `main`."""


def platform_of(message: NormalizedMessage) -> str:
    """The platform as it stands in topics: `Twitch` is `twitch`.

    Raises:
        InputError: It cannot be one.
    """
    platform = message.platform.strip().lower()
    if not is_slug(platform):
        raise InputError(f"{message.platform!r} is not a platform", "BAD_PLATFORM")
    return platform


def channel_of(message: NormalizedMessage) -> str:
    """The channel's name without the mark that chats put before it."""
    return message.channel.strip().lstrip("#@")


def chat_message(
    upload: NormalizedMessage, channel: ChannelInfo | None, received_at_ns: int
) -> ChatMessage:
    """The chat message that an upload means.

    Args:
        upload: As it came.
        channel: What is known of its channel; None if it is not read.
        received_at_ns: Wall clock.

    Raises:
        InputError: The platform or the content cannot be.
    """
    if len(upload.content) != 1:
        raise InputError('content is one of {"Text": ...} and {"System": ...}', "BAD_CONTENT")
    ((kind, text),) = upload.content.items()
    facts = cast("_Facts", upload.metadata) if isinstance(upload.metadata, dict) else {}
    bits = _number(facts.get("bits"))
    return ChatMessage(
        id=upload.id,
        platform=platform_of(upload),
        room=upload.room or (channel.room if channel else DEFAULT_ROOM),
        author=Author(
            name=upload.username,
            id=upload.user_id,
            login=_word(facts.get("user_login")),
            color=_color(facts.get("color")),
            roles=_roles(facts),
        ),
        text=text,
        received_at_ns=received_at_ns,
        sent_at_ns=_nanoseconds(upload.timestamp),
        channel=channel_of(upload),
        kind="system" if kind == "System" else "chat",
        priority=_PRIORITIES[upload.priority],
        emotes=tuple(_emotes(facts.get("emotes"), text)),
        event=ChatEvent(amount=float(bits), currency="bits") if bits > 0 else None,
        reply_to=_reply_to(facts.get("reply")),
        first_message=facts.get("first_msg") is True,
        engine=channel.engine if channel else None,
        channel_voice=channel.voice if channel else None,
    )


def _nanoseconds(when: datetime) -> int | None:
    at_ns = int(when.timestamp() * 1_000_000) * 1000
    return at_ns if 0 < at_ns <= _MAX_NS else None


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < _MAX_NS else 0


def _color(value: Any) -> str | None:
    return value if isinstance(value, str) and _COLOR.fullmatch(value) else None


def _reply_to(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    reply = cast("_Facts", value)
    return _word(reply.get("parent_display_name")) or _word(reply.get("parent_user_login"))


def _roles(facts: _Facts) -> tuple[Role, ...]:
    names = [_badge_name(badge) for badge in _list(facts.get("badges"))]
    if facts.get("subscriber") is True:
        names.append("subscriber")
    if facts.get("user_type") == "mod":
        names.append("moderator")
    return tuple(dict.fromkeys(_BADGES[name] for name in names if name in _BADGES))


def _badge_name(badge: Any) -> str:
    """`moderator` of `"moderator/1"` or of an object that names it."""
    if isinstance(badge, dict):
        known = cast("_Facts", badge)
        badge = known.get("name") or known.get("set_id") or known.get("id")
    return badge.partition("/")[0].lower() if isinstance(badge, str) else ""


def _emotes(value: Any, text: str) -> Iterator[Emote]:
    """Positions are code points, the last one included; what lies outside the text is left out."""
    ranges = (
        (_at(position, "start"), _at(position, "end"))
        for emote in _list(value)
        if isinstance(emote, dict)
        for position in _list(cast("_Facts", emote).get("positions"))
    )
    for start, last in sorted(ranges)[:MAX_EMOTES]:
        if 0 <= start <= last < len(text):
            yield Emote(name=text[start : last + 1], start=start, end=last + 1)


def _at(position: Any, name: str) -> int:
    value = cast("_Facts", position).get(name) if isinstance(position, dict) else None
    return value if isinstance(value, int) else -1


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
