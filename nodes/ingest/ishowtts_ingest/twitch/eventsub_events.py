"""From an EventSub notification to what the rest of the pipeline understands; without I/O."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import msgspec

from ishowtts_ingest.source import Channel
from ishowtts_ingest.timestamps import timestamp_ns
from ishowtts_ingest.twitch.events import MAX_ID_CHARS, PLATFORM, Options, Reading, mentions
from ishowtts_ingest.twitch.eventsub_notices import notice_tags
from ishowtts_ingest.twitch.eventsub_payloads import (
    ChatLine,
    Deletion,
    Details,
    Frame,
    Redemption,
    Removal,
    Words,
)
from ishowtts_ingest.twitch.notices import Notice, read_notice
from ishowtts_ingest.twitch.people import describe_author, priority_of, roles_of_badges
from ishowtts_ingest.twitch.redemptions import Redemptions
from ishowtts_schemas import Author, ChatEvent, ChatMessage, ChatModeration
from ishowtts_schemas.chat import MAX_TEXT_CHARS, Emote

MESSAGE = "channel.chat.message"
NOTIFICATION = "channel.chat.notification"
MESSAGE_DELETE = "channel.chat.message_delete"
CLEAR_USER = "channel.chat.clear_user_messages"
CLEAR = "channel.chat.clear"
REDEMPTION = "channel.channel_points_custom_reward_redemption.add"

_PICTURES = frozenset({"emote", "cheermote", "gif"})
_ACTION = "\x01ACTION "
_ACTION_END = "\x01"


class Scene(NamedTuple):
    """What a notification is read with."""

    channel: Channel
    now_ns: int
    options: Options
    redemptions: Redemptions
    sent_at_ns: int | None = None


def read_notification(frame: Frame, scene: Scene) -> Reading:
    """Read a notification that is about `scene.channel`; what is no chat reads as nothing."""
    subscription = frame.payload.subscription
    reader = _READERS.get(subscription.type) if subscription else None
    if reader is None:
        return Reading()
    scene = scene._replace(sent_at_ns=timestamp_ns(frame.metadata.message_timestamp))
    try:
        return reader(bytes(frame.payload.event), scene)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Reading(None, ("malformed",))


def _read_message(raw: bytes, scene: Scene) -> Reading:
    line = msgspec.json.decode(raw, type=ChatLine)
    if _is_mirrored(line, scene):
        return Reading()
    text, emotes = _spell_out(line.message)
    bits = line.cheer.bits if line.cheer else 0
    reward_id = line.channel_points_custom_reward_id
    if reward_id:
        told = (line.chatter_user_id or "", reward_id, text)
        if scene.redemptions.is_told("chat", told, line.message_id, scene.now_ns):
            return Reading()
        event = ChatEvent(name=_reward_name(reward_id, scene))
        notice = Notice("redemption", event, "paid" if bits else None)
    else:
        kind = "action" if line.message.text.startswith(_ACTION) else "chat"
        event = ChatEvent(amount=float(bits), currency="bits") if bits else None
        notice = Notice(kind, event, "paid" if bits else None)
    return _message(line, notice, text, emotes, scene)


def _read_notice(raw: bytes, scene: Scene) -> Reading:
    line = msgspec.json.decode(raw, type=ChatLine)
    if _is_mirrored(line, scene):
        return Reading()
    details = msgspec.json.decode(raw, type=Details)
    notice = read_notice(notice_tags(line.notice_type, details))
    text, emotes = _spell_out(line.message)
    if notice is None or (notice.kind == "chat" and not text):
        return Reading()
    return _message(line, notice, text, emotes, scene)


def _read_redemption(raw: bytes, scene: Scene) -> Reading:
    redeemed = msgspec.json.decode(raw, type=Redemption)
    reward, text = redeemed.reward, redeemed.user_input or ""
    scene.redemptions.learn(reward.id, reward.title)
    told = (redeemed.user_id or "", reward.id, text)
    if text and scene.redemptions.is_told("redemption", told, redeemed.id, scene.now_ns):
        return Reading()
    by_broadcaster = redeemed.user_id == redeemed.broadcaster_user_id
    author = describe_author(
        redeemed.user_name or "",
        redeemed.user_login or "",
        redeemed.user_id or "",
        "",
        ("broadcaster",) if by_broadcaster and redeemed.user_id else (),
    )
    notice = Notice("redemption", ChatEvent(name=_reward_name(reward.id, scene)))
    return _build(_Said(redeemed.id, author, notice, text), scene)


def _read_deletion(raw: bytes, scene: Scene) -> Reading:
    deletion = msgspec.json.decode(raw, type=Deletion)
    if not 0 < len(deletion.message_id) <= MAX_ID_CHARS:
        return Reading(None, ("no_message_id",))
    message_id = scene.redemptions.told_id(deletion.message_id)
    return Reading(_moderation(scene, "message_deleted", message_id=message_id))


def _read_removal(raw: bytes, scene: Scene) -> Reading:
    removal = msgspec.json.decode(raw, type=Removal)
    if not removal.target_user_id:
        return Reading(None, ("no_author_id",))
    return Reading(_moderation(scene, "author_removed", author_id=removal.target_user_id))


def _read_clear(_raw: bytes, scene: Scene) -> Reading:
    return Reading(_moderation(scene, "chat_cleared"))


def _moderation(
    scene: Scene,
    action: Literal["message_deleted", "author_removed", "chat_cleared"],
    *,
    message_id: str | None = None,
    author_id: str | None = None,
) -> ChatModeration:
    return ChatModeration(
        platform=PLATFORM,
        room=scene.channel.room,
        channel=scene.channel.name,
        action=action,
        at_ns=scene.now_ns,
        message_id=message_id,
        author_id=author_id,
    )


_READERS: dict[str, Callable[[bytes, Scene], Reading]] = {
    MESSAGE: _read_message,
    NOTIFICATION: _read_notice,
    REDEMPTION: _read_redemption,
    MESSAGE_DELETE: _read_deletion,
    CLEAR_USER: _read_removal,
    CLEAR: _read_clear,
}


class _Said(NamedTuple):
    message_id: str
    author: Author
    notice: Notice
    text: str
    emotes: tuple[Emote, ...] = ()
    reply_to: str | None = None
    first_message: bool = False


def _message(
    line: ChatLine, notice: Notice, text: str, emotes: tuple[Emote, ...], scene: Scene
) -> Reading:
    author = describe_author(
        line.chatter_user_name or "",
        line.chatter_user_login or "",
        line.chatter_user_id or "",
        line.color or "",
        roles_of_badges(badge.set_id for badge in line.badges or ()),
    )
    reply_to = line.reply and (line.reply.parent_user_name or line.reply.parent_user_login)
    # EventSub says so only of those who introduce themselves; IRC of every first message.
    first = line.message_type == "user_intro"
    said = _Said(line.message_id, author, notice, text, emotes, reply_to or None, first)
    return _build(said, scene)


def _build(said: _Said, scene: Scene) -> Reading:
    if len(said.text) > MAX_TEXT_CHARS:
        return Reading(None, ("oversized",))
    channel, options = scene.channel, scene.options
    message_id, faults = said.message_id, ()
    if not 0 < len(message_id) <= MAX_ID_CHARS:
        message_id, faults = options.new_id(), ("no_id",)
    mentioned = mentions(said.text, channel.name, options.own_login)
    event = ChatMessage(
        id=message_id,
        platform=PLATFORM,
        room=channel.room,
        author=said.author,
        text=said.text,
        received_at_ns=scene.now_ns,
        sent_at_ns=scene.sent_at_ns,
        channel=channel.name,
        kind=said.notice.kind,
        priority=said.notice.priority or priority_of(said.author.roles, mentioned=mentioned),
        emotes=said.emotes,
        event=said.notice.event,
        reply_to=said.reply_to,
        first_message=said.first_message,
        engine=channel.engine,
        channel_voice=channel.voice,
    )
    return Reading(event, faults)


def _is_mirrored(line: ChatLine, scene: Scene) -> bool:
    """Whether it was written in another channel that shares its chat with this one."""
    source = line.source_broadcaster_user_id
    return bool(source) and source != line.broadcaster_user_id and not scene.options.shared_chat


def _reward_name(reward_id: str, scene: Scene) -> str:
    return scene.options.reward_names.get(reward_id) or scene.redemptions.title(reward_id)


def _spell_out(words: Words) -> tuple[str, tuple[Emote, ...]]:
    """The text without the wrapping of `/me`, and its pictures in code points of it.

    Fragments come without that wrapping; the text that stands beside them has it.
    """
    if not words.fragments:
        return words.text.removeprefix(_ACTION).removesuffix(_ACTION_END), ()
    emotes, start = list[Emote](), 0
    for fragment in words.fragments:
        end = start + len(fragment.text)
        if fragment.type in _PICTURES and fragment.text:
            emotes.append(Emote(name=fragment.text, start=start, end=end))
        start = end
    return "".join(fragment.text for fragment in words.fragments), tuple(emotes)
