"""What the filter tells the world about chat: accepted, rejected, ended."""

import asyncio
from collections.abc import Callable
from functools import partial

from ishowtts_bus import Counters, Outbox
from ishowtts_filter.intake import Refusal
from ishowtts_filter.journal.records import News
from ishowtts_filter.utterance import Ended, Utterance
from ishowtts_schemas import ChatAccepted, ChatEnded, ChatMessage, ChatRejected
from ishowtts_schemas.topics import CHAT_ACCEPTED, CHAT_ENDED, CHAT_REJECTED


class ChatReports:
    """Publishes what became of messages, and counts it.

    Args:
        outbox: Where they wait for the broker.
        counters: The node's.
        on_told: Called with the utterance's id when the broker has its rejection or its end.
        voice_of: Names the voice that will probably speak an utterance.
        clock_ns: Wall clock.
    """

    def __init__(
        self,
        outbox: Outbox,
        counters: Counters,
        on_told: Callable[[str], None],
        voice_of: Callable[[Utterance], str],
        clock_ns: Callable[[], int],
    ) -> None:
        self._outbox = outbox
        self._counters = counters
        self._on_told = on_told
        self._voice_of = voice_of
        self._clock_ns = clock_ns

    def repeated(self) -> None:
        """A message came again."""
        self._count("duplicate")

    def rejected(self, message: ChatMessage, refusal: Refusal, utterance_id: str) -> None:
        """It will not be spoken."""
        self._count("rejected", refusal.rule)
        row = (utterance_id, message.platform, message.id, message.room)
        self.tell(News(*row, "rejected", refusal.rule, refusal.reason))

    def accepted(self, utterance: Utterance, *, again: bool = False) -> None:
        """It waits to be spoken; `again` where it may have been said before a crash."""
        if not again:
            self._count("accepted")
        accepted = ChatAccepted(
            message_id=utterance.message_id,
            platform=utterance.platform,
            room=utterance.room,
            utterance_id=utterance.id,
            spoken=utterance.spoken,
            voice=self._voice_of(utterance),
            at_ns=self._clock_ns(),
        )
        self._outbox.put(CHAT_ACCEPTED, accepted, platform=utterance.platform, room=utterance.room)

    def ended(self, ended: Ended) -> None:
        """The one end of an accepted message."""
        self._counters.add("filter_ended_total", outcome=ended.outcome)
        utterance = ended.utterance
        row = (utterance.id, utterance.platform, utterance.message_id, utterance.room)
        self.tell(News(*row, ended.outcome, None, ended.reason))

    def tell(self, news: News) -> None:
        """Publish a rejection or an end; after a crash perhaps once more than needed."""
        ids = {"platform": news.platform, "room": news.room}
        facts = {**ids, "message_id": news.message_id, "reason": news.reason}
        if news.outcome == "rejected":
            rejected = ChatRejected(rule=news.rule or "", at_ns=self._clock_ns(), **facts)
            sent = self._outbox.put(CHAT_REJECTED, rejected, **ids)
        else:
            facts["utterance_id"] = news.utterance_id
            ended = ChatEnded(outcome=news.outcome, at_ns=self._clock_ns(), **facts)
            sent = self._outbox.put(CHAT_ENDED, ended, **ids)
        sent.add_done_callback(partial(self._on_sent, news.utterance_id))

    def _on_sent(self, utterance_id: str, sent: "asyncio.Future[bool]") -> None:
        if not sent.cancelled() and sent.result():
            self._on_told(utterance_id)

    def _count(self, outcome: str, rule: str = "") -> None:
        self._counters.add("filter_messages_total", outcome=outcome, rule=rule)
