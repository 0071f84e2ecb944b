"""Between somebody who may not wait and a broker that may be away."""

import asyncio

import pytest

from ishowtts_bus import Bus, MemoryBroker, Outbox, Received
from ishowtts_schemas import ChatMessage, Emote, Part, Topic
from ishowtts_schemas.topics import CHAT_MESSAGE
from tests.bus.messages import chat_message

SOON_S = 5.0


class Stage:
    """An outbox with two publishers, and an app that hears them."""

    def __init__(self, capacity: int) -> None:
        self.broker = MemoryBroker()
        self.bus: Bus = self.broker.bus("sender")
        self.app = self.broker.bus("app")
        self.heard: list[str] = []
        self.sent = 0
        self.dropped: list[tuple[str, str]] = []
        self.outbox = Outbox(
            self.bus, "test", capacity, on_sent=self._on_sent, on_dropped=self._on_dropped
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self):
        self.app.subscribe(CHAT_MESSAGE, self._hear)
        for bus in (self.app, self.bus):
            await bus.start()
            await bus.wait_connected(SOON_S)
        self._tasks = [asyncio.create_task(self.outbox.publish_forever()) for _ in range(2)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.bus.close()
        await self.app.close()

    def put(self, text: str) -> "asyncio.Future[bool]":
        return self.outbox.put(CHAT_MESSAGE, chat_message(text), platform="mqtt", room="main")

    def _hear(self, received: Received[ChatMessage]) -> None:
        self.heard.append(received.message.text)

    def _on_sent(self, _topic: Topic[ChatMessage]) -> None:
        self.sent += 1

    def _on_dropped(self, topic: Topic[ChatMessage], reason: str) -> None:
        self.dropped.append((topic.name, reason))


def chat_text(message: Part) -> str:
    return message.text if isinstance(message, ChatMessage) else ""


async def test_messages_leave_in_order_and_the_sender_can_know() -> None:
    async with Stage(10) as stage:
        sent = [stage.put(str(number)) for number in range(5)]
        assert await asyncio.gather(*sent) == [True] * 5
        assert stage.heard == ["0", "1", "2", "3", "4"]
        assert (stage.sent, stage.dropped) == (5, [])


async def test_while_the_broker_is_away_the_newest_are_kept() -> None:
    async with Stage(10) as stage:
        stage.broker.go_down()
        sent = [stage.put(str(number)) for number in range(30)]
        stage.broker.come_back()
        assert await asyncio.gather(*sent) == [False] * 20 + [True] * 10
        assert stage.heard == [str(number) for number in range(20, 30)]
        assert stage.dropped == [("chat_message", "full")] * 20


async def test_what_nobody_wants_any_more_is_dropped_and_the_rest_keeps_its_order() -> None:
    async with Stage(10) as stage:
        sent = [stage.put(str(number)) for number in range(8)]
        stage.outbox.withdraw(lambda message: chat_text(message) in {"0", "3", "7"})
        assert await asyncio.gather(*sent) == [number not in {0, 3, 7} for number in range(8)]
        assert stage.heard == ["1", "2", "4", "5", "6"]
        assert stage.dropped == [("chat_message", "withdrawn")] * 3
        await stage.outbox.close(SOON_S)


async def test_closing_waits_for_what_is_on_its_way() -> None:
    async with Stage(10) as stage:
        sent = [stage.put(str(number)) for number in range(5)]
        await stage.outbox.close(SOON_S)
        assert all(one.result() for one in sent)


async def test_closing_gives_up_what_cannot_be_sent_and_says_neither_yes_nor_no() -> None:
    async with Stage(10) as stage:
        stage.broker.go_down()
        pending = stage.put("1")
        await asyncio.sleep(0)
        await stage.outbox.close(0.01)
        assert pending.cancelled(), "its sender keeps it"
        assert stage.put("2").cancelled()


async def test_a_sender_that_no_longer_waits_stops_nobody() -> None:
    async with Stage(10) as stage:
        stage.put("1").cancel()
        assert await stage.put("2")
        assert stage.heard == ["1", "2"]


@pytest.mark.parametrize(
    "wrong",
    [
        chat_message("\ud800", id="x"),
        chat_message("x", emotes=(Emote(name="x", start=0, end=10**30),)),
    ],
    ids=["surrogate", "number"],
)
async def test_what_cannot_be_encoded_is_dropped_and_the_rest_goes_on(wrong: ChatMessage) -> None:
    async with Stage(10) as stage:
        refused = stage.outbox.put(CHAT_MESSAGE, wrong, platform="mqtt", room="main")
        nowhere = stage.outbox.put(CHAT_MESSAGE, wrong, platform="mqtt", room="No Room")
        assert await stage.put("next")
        assert not await refused
        assert not await nowhere
        assert stage.dropped == [("chat_message", "refused")] * 2
