"""What the bridge remembers of chat, to know whom a deletion means."""

from dataclasses import dataclass

from ishowtts_player.recent import Recent
from ishowtts_schemas import ChatMessage, ChatModeration

MAX_MESSAGES = 5000


@dataclass(frozen=True)
class _Said:
    author_id: str | None
    channel: str
    received_at_ns: int


class ChatMemory:
    """Who said which message, where and when; no texts. Pure."""

    def __init__(self) -> None:
        self._said: Recent[tuple[str, str], _Said] = Recent(MAX_MESSAGES)

    def add(self, message: ChatMessage) -> bool:
        """Remember a message; False where it came before."""
        key = (message.platform, message.id)
        if key in self._said:
            return False
        self._said[key] = _Said(message.author.id, message.channel, message.received_at_ns)
        return True

    def received_at_ns(self, platform: str, message_id: str) -> int | None:
        """When a message came; None where it is not remembered."""
        said = self._said.get((platform, message_id))
        return None if said is None else said.received_at_ns

    def concerns(self, moderation: ChatModeration, message_id: str) -> bool:
        """Whether a message has to go."""
        if moderation.message_id is not None:
            return moderation.message_id == message_id
        said = self._said.get((moderation.platform, message_id))
        if said is None or not moderation.concerns_channel(said.channel):
            return False
        return moderation.author_id is None or moderation.author_id == said.author_id
