"""The bounded line between a source, which never waits, and the broker, which may be away."""

import asyncio
from typing import Any

from ishowtts_bus import Bus, Outbox
from ishowtts_ingest.source import Emit, SourceEvent
from ishowtts_schemas import Topic
from ishowtts_schemas.topics import CHAT_MESSAGE, CHAT_MODERATION, CHAT_REJECTED

_TOPICS: dict[str, Topic[Any]] = {
    "ChatMessage": CHAT_MESSAGE,
    "ChatModeration": CHAT_MODERATION,
    "ChatRejected": CHAT_REJECTED,
}


def open_outbox(bus: Bus, source: str, capacity: int) -> Outbox:
    """An outbox that counts by source what leaves and what is dropped."""
    counters = bus.counters
    return Outbox(
        bus,
        source,
        capacity,
        on_sent=lambda topic: counters.add("ingest_messages_total", source=source, kind=topic.name),
        on_dropped=lambda _, reason: counters.add(
            "ingest_dropped_total", source=source, reason=reason
        ),
    )


def emit_into(outbox: Outbox) -> Emit:
    """What a source hands its events to."""

    def emit(event: SourceEvent) -> "asyncio.Future[bool]":
        topic = _TOPICS[type(event).__name__]
        return outbox.put(topic, event, platform=event.platform, room=event.room)

    return emit
