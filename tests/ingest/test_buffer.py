"""Between a source that never waits and a broker that may be away."""

import asyncio

from ishowtts_bus import Bus, MemoryBroker
from ishowtts_ingest.buffer import EventBuffer
from ishowtts_schemas import Author, ChatMessage
from ishowtts_schemas.topics import CHAT_MESSAGE
from tests.ingest.stage import SOON_S, Observer


def chat(number: int) -> ChatMessage:
    return ChatMessage(
        id=f"m{number}",
        platform="fake",
        room="main",
        author=Author(name=""),
        text=str(number),
        received_at_ns=0,
    )


class Stage:
    def __init__(self, capacity: int) -> None:
        self.broker = MemoryBroker()
        self.bus: Bus = self.broker.bus("ingest")
        self.app = self.broker.bus("app")
        self.events = Observer()
        self.buffer = EventBuffer(self.bus, "fake", capacity)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self):
        self.app.subscribe(CHAT_MESSAGE, self.events.hear)
        for bus in (self.app, self.bus):
            await bus.start()
            await bus.wait_connected(SOON_S)
        self._tasks = [asyncio.create_task(self.buffer.publish_forever()) for _ in range(2)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.bus.close()
        await self.app.close()


async def test_events_leave_in_order_and_the_source_can_know() -> None:
    async with Stage(10) as stage:
        taken = [stage.buffer.put(chat(number)) for number in range(5)]
        assert await asyncio.gather(*taken) == [True] * 5
        heard = await stage.events.wait_for(ChatMessage, 5)
        assert [one.text for one in heard] == ["0", "1", "2", "3", "4"]


async def test_while_the_broker_is_away_the_newest_are_kept() -> None:
    async with Stage(10) as stage:
        stage.broker.go_down()
        taken = [stage.buffer.put(chat(number)) for number in range(30)]
        stage.broker.come_back()
        sent = await asyncio.gather(*taken)
        assert sent == [False] * 20 + [True] * 10
        heard = await stage.events.wait_for(ChatMessage, 10)
        assert [one.text for one in heard] == [str(number) for number in range(20, 30)]
        dropped = stage.bus.counters.get("ingest_dropped_total", source="fake", reason="full")
        assert dropped == 20


async def test_closing_gives_up_what_cannot_be_sent_and_says_neither_yes_nor_no() -> None:
    async with Stage(10) as stage:
        stage.broker.go_down()
        pending = stage.buffer.put(chat(1))
        await asyncio.sleep(0)
        await stage.buffer.close(0.01)
        assert pending.cancelled(), "its sender keeps it"
        assert stage.buffer.put(chat(2)).cancelled()
