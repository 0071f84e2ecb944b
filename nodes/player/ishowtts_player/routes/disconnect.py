"""Stopping work for a client that has left."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from litestar import Request, WebSocket

from ishowtts_player.errors import ApiError

T = TypeVar("T")

CLIENT_CLOSED_REQUEST = 499


Client = Request[Any, Any, Any] | WebSocket[Any, Any, Any]
LEAVING = ("http.disconnect", "websocket.disconnect")


async def unless_gone(client: Client, work: Coroutine[Any, Any, T]) -> T:
    """Do the work, but cancel it when the client leaves.

    A request's body has been read; what a socket says meanwhile is not heard.

    Raises:
        ApiError: The client left; nobody will read it.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.create_task(_gone(client), name="disconnect")
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ApiError(CLIENT_CLOSED_REQUEST, "CLIENT_LEFT", "the client left")
    finally:
        for unfinished in (task, gone):
            unfinished.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(client: Client) -> None:
    while (await client.receive())["type"] not in LEAVING:
        pass
