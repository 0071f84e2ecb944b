"""A real bridge on a free loopback port, on a broker in memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from ishowtts_bus import Bus, MemoryBroker, Received
from ishowtts_player.node import PlayerNode
from ishowtts_player.settings import PlayerSettings
from ishowtts_player.settings.stream import StreamSettings
from ishowtts_schemas import Part, Topic
from tests.player.fake_synth import FakeSynth
from tests.player.sse import SOON_S, SseClient, open_stream

CLIENT_ID = "ishowtts-player-1"


class Site:
    """The bridge under test, and a bus for what other nodes would send."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.bus: Bus = self.broker.bus("others")
        self.heard: list[Any] = []
        self._changed = asyncio.Event()
        self._nodes: list[PlayerNode] = []
        self._streams: list[SseClient] = []
        self._synths: list[FakeSynth] = []
        self._https: list[httpx.AsyncClient] = []

    async def bridge(self, **settings: Any) -> PlayerNode:
        stream = StreamSettings(**settings.pop("stream", {}))
        data_dir = settings.pop("data_dir", None)
        node = PlayerNode(
            self.broker.bus(CLIENT_ID, session_expiry_s=60),
            PlayerSettings(port=settings.pop("port", 0), stream=stream, **settings),
            data_dir=data_dir,
            connect=self.broker.bus,
        )
        self._nodes.append(node)
        await node.start()
        if self.broker.available:
            await node.bus.wait_connected(SOON_S)
        return node

    async def stop_bridge(self) -> None:
        await self._nodes.pop().stop()

    async def synth(self, *voices: str, engine: str = "espeak", **more: Any) -> FakeSynth:
        synth = FakeSynth(self.broker, engine, voices or ("en",), **more)
        self._synths.append(synth)
        await synth.start()
        await self.until(lambda: self._nodes[-1]._directory.ready("synth"))
        return synth

    async def stream(self, query: str = "room=main", **more: Any) -> SseClient:
        client = await open_stream(self._nodes[-1].url, query, **more)
        self._streams.append(client)
        return client

    async def greeted(self, **more: Any) -> SseClient:
        """A stream that is past its greeting."""
        client = await self.stream(**more)
        await client.next("hello")
        return client

    def http(self, **more: Any) -> httpx.AsyncClient:
        client = httpx.AsyncClient(base_url=self._nodes[-1].url, timeout=SOON_S, **more)
        self._https.append(client)
        return client

    async def publish(self, topic: Topic[Any], *messages: Part, **ids: str) -> None:
        for message in messages:
            await self.bus.publish(topic, message, **ids)

    def listen(self, topic: Topic[Any]) -> None:
        """Keep what is published there in `heard`."""

        def hear(received: Received[Any]) -> None:
            self.heard.append(received.message)
            self._changed.set()

        self.bus.subscribe(topic, hear)

    async def hears(self, condition: Callable[[Any], bool]) -> Any:
        """The first message, past or to come, that meets the condition."""

        async def found() -> Any:
            while True:
                for message in self.heard:
                    if condition(message):
                        return message
                self._changed.clear()
                await self._changed.wait()

        return await asyncio.wait_for(found(), SOON_S)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the loop run until something holds."""

        async def holds() -> None:
            while not condition():  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0.002)

        await asyncio.wait_for(holds(), SOON_S)

    async def close(self) -> None:
        closing: list[Awaitable[Any]] = [client.close() for client in self._streams]
        closing += [client.aclose() for client in self._https]
        await asyncio.gather(*closing)
        for synth in self._synths:
            await synth.close()
        for node in self._nodes:
            await node.stop()
        await self.bus.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.bus.start()
    yield site
    await site.close()
