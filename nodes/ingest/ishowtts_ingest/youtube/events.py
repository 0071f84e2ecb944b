"""From an entry of a YouTube chat to what the rest of the pipeline understands; without I/O."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from ishowtts_ingest.source import Channel
from ishowtts_ingest.timestamps import timestamp_ns
from ishowtts_ingest.youtube.payloads import Author as Writer
from ishowtts_ingest.youtube.payloads import Item, SuperChat
from ishowtts_schemas import Author, ChatEvent, ChatMessage, ChatModeration, Emote
from ishowtts_schemas.chat import MAX_TEXT_CHARS, ChatKind, Priority, Role

PLATFORM: Final = "youtube"
MAX_ID_CHARS = 128
MICROS = 1_000_000
UNKNOWN_NAME = "unknown"

_EMOJI = re.compile(r"(?<!\w):[_a-zA-Z][\w-]{0,60}:(?!\w)")
"""YouTube's own emoji and those of members, which its page shows as pictures."""
_SILENT = frozenset(
    {
        # One of many: the gifting before it has told them all.
        "giftMembershipReceivedEvent",
        "sponsorOnlyModeStartedEvent",
        "sponsorOnlyModeEndedEvent",
        "pollEvent",
    }
)
_DECODER = msgspec.json.Decoder(Item, strict=False)


class Scene(NamedTuple):
    """What an entry is read with.

    Attributes:
        streamer: What viewers write after `@` to address the streamer; may be empty.
    """

    channel: Channel
    now_ns: int
    streamer: str = ""


class Reading(NamedTuple):
    """What an entry says.

    Attributes:
        item_id: The same entry may come twice.
        event: None where it is nothing to pass on.
        sent_at_ns: When YouTube got it.
        ended: The chat is over.
        ignored: Why nothing is passed on, as a word for counters.
        fault: What of it could not be read, same.
    """

    item_id: str = ""
    event: ChatMessage | ChatModeration | None = None
    sent_at_ns: int | None = None
    ended: bool = False
    ignored: str = ""
    fault: str = ""


def read_item(raw: bytes, scene: Scene) -> Reading:
    """Read one entry."""
    try:
        item = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Reading(fault="malformed")
    if not 0 < len(item.id) <= MAX_ID_CHARS:
        return Reading(fault="no_id")
    reading = Reading(item.id, sent_at_ns=timestamp_ns(item.snippet.published_at))
    if item.snippet.type == "chatEndedEvent":
        return reading._replace(ended=True)
    if item.snippet.type in _MODERATION:
        event = _moderation(item, scene)
        return reading._replace(event=event, fault="" if event else "no_target")
    return _read_said(item, reading, scene)


def _read_said(item: Item, reading: Reading, scene: Scene) -> Reading:
    kind = item.snippet.type
    said = _SAID[kind](item) if kind in _SAID else None
    if said is None:
        return reading._replace(ignored="quiet" if kind in _SILENT else "unknown")
    if len(said.text) > MAX_TEXT_CHARS:
        return reading._replace(fault="oversized")
    return reading._replace(event=_message(item, said, reading.sent_at_ns, scene))


class _Said(NamedTuple):
    kind: ChatKind
    text: str = ""
    event: ChatEvent | None = None
    priority: Priority | None = "paid"


def _text(item: Item) -> _Said:
    details = item.snippet.text_message_details
    text = details.message_text if details else item.snippet.display_message
    return _Said("chat", text, priority=None)


def _super_chat(item: Item) -> _Said | None:
    paid = item.snippet.super_chat_details or item.snippet.fan_funding_event_details
    return None if paid is None else _Said("super_chat", paid.user_comment, _payment(paid))


def _payment(paid: SuperChat) -> ChatEvent:
    return ChatEvent(amount=paid.amount_micros / MICROS, currency=paid.currency)


def _sticker(item: Item) -> _Said | None:
    paid = item.snippet.super_sticker_details
    if paid is None:
        return None
    name = paid.super_sticker_metadata.alt_text
    event = ChatEvent(name=name, amount=paid.amount_micros / MICROS, currency=paid.currency)
    return _Said("super_chat", "", event)


