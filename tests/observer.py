"""Hears the bus for a test."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from ishowtts_bus import Received
from ishowtts_schemas import Part

M = TypeVar("M", bound=Part)
SOON_S = 5.0


class Observer:
    """Keeps what it hears on the bus and lets a test wait for it."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self._news = asyncio.Event()

    def hear(self, received: Received[Any]) -> None:
        self.heard.append(received.message)
        self._news.set()

    def of(self, kind: type[M]) -> list[M]:
        return [message for message in self.heard if isinstance(message, kind)]

    async def wait_for(self, kind: type[M], count: int = 1) -> list[M]:
        """The first `count` messages of a kind."""
        await self.wait_until(lambda: len(self.of(kind)) >= count)
        return self.of(kind)[:count]

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        async def loop() -> None:
            while not condition():
                self._news.clear()
                await self._news.wait()

        await asyncio.wait_for(loop(), SOON_S)
