"""Deleted messages and removed authors, remembered for what arrives after its deletion."""

from ishowtts_filter.utterance import Utterance
from ishowtts_filter.window import AgedWindow
from ishowtts_schemas import ChatMessage, ChatModeration

CAPACITY = 4096
AGE_S = 600.0


class ModerationMemory:
    """Recent moderation, bounded in number and age."""

    def __init__(self) -> None:
        self._messages: AgedWindow[tuple[str, str], bool] = AgedWindow(CAPACITY, AGE_S)
        self._until_ns: AgedWindow[tuple[str, str, str | None], int] = AgedWindow(CAPACITY, AGE_S)

    def put(self, moderation: ChatModeration, now: float) -> None:
        """Remember it."""
        platform, room = moderation.platform, moderation.room
        if moderation.action == "chat_cleared":
            self._until_ns.put((platform, room, None), moderation.at_ns, now)
        elif moderation.action == "author_removed" and moderation.author_id is not None:
            self._until_ns.put((platform, room, moderation.author_id), moderation.at_ns, now)
        elif moderation.message_id is not None:
            self._messages.put((platform, moderation.message_id), True, now)

    def find(self, message: ChatMessage, now: float) -> str | None:
        """Why the message may not be spoken; None where it may.

        A removed author may write again later: only what is older than the removal falls.
        """
        if self._messages.get((message.platform, message.id), now):
            return "deleted before it was read"
        place = (message.platform, message.room)
        if self._falls(message, (*place, None), now):
            return "the chat was cleared"
        author_id = message.author.id
        if author_id is not None and self._falls(message, (*place, author_id), now):
            return "its author was removed"
        return None

    def _falls(self, message: ChatMessage, key: tuple[str, str, str | None], now: float) -> bool:
        until_ns = self._until_ns.get(key, now)
        return until_ns is not None and message.received_at_ns <= until_ns


def concerns(moderation: ChatModeration, utterance: Utterance) -> bool:
    """Whether an accepted message falls under a moderation that came after it."""
    if utterance.platform != moderation.platform:
        return False
    if moderation.action == "message_deleted":
        return utterance.message_id == moderation.message_id
    if utterance.room != moderation.room:
        return False
    if moderation.action == "chat_cleared":
        return True
    return moderation.author_id is not None and utterance.author_id == moderation.author_id
