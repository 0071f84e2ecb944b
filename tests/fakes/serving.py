"""A fake platform that serves for as long as a test needs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar


class Fake(Protocol):
    """What listens on loopback."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


F = TypeVar("F", bound=Fake)


@asynccontextmanager
async def serving(fake: F) -> AsyncIterator[F]:
    """Start a fake, and stop it in the end."""
    await fake.start()
    try:
        yield fake
    finally:
        await fake.stop()
        await asyncio.sleep(0)  # so that the closed transports are gone
