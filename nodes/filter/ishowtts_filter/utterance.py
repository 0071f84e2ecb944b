"""What waits to be spoken, and how it ends."""

import hashlib
from typing import NamedTuple

from msgspec import Struct

from ishowtts_schemas import ChatEvent, ChatMessage, Outcome, Priority
from ishowtts_schemas.chat import ChatKind

PRIORITIES: tuple[Priority, ...] = (
    "interactive",
    "paid",
    "moderator",
    "mention",
    "subscriber",
    "normal",
)
"""Most urgent first."""
PLAIN_KINDS = frozenset({"chat", "action"})


class Utterance(Struct, frozen=True, kw_only=True):
    """An accepted message.

    Attributes:
        id: The utterance's id, the same for the same message whenever it is read.
        author_key: Tells authors apart within a room; names may be shared.
        author_id: The platform's id, by which moderation names authors.
        text: What its author wrote, as it is said, without anything around it.
        written: The same as it was written, with digits; empty where that is no different.
        spoken: As the engine gets it.
        shown: As subtitles show it, beside the author's name: of an event all that is said.
        nameless: What is spoken, without the author's name, where it may be left out; else empty.
        voice: Wanted voice; None for the default.
        engine: Wanted engine; None for any that has the voice.
        profile: Wanted profile; an engine that does not have it speaks as it always does.
        expires_at: Monotonic seconds of this process.
        event: What happened, its names as they are said.
        merged: Ids of the utterances that are spoken with it; its event counts them all.
    """

    id: str
    message_id: str
    platform: str
    room: str
    author: str
    author_key: str
    text: str
    spoken: str
    priority: Priority
    expires_at: float
    author_id: str | None = None
    voice: str | None = None
    engine: str | None = None
    profile: str | None = None
    written: str = ""
    shown: str = ""
    nameless: str = ""
    kind: ChatKind = "chat"
    event: ChatEvent | None = None
    channel: str = ""
    merged: tuple[str, ...] = ()

    @property
    def paid(self) -> bool:
        """Whether somebody gave something for it."""
        return self.priority == "paid" or self.event is not None or self.kind not in PLAIN_KINDS

    @property
    def display_text(self) -> str:
        """As subtitles show it; an older release's journal does not say how."""
        return self.shown or self.text or self.spoken


class Ended(NamedTuple):
    """The one end of an utterance."""

    utterance: Utterance
    outcome: Outcome
    reason: str = ""


def utterance_id(message: ChatMessage) -> str:
    """An id that follows from the message: one that the broker delivers again after a crash
    is the same utterance, and listeners do not hear it twice.
    """
    key = f"{message.platform}\0{message.id}\0{message.received_at_ns}"
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
