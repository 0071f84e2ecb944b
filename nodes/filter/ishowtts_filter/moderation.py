"""Deleted messages and removed authors, remembered for what arrives after its deletion."""

from ishowtts_filter.utterance import Utterance
from ishowtts_filter.window import AgedWindow
from ishowtts_schemas import ChatMessage, ChatModeration

CAPACITY = 4096
AGE_S = 600.0

_Scope = tuple[str, str, str, str | None]
"""Platform, room, channel, and author; no channel is all of the room, no author everybody."""


class ModerationMemory:
    """Recent moderation, bounded in number and age."""

    def __init__(self) -> None:
        self._messages: AgedWindow[tuple[str, str], bool] = AgedWindow(CAPACITY, AGE_S)
        self._until_ns: AgedWindow[_Scope, int] = AgedWindow(CAPACITY, AGE_S)

    def put(self, moderation: ChatModeration, now: float) -> None:
        """Remember it."""
        place = (moderation.platform, moderation.room, moderation.channel)
        if moderation.action == "chat_cleared":
            self._until_ns.put((*place, None), moderation.at_ns, now)
        elif moderation.action == "author_removed" and moderation.author_id is not None:
            self._until_ns.put((*place, moderation.author_id), moderation.at_ns, now)
        elif moderation.message_id is not None:
            self._messages.put((moderation.platform, moderation.message_id), True, now)

    def find(self, message: ChatMessage, now: float) -> str | None:
        """Why the message may not be spoken; None where it may.

        A removed author may write again later: only what is older than the removal falls.
        """
        if self._messages.get((message.platform, message.id), now):
            return "deleted before it was read"
        if self._falls(message, None, now):
            return "the chat was cleared"
        if message.author.id is not None and self._falls(message, message.author.id, now):
            return "its author was removed"
        return None

    def _falls(self, message: ChatMessage, author_id: str | None, now: float) -> bool:
        """Whether its channel, or the whole room, was cleared of the author or of everybody."""
        for channel in {message.channel, ""}:
            scope = (message.platform, message.room, channel, author_id)
            until_ns = self._until_ns.get(scope, now)
            if until_ns is not None and message.received_at_ns <= until_ns:
                return True
        return False


def concerns(moderation: ChatModeration, utterance: Utterance) -> bool:
    """Whether an accepted message falls under a moderation that came after it."""
    if utterance.platform != moderation.platform:
        return False
    if moderation.action == "message_deleted":
        return utterance.message_id == moderation.message_id
    if utterance.room != moderation.room or not moderation.concerns_channel(utterance.channel):
        return False
    if moderation.action == "chat_cleared":
        return True
    return moderation.author_id is not None and utterance.author_id == moderation.author_id
