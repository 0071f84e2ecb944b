"""Several lines of speech over one socket: `multi-stream-input`, as Pipecat and LiveKit use it."""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.elevenlabs.connection import (
    Connection,
    IdleError,
    close_code,
)
from ishowtts_player.dialects.elevenlabs.context import Context
from ishowtts_player.dialects.elevenlabs.manner import Manner
from ishowtts_player.dialects.elevenlabs.messages import (
    ClientMessage,
    audio_message,
    error_message,
    final_message,
)
from ishowtts_player.dialects.elevenlabs.narrator import Mark
from ishowtts_player.dialects.elevenlabs.packets import Packet
from ishowtts_player.dialects.elevenlabs.terms import Terms
from ishowtts_player.errors import ApiError, InputError

DEFAULT_CONTEXT = "default"


@dataclass
class OpenContext:
    """A context and its work.

    Attributes:
        closing: Nothing more is taken for it.
    """

    context: Context
    speaking: "asyncio.Task[None]"
    active_at_s: float
    closing: bool = False


class MultiSession:
    """Serves one client: contexts speak beside each other and share nothing but the socket."""

    def __init__(
        self, connection: Connection, bridge: Bridge, terms: Terms, manner: Manner
    ) -> None:
        self._connection = connection
        self._bridge = bridge
        self._terms = terms
        self._manner = manner
        self._contexts: dict[str, OpenContext] = {}
        self._closing = False
        self._active_at_s = time.monotonic()

    async def run(self, first: ClientMessage) -> None:
        """Serve until the client closes the socket.

        Raises:
            ApiError: A message cannot be read.
            ClientLeftError: The client is gone.
            IdleError: It has nothing more to say.
        """
        receiving = asyncio.create_task(self._connection.receive(), name="receiving")
        try:
            await self._on_message(first)
            while self._contexts or not self._closing:
                await self._wait(receiving)
                await self._settle()
                if receiving.done():
                    await self._on_message(receiving.result())
                    receiving = asyncio.create_task(self._connection.receive(), name="receiving")
        finally:
            tasks = [receiving, *(one.speaking for one in self._contexts.values())]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._connection.close()

    async def _wait(self, receiving: "asyncio.Task[ClientMessage]") -> None:
        speaking = [one.speaking for one in self._contexts.values()]
        await asyncio.wait(
            (receiving, *speaking),
            timeout=self._patience_s(),
            return_when=asyncio.FIRST_COMPLETED,
        )

    async def _on_message(self, message: ClientMessage) -> None:
        now_s = self._active_at_s = time.monotonic()
        if self._closing:
            return
        if message.close_socket:
            self._close_all()
            return
        context_id = DEFAULT_CONTEXT if message.context is None else message.context
        known = self._contexts.get(context_id)
        if known is not None:
            known.active_at_s = now_s
        try:
            if message.close_context:
                await self._close(context_id)
            elif known is not None or message.text:
                self._take(context_id, message)
        except ApiError as error:
            await self._tell_error(context_id, error)

    def _take(self, context_id: str, message: ClientMessage) -> None:
        known = self._contexts.get(context_id)
        if known is not None and known.closing:
            raise InputError("this context is being closed; take another id", "CONTEXT_CLOSED")
        self._open(context_id).context.take(message)

    def _open(self, context_id: str) -> OpenContext:
        known = self._contexts.get(context_id)
        if known is not None:
            return known
        limit = self._bridge.settings.elevenlabs.max_contexts
        if len(self._contexts) >= limit:
            raise InputError(f"more than {limit} contexts at once", "TOO_MANY_CONTEXTS")
        deliver = partial(self._deliver, context_id)
        context = Context(self._bridge, self._terms, self._manner, deliver)
        speaking = asyncio.create_task(context.run(), name=f"context {context_id}")
        opened = OpenContext(context, speaking, time.monotonic())
        self._contexts[context_id] = opened
        return opened

    def _close_all(self) -> None:
        """All that was sent is heard, then the socket is closed."""
        self._closing = True
        for one in self._contexts.values():
            if not one.closing:
                one.closing = True
                one.context.end(Mark.LAST)

    async def _close(self, context_id: str) -> None:
        """What was flushed is heard; anything else is cut off."""
        known = self._contexts.get(context_id)
        if known is None or known.closing:
            return
        dropped = known.context.forget()
        self._bridge.bus.counters.add("player_socket_text_dropped_total", dropped)
        known.closing = True
        if known.context.flushed:
            known.context.end(Mark.LAST)
            return
        await self._cut_off(context_id)
        await self._deliver(context_id, None)

    async def _cut_off(self, context_id: str) -> None:
        gone = self._contexts.pop(context_id)
        gone.speaking.cancel()
        await asyncio.gather(gone.speaking, return_exceptions=True)

    async def _settle(self) -> None:
        """Forget contexts that are done, or idle; tell why one broke."""
        for context_id, one in list(self._contexts.items()):
            if one.speaking.done():
                del self._contexts[context_id]
                error = one.speaking.exception()
                if isinstance(error, ApiError):
                    await self._tell_error(context_id, error)
                elif error is not None:
                    raise error
            elif not one.closing and not one.context.busy and self._left_s(one.active_at_s) <= 0:
                await self._close(context_id)

    def _patience_s(self) -> float:
        if any(one.context.busy for one in self._contexts.values()):
            return self._terms.inactivity_s
        if self._contexts:
            oldest = min(one.active_at_s for one in self._contexts.values())
            return max(self._left_s(oldest), 0.0)
        left_s = self._left_s(self._active_at_s)
        if left_s <= 0:
            raise IdleError
        return left_s

    def _left_s(self, active_at_s: float) -> float:
        return active_at_s + self._terms.inactivity_s - time.monotonic()

    async def _deliver(self, context_id: str, packet: Packet | None) -> None:
        body = final_message() if packet is None else audio_message(packet.audio, packet.alignment)
        await self._send(context_id, {**body, "is_final": body["isFinal"]})
        self._active_at_s = time.monotonic()
        if context_id in self._contexts:
            self._contexts[context_id].active_at_s = self._active_at_s

    async def _tell_error(self, context_id: str, error: ApiError) -> None:
        await self._send(context_id, error_message(error, close_code(error)))

    async def _send(self, context_id: str, body: dict[str, Any]) -> None:
        await self._connection.send({**body, "contextId": context_id})
