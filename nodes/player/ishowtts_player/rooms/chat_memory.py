"""What the bridge remembers of chat, to know whom a deletion means."""

from dataclasses import dataclass

from ishowtts_player.recent import Recent
from ishowtts_schemas import ChatMessage, ChatModeration, Priority

MAX_MESSAGES = 5000


@dataclass(frozen=True)
class Origin:
    """Where a message came from; not what it says."""

    platform: str
    channel: str
    author_id: str | None
    color: str | None
    priority: Priority
    received_at_ns: int


class ChatMemory:
    """Who said which message, where and when; no texts. Pure."""

    def __init__(self) -> None:
        self._said: Recent[tuple[str, str], Origin] = Recent(MAX_MESSAGES)
        self._spoken: Recent[str, Origin] = Recent(MAX_MESSAGES)

    def add(self, message: ChatMessage) -> bool:
        """Remember a message; False where it came before."""
        key = (message.platform, message.id)
        if key in self._said:
            return False
        self._said[key] = Origin(
            platform=message.platform,
            channel=message.channel,
            author_id=message.author.id,
            color=message.author.color,
            priority=message.priority,
            received_at_ns=message.received_at_ns,
        )
        return True

    def accept(self, utterance_id: str, platform: str, message_id: str) -> Origin | None:
        """Note what a message is spoken as; where it came from, if that is remembered."""
        said = self._said.get((platform, message_id))
        if said is not None:
            self._spoken[utterance_id] = said
        return said

    def origin(self, utterance_id: str) -> Origin | None:
        """Where what is spoken came from; None where it is not chat, or forgotten."""
        return self._spoken.get(utterance_id)

    def concerns(self, moderation: ChatModeration, message_id: str) -> bool:
        """Whether a message has to go."""
        if moderation.message_id is not None:
            return moderation.message_id == message_id
        said = self._said.get((moderation.platform, message_id))
        if said is None or not moderation.concerns_channel(said.channel):
            return False
        return moderation.author_id is None or moderation.author_id == said.author_id
