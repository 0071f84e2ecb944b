"""The bridge with a synth that sings, and plain WebSockets to it."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ishowtts_bus.counters import Counters
from ishowtts_player.settings.elevenlabs import ElevenLabsSettings
from tests.player.conftest import Site
from tests.player.fake_synth import FakeSynth
from tests.player.house import House
from tests.player.sse import SOON_S

STREAM = "/v1/text-to-speech/en/stream-input"
MULTI = "/v1/text-to-speech/en/multi-stream-input"
KEY = "the key"


class Talk:
    """One socket, as a client by hand."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        """The next message."""
        return json.loads(await asyncio.wait_for(self.socket.recv(), SOON_S))

    async def until_final(self) -> list[dict[str, Any]]:
        """All messages up to the one that says so."""
        heard = [await self.hear()]
        while heard[-1].get("isFinal") is not True:
            heard.append(await self.hear())
        return heard

    async def closed(self) -> tuple[int, list[dict[str, Any]]]:
        """The close code, and what came before."""
        heard = await asyncio.wait_for(self._rest(), SOON_S)
        return self.socket.close_code or 0, heard

    async def _rest(self) -> list[dict[str, Any]]:
        heard: list[dict[str, Any]] = []
        with contextlib.suppress(ConnectionClosed):
            while True:
                heard.append(json.loads(await self.socket.recv()))
        return heard


def audio(messages: list[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(one.get("audio") or "") for one in messages)


def chars(messages: list[dict[str, Any]], key: str = "alignment") -> str:
    return "".join("".join(one[key]["chars"]) for one in messages if one.get(key))


class Theatre:
    """What one test uses: a house that others use after it, or one with its own settings."""

    def __init__(self, shared: House) -> None:
        self._shared = shared
        self._own: list[House] = []
        self._talks: list[Talk] = []

    @property
    def house(self) -> House:
        return self._own[-1] if self._own else self._shared

    @property
    def site(self) -> Site:
        return self.house.site

    @property
    def synth(self) -> FakeSynth:
        return self.house.synth

    @property
    def url(self) -> str:
        return self.house.url

    @property
    def counters(self) -> Counters:
        return self.house.node.bus.counters

    async def open(self, **settings: Any) -> None:
        if settings:
            self._own.append(await House().open(**settings))

    async def talk(self, path: str, key: str | None = None, **query: Any) -> Talk:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        headers = {"xi-api-key": key} if key else {}
        address = f"{self.url.replace('http', 'ws', 1)}{path}?{asked}"
        talk = Talk(await connect(address, additional_headers=headers, proxy=None))
        self._talks.append(talk)
        return talk

    async def close(self) -> None:
        for talk in self._talks:
            await talk.socket.close()
        for house in self._own:
            await house.site.close()
        await self._shared.forget()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house() -> AsyncIterator[House]:
    house = await House().open(elevenlabs=ElevenLabsSettings(forward_rooms=("main",)))
    yield house
    await house.site.close()


@pytest_asyncio.fixture(loop_scope="module")
async def theatre(house: House) -> AsyncIterator[Theatre]:
    theatre = Theatre(house)
    yield theatre
    await theatre.close()
