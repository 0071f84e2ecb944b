"""A message on its way through the rules, and the word that ends it."""

from msgspec import Struct

from ishowtts_schemas import ChatEvent, ChatMessage, Emote, Priority
from ishowtts_schemas.chat import ChatKind, Role

EVENT_KINDS = frozenset({"gift", "super_chat", "subscription", "raid", "redemption"})


class Draft(Struct, frozen=True, kw_only=True):
    """A message on its way through the rules, which replace fields and never change it.

    Attributes:
        text: What will be spoken, without the author's template.
        written: The same as it is read by eye; None where that is no different.
        author: The name as it will be spoken and shown; empty for none.
        author_id: The platform's stable id.
        emotes: Runs of the text as received: a rule that reads them stands before those
            that change the text.
        voice: Slug of the wanted voice; None for the default.
        engine: Slug of the wanted engine; None for any that has the voice.
        login: The author's name in addresses and mentions.
        event: What happened, for every kind but plain chat.
        reply_to: Name of the author it answers.
        channel: The platform's own name of the stream.
    """

    text: str
    written: str | None = None
    author: str = ""
    author_id: str | None = None
    roles: tuple[Role, ...] = ()
    platform: str = "mqtt"
    room: str = "main"
    kind: ChatKind = "chat"
    priority: Priority = "normal"
    emotes: tuple[Emote, ...] = ()
    voice: str | None = None
    engine: str | None = None
    received_at_ns: int = 0
    login: str | None = None
    event: ChatEvent | None = None
    reply_to: str | None = None
    first_message: bool = False
    channel: str = ""
    channel_voice: str | None = None

    @classmethod
    def of(cls, message: ChatMessage) -> "Draft":
        """The draft that the first rule sees."""
        return cls(
            text=message.text,
            author=message.author.name,
            author_id=message.author.id,
            roles=message.author.roles,
            platform=message.platform,
            room=message.room,
            kind=message.kind,
            priority=message.priority,
            emotes=message.emotes,
            voice=message.voice,
            engine=message.engine,
            received_at_ns=message.received_at_ns,
            login=message.author.login,
            event=message.event,
            reply_to=message.reply_to,
            first_message=message.first_message,
            channel=message.channel,
            channel_voice=message.channel_voice,
        )

    @property
    def author_key(self) -> str:
        """Tells authors apart, as well as the platform does; empty for text without an author."""
        known = self.author_id or self.login or self.author
        return f"{self.platform}:{known}" if known else ""

    @property
    def is_event(self) -> bool:
        """Whether there is something to say about it without any text."""
        return self.kind in EVENT_KINDS or (self.event is not None and bool(self.event.amount))

    @property
    def paid(self) -> bool:
        """Whether somebody gave something for it: rules against floods let it pass."""
        return self.priority == "paid" or self.is_event


class Rejection(Struct, frozen=True):
    """The text is not spoken; the reason is for a person.

    Attributes:
        whole: Not even what happened is announced, where something did: a gift, a raid.
    """

    reason: str
    whole: bool = False
