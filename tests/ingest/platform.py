"""What the contract of the sources asks of each fake platform."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from ishowtts_ingest.source import ChannelSource, SourceContext


class Platform(Protocol):
    """A fake on loopback with one channel in which somebody can write."""

    channel: str
    """A name or address of the channel, as a person would type it."""

    @property
    def contacts(self) -> int:
        """Requests and connections so far."""
        ...

    @property
    def open(self) -> int:
        """Connections that are open now, idle ones of HTTP left out."""
        ...

    def build(self, its: SourceContext) -> ChannelSource:
        """A source that reads from this fake."""
        ...

    async def say(self, text: str) -> None:
        """Somebody writes in the channel; where nobody listens, nobody hears it."""
        ...


OpenPlatform = Callable[[], AbstractAsyncContextManager[Platform]]


async def until(condition: Callable[[], bool], timeout_s: float = 5) -> None:
    """Wait for what must come true.

    Raises:
        TimeoutError: It did not.
    """

    async def poll() -> None:
        while not condition():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.005)

    await asyncio.wait_for(poll(), timeout_s)
