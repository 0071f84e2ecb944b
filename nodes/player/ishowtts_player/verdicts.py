"""Chat that comes in over HTTP: it goes to the filter, and the filter's word comes back."""

import asyncio
from dataclasses import dataclass

from ishowtts_bus import Bus, BusError, Received
from ishowtts_bus.patience import within
from ishowtts_player.directory import NodeDirectory
from ishowtts_player.errors import UnavailableError
from ishowtts_player.recent import Recent
from ishowtts_schemas import ChatAccepted, ChatEnded, ChatMessage, ChatRejected
from ishowtts_schemas.topics import CHAT_ACCEPTED, CHAT_ENDED, CHAT_MESSAGE, CHAT_REJECTED

VERDICT_TIMEOUT_S = 5.0
MAX_REMEMBERED = 5000
MAX_WAITING = 500
"""Requests, of which several may ask for one message."""

_Key = tuple[str, str]


@dataclass(frozen=True)
class Verdict:
    """What the filter says to a message.

    Attributes:
        utterance_id: What will be spoken; None where nothing is.
        rule: Who refused it; None where nobody did.
    """

    utterance_id: str | None = None
    rule: str | None = None


class VerdictClient:
    """Publishes chat and waits for what becomes of it.

    Its word is remembered: who uploads an id again, after a lost answer for instance, is told the
    same. What a bridge has forgotten, or an earlier one heard, the filter says again.
    """

    def __init__(self, bus: Bus, directory: NodeDirectory) -> None:
        self._bus = bus
        self._directory = directory
        self._verdicts: Recent[_Key, Verdict] = Recent(MAX_REMEMBERED)
        self._waiting: dict[_Key, set[asyncio.Future[Verdict]]] = {}

    def start(self) -> None:
        """Hear the filter."""
        self._bus.subscribe(CHAT_ACCEPTED, self._on_accepted)
        self._bus.subscribe(CHAT_REJECTED, self._on_rejected)
        self._bus.subscribe(CHAT_ENDED, self._on_ended)

    async def submit(self, message: ChatMessage) -> Verdict:
        """Hand a message to the filter.

        Raises:
            UnavailableError: No filter answers, or the broker is away, or too many wait.
        """
        key = (message.platform, message.id)
        known = self._verdicts.get(key)
        if known is not None:
            return known
        if not self._directory.ready("filter"):
            why = self._directory.why_not("filter")
            raise UnavailableError(f"no filter is ready: {why}", "NO_FILTER")
        if sum(map(len, self._waiting.values())) >= MAX_WAITING:
            raise UnavailableError("too many messages at once", "SERVER_BUSY")
        verdict: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(key, set())
        waiting.add(verdict)
        try:
            await self._publish(message)
            return await within(VERDICT_TIMEOUT_S, verdict)
        except asyncio.TimeoutError:
            raise UnavailableError("the filter did not answer in time", "NO_FILTER") from None
        finally:
            waiting.discard(verdict)
            if not waiting:
                self._waiting.pop(key, None)

    async def _publish(self, message: ChatMessage) -> None:
        try:
            await self._bus.publish(
                CHAT_MESSAGE,
                message,
                timeout_s=VERDICT_TIMEOUT_S,
                platform=message.platform,
                room=message.room,
            )
        except BusError:
            raise UnavailableError("the broker cannot be reached", "NO_BROKER") from None

    def _on_accepted(self, received: Received[ChatAccepted]) -> None:
        message = received.message
        self._settle(message.platform, message.message_id, Verdict(message.utterance_id))

    def _on_rejected(self, received: Received[ChatRejected]) -> None:
        message = received.message
        self._settle(message.platform, message.message_id, Verdict(rule=message.rule))

    def _on_ended(self, received: Received[ChatEnded]) -> None:
        """What has an end was accepted, although that word was lost."""
        message = received.message
        self._settle(message.platform, message.message_id, Verdict(message.utterance_id))

    def _settle(self, platform: str, message_id: str, verdict: Verdict) -> None:
        """The first word holds."""
        key = (platform, message_id)
        if key in self._verdicts:
            return
        self._verdicts[key] = verdict
        for waiting in self._waiting.get(key, ()):
            if not waiting.done():
                waiting.set_result(verdict)
