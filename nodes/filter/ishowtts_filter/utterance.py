"""What waits to be spoken, and how it ends."""

import hashlib
from typing import NamedTuple

from msgspec import Struct

from ishowtts_schemas import ChatMessage, Outcome, Priority

PRIORITIES: tuple[Priority, ...] = (
    "interactive",
    "paid",
    "moderator",
    "mention",
    "subscriber",
    "normal",
)
"""Most urgent first."""


class Utterance(Struct, frozen=True, kw_only=True):
    """An accepted message.

    Attributes:
        id: The utterance's id, the same for the same message whenever it is read.
        author_key: Tells authors apart within a room; names may be shared.
        author_id: The platform's id, by which moderation names authors.
        text: As subtitles show it.
        spoken: As the engine gets it.
        voice: Wanted voice; None for the default.
        engine: Wanted engine; None for any that has the voice.
        expires_at: Monotonic seconds of this process.
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
