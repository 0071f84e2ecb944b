"""What becomes of a source's events is counted under its name."""

import asyncio

from ishowtts_bus import MemoryBroker
from ishowtts_ingest.outbox import emit_into, open_outbox
from ishowtts_schemas import Author, ChatMessage, ChatModeration
from ishowtts_schemas.topics import CHAT_MESSAGE, CHAT_MODERATION
from tests.observer import SOON_S, Observer

CHAT = ChatMessage(
    id="m", platform="fake", room="main", author=Author(name=""), text="hi", received_at_ns=0
)
CLEARED = ChatModeration(platform="fake", room="main", action="chat_cleared", at_ns=0)


async def test_each_event_leaves_on_its_topic_or_is_counted_as_dropped() -> None:
    broker = MemoryBroker()
    bus, app, events = broker.bus("ingest"), broker.bus("app"), Observer()
    for topic in (CHAT_MESSAGE, CHAT_MODERATION):
        app.subscribe(topic, events.hear, platform="fake", room="main")
    for one in (app, bus):
        await one.start()
        await one.wait_connected(SOON_S)
    outbox = open_outbox(bus, "fake", 2)
    emit = emit_into(outbox)
    taken = [emit(event) for event in (CHAT, CHAT, CLEARED)]
    publisher = asyncio.create_task(outbox.publish_forever())
    assert await asyncio.gather(*taken) == [False, True, True]
    assert events.heard == [CHAT, CLEARED]
    count = bus.counters.get
    assert count("ingest_dropped_total", source="fake", reason="full") == 1
    for kind in ("chat_message", "chat_moderation"):
        assert count("ingest_messages_total", source="fake", kind=kind) == 1
    publisher.cancel()
    await bus.close()
    await app.close()
