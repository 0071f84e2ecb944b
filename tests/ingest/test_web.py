"""The sessions in which platforms are reached."""

import asyncio

from aiohttp import web

from ishowtts_ingest.network.web import open_session
from ishowtts_ingest.settings.network import NetworkSettings
from tests.broker import free_port

ROOMS = 120
"""More than aiohttp connects to by itself."""


async def test_every_room_may_keep_its_websocket_open() -> None:
    async def chat(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        return socket

    application = web.Application()
    application.router.add_get("/", chat)
    runner = web.AppRunner(application)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        async with open_session(NetworkSettings(), timeout_s=5) as session:
            sockets = [session.ws_connect(f"http://127.0.0.1:{port}/") for _ in range(ROOMS)]
            opened = await asyncio.gather(*sockets)
            assert not any(socket.closed for socket in opened)
            await asyncio.gather(*(socket.close() for socket in opened))
    finally:
        await runner.cleanup()
