"""One voice over one socket, while text comes in: `stream-input` in both of its meanings.

ElevenLabs' clients send text, then `""`, hear the rest and are told goodbye. XTTS's clients begin
with `ttsInitRequest`, get PCM in shards at the pace of playback, and after `""` may go on.
"""

import asyncio
import time
from typing import Any

from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.elevenlabs.connection import Connection, IdleError
from ishowtts_player.dialects.elevenlabs.context import Context
from ishowtts_player.dialects.elevenlabs.manner import Manner
from ishowtts_player.dialects.elevenlabs.messages import (
    ClientMessage,
    audio_message,
    final_message,
    xtts_message,
)
from ishowtts_player.dialects.elevenlabs.narrator import Mark
from ishowtts_player.dialects.elevenlabs.packets import Packet
from ishowtts_player.dialects.elevenlabs.terms import Terms

KEEP_ALIVE = " "


class StreamSession:
    """Serves one client until it, or the last word, ends the conversation."""

    def __init__(
        self, connection: Connection, bridge: Bridge, terms: Terms, manner: Manner
    ) -> None:
        self._connection = connection
        self._terms = terms
        self._context = Context(bridge, terms, manner, self._deliver)
        self._ending = False
        self._active_at_s = time.monotonic()

    async def run(self, first: ClientMessage) -> None:
        """Serve, and say goodbye.

        Raises:
            ApiError: Something cannot be spoken, or read.
            ClientLeftError: The client did not wait for the end.
            IdleError: It has nothing more to say.
        """
        self._on_message(first)
        speaking = asyncio.create_task(self._context.run(), name="speaking")
        receiving = asyncio.create_task(self._connection.receive(), name="receiving")
        try:
            while not speaking.done():
                await asyncio.wait(
                    (speaking, receiving),
                    timeout=self._patience_s(),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if receiving.done():
                    self._on_message(receiving.result())
                    receiving = asyncio.create_task(self._connection.receive(), name="receiving")
            speaking.result()
        finally:
            for task in (speaking, receiving):
                task.cancel()
            await asyncio.gather(speaking, receiving, return_exceptions=True)
        await self._connection.close()

    def _on_message(self, message: ClientMessage) -> None:
        self._active_at_s = time.monotonic()
        if self._ending or (self._terms.xtts and message.text == KEEP_ALIVE):
            return
        self._context.take(message)
        if message.text == "":
            self._ending = not self._terms.xtts
            self._context.end(Mark.FINAL if self._terms.xtts else Mark.LAST)

    def _patience_s(self) -> float:
        """How long to wait for the client.

        Raises:
            IdleError: Not any longer.
        """
        if self._context.busy:
            return self._terms.inactivity_s
        left_s = self._active_at_s + self._terms.inactivity_s - time.monotonic()
        if left_s <= 0:
            raise IdleError
        return left_s

    async def _deliver(self, packet: Packet | None) -> None:
        body = self._body(packet)
        if body is not None:
            await self._connection.send(body)
        self._active_at_s = time.monotonic()

    def _body(self, packet: Packet | None) -> dict[str, Any] | None:
        if self._terms.xtts:
            return xtts_message(packet, alignment=self._terms.alignment)
        return final_message() if packet is None else audio_message(packet.audio, packet.alignment)
