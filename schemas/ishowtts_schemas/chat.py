"""Chat as it enters, and what became of it."""

from typing import Annotated, Literal

from msgspec import Meta

from ishowtts_schemas.ids import Identifier, Slug
from ishowtts_schemas.message import Message, Nanoseconds, Part

MAX_TEXT_CHARS = 20_000
"""Longest text that is read at all; what is spoken is limited by the filter's rules."""

ChatText = Annotated[str, Meta(max_length=MAX_TEXT_CHARS)]
Role = Literal["broadcaster", "moderator", "vip", "subscriber", "bot"]
ChatKind = Literal[
    "chat", "action", "system", "gift", "super_chat", "subscription", "raid", "redemption"
]
Priority = Literal["interactive", "paid", "moderator", "mention", "subscriber", "normal"]
"""Who is spoken first, most urgent first. `interactive` is a person waiting for an API answer."""

Outcome = Literal["spoken", "expired", "cancelled", "shed", "failed"]
"""The one end of an accepted message."""


class TextRequest(Part, frozen=True, kw_only=True):
    """What any app publishes on `text/{room}`; a bare UTF-8 string is the same as `{text}`.

    It carries no `type` field, so that `{"text": "hi"}` is a whole message.
    """

    text: ChatText
    author: Annotated[str, Meta(max_length=128)] | None = None
    voice: Slug | None = None
    engine: Slug | None = None
    profile: Slug | None = None
    """One of the engine's; an engine that does not have it speaks as it always does."""
    priority: Priority = "normal"
    id: Identifier | None = None
    """Two requests with one id are one request: publish again without fear of an echo."""


class Author(Part, frozen=True, kw_only=True):
    name: str
    id: str | None = None
    """The platform's stable user id; names change."""
    login: str | None = None
    """The name in addresses and mentions, where it differs from the one that is shown."""
    color: str | None = None
    """CSS hex colour as the platform sent it, `#rrggbb`."""
    roles: tuple[Role, ...] = ()


class Emote(Part, frozen=True, kw_only=True):
    """A run of `text` that is a picture: code points `start` to `end`, `end` exclusive."""

    name: str
    start: int
    end: int


class ChatEvent(Part, frozen=True, kw_only=True):
    """What happened, for every kind but plain chat. Fields that do not apply are left out."""

    name: str = ""
    """Name of the gift, the subscription's tier or the reward."""
    count: int = 1
    """Gifts, months or raiders."""
    amount: float | None = None
    """Price or donation, in units of `currency`."""
    currency: str = ""
    """ISO 4217, or `bits`."""
    recipient: str = ""
    """Who was given a subscription."""


class ChatMessage(Message, frozen=True, kw_only=True, tag="chat_message"):
    id: Identifier
    platform: Slug
    room: Slug
    """Where it is spoken: one room is one queue and one audio stream, whatever the sources."""
    author: Author
    text: ChatText
    received_at_ns: Nanoseconds
    sent_at_ns: Nanoseconds | None = None
    channel: str = ""
    """The platform's own name of the stream, for people; never part of a topic."""
    kind: ChatKind = "chat"
    priority: Priority = "normal"
    emotes: tuple[Emote, ...] = ()
    event: ChatEvent | None = None
    reply_to: str | None = None
    """Name of the author it answers; platforms put a mention of it before the text."""
    first_message: bool = False
    """The author never wrote in this channel before."""
    voice: Slug | None = None
    """Asked for by whoever sent it."""
    engine: Slug | None = None
    profile: Slug | None = None
    channel_voice: Slug | None = None
    """The voice of the whole channel: spoken where nobody chose another."""


class ChatModeration(Message, frozen=True, kw_only=True, tag="chat_moderation"):
    """A deletion (`message_id`), a timeout or ban (`author_id`), or a cleared chat (neither)."""

    platform: Slug
    room: Slug
    action: Literal["message_deleted", "author_removed", "chat_cleared"]
    at_ns: Nanoseconds
    message_id: Identifier | None = None
    author_id: str | None = None
    channel: str = ""
    """Where several channels are spoken in one room, the one that it is about; empty: all."""

    def concerns_channel(self, channel: str) -> bool:
        """Whether messages of a channel may fall under it."""
        return not self.channel or self.channel == channel


class ChatRejected(Message, frozen=True, kw_only=True, tag="chat_rejected"):
    """The message will not be spoken: `rule` names who said so, `reason` says why to a person."""

    message_id: Identifier
    platform: Slug
    room: Slug
    rule: Slug
    reason: str
    at_ns: Nanoseconds


class ChatAccepted(Message, frozen=True, kw_only=True, tag="chat_accepted"):
    """The message waits to be spoken as `utterance_id`; a `ChatEnded` will follow."""

    message_id: Identifier
    platform: Slug
    room: Slug
    utterance_id: Identifier
    spoken: str
    """What the engine will be given."""
    voice: Slug
    at_ns: Nanoseconds


class ChatEnded(Message, frozen=True, kw_only=True, tag="chat_ended"):
    message_id: Identifier
    platform: Slug
    room: Slug
    utterance_id: Identifier
    outcome: Outcome
    at_ns: Nanoseconds
    reason: str = ""
