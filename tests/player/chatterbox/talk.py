"""A client of Chatterbox's socket."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.player.sse import SOON_S


class Talk:
    """One connection. Binary frames come as bytes, the others as what their JSON says."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def next(self) -> Any:
        frame = await asyncio.wait_for(self.socket.recv(), SOON_S)
        return frame if isinstance(frame, bytes) else json.loads(frame)

    async def until(self, kind: str) -> list[Any]:
        """Messages up to and with the first of that type."""
        messages = [await self.next()]
        while isinstance(messages[-1], bytes) or messages[-1]["type"] != kind:
            messages.append(await self.next())
        return messages


@asynccontextmanager
async def talk(url: str, query: str = "", **more: Any) -> AsyncIterator[Talk]:
    """A connection that was greeted."""
    address = f"{url.replace('http', 'ws', 1)}/ws/tts{query}"
    async with connect(address, proxy=None, **more) as socket:
        one = Talk(socket)
        assert (await one.next())["type"] == "ready"
        yield one


def sound(chunks: list[Any]) -> bytes:
    """The samples of `chunk` messages or of binary frames."""
    parts = [one for one in chunks if isinstance(one, bytes) or one["type"] == "chunk"]
    return b"".join(
        part if isinstance(part, bytes) else base64.b64decode(part["data"]) for part in parts
    )
