"""WebSockets, and Wyoming over TCP."""

import base64
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from ishowtts_cli.bench.clients.client import RATE_HZ, Client, Place, RefusedError

TIMEOUT_S = 30.0


class ElevenLabsSocket(Client):
    """A socket for each text, as ElevenLabs' own client opens it; handshake and all."""

    name: ClassVar[str] = "ElevenLabs, stream-input"

    async def hear(self, text: str, voice: str) -> AsyncIterator[bytes]:
        """One socket, one text."""
        place = self.place
        path = f"/v1/text-to-speech/{voice}/stream-input?output_format=pcm_24000"
        async with connect(f"ws://{place.host}:{place.port}{path}") as socket:
            for frame in ({"text": " "}, {"text": f"{text} "}, {"text": ""}):
                await _send(socket, frame)
            async for message in socket:
                answer = msgspec.json.decode(message)
                if answer.get("message"):
                    raise RefusedError(f"{self.name}: {answer['message']}")
                if answer.get("audio"):
                    yield base64.b64decode(answer["audio"])


class ChatterboxSocket(Client):
    """One socket for all texts."""

    name: ClassVar[str] = "Chatterbox, socket"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._socket: ClientConnection | None = None

    async def open(self) -> None:
        """Connect, and read the greeting."""
        self._socket = await connect(f"ws://{self.place.host}:{self.place.port}/ws/tts")
        await self._socket.recv()

    async def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            await self._socket.close()

    async def hear(self, text: str, voice: str) -> AsyncIterator[bytes]:
        """Say it, and read to its end."""
        if self._socket is None:
            raise RuntimeError("open() comes first")
        audio = {"format": "pcm_s16le", "sample_rate": RATE_HZ, "transport": "base64"}
        say = {"type": "say", "text": text, "voice": {"audio_prompt_path": voice}, "audio": audio}
        await _send(self._socket, say)
        async for message in self._socket:
            answer = msgspec.json.decode(message)
            if answer["type"] == "error":
                raise RefusedError(f"{self.name}: {answer['error']}")
            if answer["type"] == "done":
                return
            if answer.get("data"):
                yield base64.b64decode(answer["data"])


class WyomingSocket(Client):
    """One connection for all texts; Home Assistant makes one for each."""

    name: ClassVar[str] = "Wyoming"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._client: Any = None

    async def open(self) -> None:
        """Connect."""
        from wyoming.client import AsyncTcpClient

        self._client = AsyncTcpClient(
            self.place.host, self.place.wyoming_port, TIMEOUT_S, TIMEOUT_S
        )
        await self._client.connect()

    async def close(self) -> None:
        """Hang up."""
        await self._client.disconnect()

    async def hear(self, text: str, voice: str) -> AsyncIterator[bytes]:
        """Say it, and read to `audio-stop`."""
        from wyoming.tts import Synthesize, SynthesizeVoice

        await self._client.write_event(Synthesize(text, SynthesizeVoice(name=voice)).event())
        while True:
            event = await self._client.read_event()
            if event is None or event.type == "error":
                raise RefusedError(f"{self.name}: {event.data if event else 'closed'}")
            if event.type == "audio-stop":
                return
            if event.payload:
                yield event.payload


async def _send(socket: ClientConnection, message: dict[str, Any]) -> None:
    await socket.send(msgspec.json.encode(message).decode())


SOCKET_CLIENTS: tuple[type[Client], ...] = (ElevenLabsSocket, ChatterboxSocket, WyomingSocket)
