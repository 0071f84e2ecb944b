"""A speech request on the bus, answered on a topic of one's own."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any, ClassVar

from ishowtts_bus import Bus, Received, ReplyTo, connect
from ishowtts_cli.bench.clients.client import Client, Place, RefusedError
from ishowtts_schemas import AudioChunk, AudioStop, SpeechFailed, SpeechRequest
from ishowtts_schemas.topics import REPLY, SPEECH_REQUEST, Reply

TIMEOUT_S = 30.0
NS = 1_000_000_000


class MqttReply(Client):
    name: ClassVar[str] = "MQTT, reply topic"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._bus: Bus | None = None
        self._answers: asyncio.Queue[Reply] = asyncio.Queue()

    async def open(self) -> None:
        """Connect, and hear answers."""
        self._bus = connect(self.place.broker, f"ishowtts-bench-{uuid.uuid4().hex[:8]}")
        await self._bus.start()
        await self._bus.wait_connected(TIMEOUT_S)
        self._bus.subscribe(REPLY, self._on_reply, client=self._bus.reply_id)

    async def close(self) -> None:
        """Disconnect."""
        if self._bus is not None:
            await self._bus.close()

    async def hear(self, text: str, voice: str) -> AsyncIterator[bytes]:
        """Ask, and read to the stop."""
        if self._bus is None:
            raise RuntimeError("open() comes first")
        request = SpeechRequest(
            utterance_id=uuid.uuid4().hex,
            room="bench",
            text=text,
            voice=voice,
            deadline_at_ns=time.time_ns() + int(TIMEOUT_S * NS),
            priority="interactive",
        )
        reply_to = ReplyTo(REPLY.address(client=self._bus.reply_id))
        engine = self.place.engine
        await self._bus.publish(SPEECH_REQUEST, request, engine=engine, reply_to=reply_to)
        while True:
            message = await asyncio.wait_for(self._answers.get(), TIMEOUT_S)
            if isinstance(message, AudioChunk):
                yield message.pcm
            elif isinstance(message, SpeechFailed):
                raise RefusedError(f"{self.name}: {message.text}")
            elif isinstance(message, AudioStop):
                return

    def _on_reply(self, received: Received[Any]) -> None:
        self._answers.put_nowait(received.message)
