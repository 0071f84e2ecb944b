"""From an IRC line to what the rest of the pipeline understands; without I/O."""

import re
import uuid
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ishowtts_ingest.source import Channel
from ishowtts_ingest.twitch.emotes import Emotes, find_cheers, find_emotes
from ishowtts_ingest.twitch.irc import Line
from ishowtts_ingest.twitch.notices import Notice, read_notice
from ishowtts_ingest.twitch.people import author_of, priority_of
from ishowtts_schemas import Author, ChatEvent, ChatMessage, ChatModeration
from ishowtts_schemas.chat import MAX_TEXT_CHARS, Emote, Priority

PLATFORM = "twitch"
MAX_ID_CHARS = 128
_ACTION = re.compile("\x01ACTION (.*?)\x01?", re.DOTALL)
_NS_PER_MS = 1_000_000
_MAX_MS = 4 * 10**12
_MAX_BITS_DIGITS = 9


class Options(NamedTuple):
    """How lines are read.

    Attributes:
        own_login: A message that mentions this account is a mention too; may be empty.
        shared_chat: Whether what a shared chat mirrors from other channels counts.
        reward_names: Names of channel-point rewards by id: IRC gives ids alone.
        new_id: For messages without an id.
    """

    own_login: str = ""
    shared_chat: bool = False
    reward_names: Mapping[str, str] = {}
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex


class Reading(NamedTuple):
    """What a line says.

    Attributes:
        event: None where it is nothing to pass on.
        faults: What of it could not be read, as words for counters.
        ignored: Why chat is left out on purpose, as such a word.
    """

    event: ChatMessage | ChatModeration | None = None
    faults: tuple[str, ...] = ()
    ignored: str = ""


def read_event(line: Line, channel: Channel, now_ns: int, options: Options) -> Reading:
    """Read a line that is about `channel`; what is no chat reads as nothing."""
    reader = _READERS.get(line.command)
    return Reading() if reader is None else reader(line, channel, now_ns, options)


def _read_privmsg(line: Line, channel: Channel, now_ns: int, options: Options) -> Reading:
    if _is_mirrored(line, options):
        return Reading(ignored="shared_chat")
    action = _ACTION.fullmatch(line.text)
    text = action[1] if action else line.text
    emotes = find_emotes(line.tags.get("emotes", ""), text)
    bits, reward = _bits(line), line.tags.get("custom-reward-id")
    if reward is not None:
        event = ChatEvent(name=options.reward_names.get(reward, ""))
        notice = Notice("redemption", event, "paid" if bits else None)
    elif bits:
        event = ChatEvent(amount=float(bits), currency="bits")
        notice = Notice("action" if action else "chat", event, "paid")
        emotes = Emotes(_merge(emotes.found, find_cheers(text, bits)), emotes.misplaced)
    else:
        notice = Notice("action" if action else "chat")
    return _message(_Said(line, channel, now_ns, options), notice, text, emotes)


def _read_usernotice(line: Line, channel: Channel, now_ns: int, options: Options) -> Reading:
    if _is_mirrored(line, options):
        return Reading(ignored="shared_chat")
    notice = read_notice(line.tags)
    if notice is None or (notice.kind == "chat" and not line.text):
        return Reading(ignored="notice")
    emotes = find_emotes(line.tags.get("emotes", ""), line.text)
    return _message(_Said(line, channel, now_ns, options), notice, line.text, emotes)


def _read_clearchat(line: Line, channel: Channel, now_ns: int, _options: Options) -> Reading:
    """Everything of one user, or of the channel."""
    author_id = line.tags.get("target-user-id") or None
    if line.text and author_id is None:
        return Reading(None, ("no_author_id",))
    return Reading(
        ChatModeration(
            platform=PLATFORM,
            room=channel.room,
            channel=channel.name,
            action="author_removed" if author_id else "chat_cleared",
            at_ns=now_ns,
            author_id=author_id,
        )
    )


def _read_clearmsg(line: Line, channel: Channel, now_ns: int, _options: Options) -> Reading:
    message_id = line.tags.get("target-msg-id", "")
    if not 0 < len(message_id) <= MAX_ID_CHARS:
        return Reading(None, ("no_message_id",))
    return Reading(
        ChatModeration(
            platform=PLATFORM,
            room=channel.room,
            channel=channel.name,
            action="message_deleted",
            at_ns=now_ns,
            message_id=message_id,
        )
    )


_READERS: dict[str, Callable[[Line, Channel, int, Options], Reading]] = {
    "PRIVMSG": _read_privmsg,
    "USERNOTICE": _read_usernotice,
    "CLEARCHAT": _read_clearchat,
    "CLEARMSG": _read_clearmsg,
}


class _Said(NamedTuple):
    line: Line
    channel: Channel
    now_ns: int
    options: Options


def _message(said: _Said, notice: Notice, text: str, emotes: Emotes) -> Reading:
    line, channel, now_ns, options = said
    if len(text) > MAX_TEXT_CHARS:
        return Reading(None, ("oversized",))
    message_id = line.tags.get("id", "")
    faults = ["emote_range"] * emotes.misplaced
    if not 0 < len(message_id) <= MAX_ID_CHARS:
        message_id = options.new_id()
        faults.append("no_id")
    author = author_of(line)
    event = ChatMessage(
        id=message_id,
        platform=PLATFORM,
        room=channel.room,
        author=author,
        text=text,
        received_at_ns=now_ns,
        sent_at_ns=_sent_at_ns(line),
        channel=channel.name,
        kind=notice.kind,
        priority=notice.priority or _priority(author, text, said),
        emotes=emotes.found,
        event=notice.event,
        reply_to=_reply_to(line),
        first_message=line.tags.get("first-msg") == "1",
        engine=channel.engine,
        channel_voice=channel.voice,
    )
    return Reading(event, tuple(faults))


def _is_mirrored(line: Line, options: Options) -> bool:
    """Whether it was written in another channel that shares its chat with this one."""
    source = line.tags.get("source-room-id", "")
    return not options.shared_chat and bool(source) and source != line.tags.get("room-id")


def _priority(author: Author, text: str, said: _Said) -> Priority:
    mentioned = mentions(text, said.channel.name, said.options.own_login)
    return priority_of(author.roles, mentioned=mentioned)


def mentions(text: str, *logins: str) -> bool:
    """Whether `@login` stands in the text, as a word, for one of the logins."""
    if "@" not in text:
        return False
    words = {word.lower() for word in _MENTION.findall(text)}
    return any(login in words for login in logins if login)


_MENTION = re.compile(r"(?<!\w)@(\w{1,25})(?!\w)", re.ASCII)


def _reply_to(line: Line) -> str | None:
    shown = line.tags.get("reply-parent-display-name", "").strip()
    return shown or line.tags.get("reply-parent-user-login") or None


def _bits(line: Line) -> int:
    bits = line.tags.get("bits", "")
    return int(bits) if bits.isascii() and bits.isdigit() and len(bits) <= _MAX_BITS_DIGITS else 0


def _sent_at_ns(line: Line) -> int | None:
    sent = line.tags.get("tmi-sent-ts", "")
    if sent.isascii() and sent.isdigit() and int(sent[:14]) < _MAX_MS:
        return int(sent[:14]) * _NS_PER_MS
    return None


def _merge(first: tuple[Emote, ...], second: tuple[Emote, ...]) -> tuple[Emote, ...]:
    by_start = {emote.start: emote for emote in (*second, *first)}
    return tuple(by_start[start] for start in sorted(by_start))
