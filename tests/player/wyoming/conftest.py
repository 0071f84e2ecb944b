"""A bridge with Wyoming on a free port, and the official package's client."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from wyoming.client import AsyncTcpClient

from ishowtts_player.settings.smart_home import WyomingSettings
from tests.broker import free_port
from tests.player.conftest import Site
from tests.player.sse import SOON_S

Connect = Callable[..., Any]


@pytest.fixture
async def connect(site: Site) -> AsyncIterator[Connect]:
    """Starts a bridge at its first call; each call is one connection."""
    clients: list[AsyncTcpClient] = []
    ports: list[int] = []

    async def open_client(settings: dict[str, Any] | None = None, **bridge: Any) -> AsyncTcpClient:
        if not ports:
            ports.append(free_port())
            wyoming = WyomingSettings(port=ports[0], **(settings or {}))
            await site.bridge(wyoming=wyoming, **bridge)
        client = AsyncTcpClient("127.0.0.1", ports[0], SOON_S, SOON_S)
        await client.connect()
        clients.append(client)
        return client

    yield open_client
    for client in clients:
        await client.disconnect()