def _new_member(item: Item) -> _Said | None:
    details = item.snippet.new_sponsor_details
    name = details.member_level_name if details else ""
    return _Said("subscription", "", ChatEvent(name=name))


def _milestone(item: Item) -> _Said | None:
    details = item.snippet.member_milestone_chat_details
    if details is None:
        return None
    event = ChatEvent(name=details.member_level_name, count=max(details.member_month, 1))
    return _Said("subscription", details.user_comment, event)


def _gifting(item: Item) -> _Said | None:
    details = item.snippet.membership_gifting_details
    if details is None:
        return None
    name = f"{details.gift_memberships_level_name} membership".strip()
    return _Said("gift", "", ChatEvent(name=name, count=max(details.gift_memberships_count, 1)))


_SAID: dict[str, Callable[[Item], _Said | None]] = {
    "textMessageEvent": _text,
    "superChatEvent": _super_chat,
    "fanFundingEvent": _super_chat,
    "superStickerEvent": _sticker,
    "newSponsorEvent": _new_member,
    "memberMilestoneChatEvent": _milestone,
    "membershipGiftingEvent": _gifting,
}
_MODERATION = frozenset(
    {"messageDeletedEvent", "messageRetractedEvent", "tombstone", "userBannedEvent"}
)


def _moderation(item: Item, scene: Scene) -> ChatModeration | None:
    """A ban is for ever or for some time: what was written is not to be heard either way."""
    snippet = item.snippet
    message_id, author_id = "", ""
    if snippet.type == "tombstone":
        message_id = item.id
    elif snippet.message_deleted_details:
        message_id = snippet.message_deleted_details.deleted_message_id
    elif snippet.message_retracted_details:
        message_id = snippet.message_retracted_details.retracted_message_id
    elif snippet.user_banned_details:
        author_id = snippet.user_banned_details.banned_user_details.channel_id
    if not author_id and not 0 < len(message_id) <= MAX_ID_CHARS:
        return None
    return ChatModeration(
        platform=PLATFORM,
        room=scene.channel.room,
        channel=scene.channel.name,
        action="author_removed" if author_id else "message_deleted",
        at_ns=scene.now_ns,
        message_id=message_id or None,
        author_id=author_id or None,
    )


def _message(item: Item, said: _Said, sent_at_ns: int | None, scene: Scene) -> ChatMessage:
    channel = scene.channel
    roles = _roles(item.author_details)
    return ChatMessage(
        id=item.id,
        platform=PLATFORM,
        room=channel.room,
        author=_author(item.author_details, roles),
        text=said.text,
        received_at_ns=scene.now_ns,
        sent_at_ns=sent_at_ns,
        channel=channel.name,
        kind=said.kind,
        priority=said.priority or _priority(roles, said.text, scene.streamer),
        emotes=tuple(
            Emote(name=match[0], start=match.start(), end=match.end())
            for match in _EMOJI.finditer(said.text)
        ),
        event=said.event,
        engine=channel.engine,
        channel_voice=channel.voice,
    )


def _author(writer: Writer, roles: tuple[Role, ...]) -> Author:
    """Names are handles by now; the `@` is not part of a name."""
    name = writer.display_name.strip()
    return Author(
        name=name.removeprefix("@") or UNKNOWN_NAME, id=writer.channel_id or None, roles=roles
    )


def _roles(writer: Writer) -> tuple[Role, ...]:
    held: tuple[tuple[bool, Role], ...] = (
        (writer.is_chat_owner, "broadcaster"),
        (writer.is_chat_moderator, "moderator"),
        (writer.is_chat_sponsor, "subscriber"),
    )
    return tuple(role for holds, role in held if holds)


def _priority(roles: tuple[Role, ...], text: str, streamer: str) -> Priority:
    if "broadcaster" in roles or "moderator" in roles:
        return "moderator"
    if streamer and f"@{streamer.casefold()}" in text.casefold():
        return "mention"
    return "subscriber" if "subscriber" in roles else "normal"
