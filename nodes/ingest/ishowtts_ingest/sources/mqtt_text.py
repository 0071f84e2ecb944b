"""Plain text, JSON or msgpack that any app publishes on `text/{room}`."""

import asyncio
import uuid
from typing import ClassVar

from ishowtts_bus import BusError, Invalid, Received, ReplyTo
from ishowtts_ingest.settings import MqttTextSettings
from ishowtts_ingest.source import Emit, Source, SourceContext
from ishowtts_schemas import (
    Author,
    ChatMessage,
    CommandReply,
    TextRequest,
    is_slug,
    slugify,
)
from ishowtts_schemas.topics import TEXT_REQUEST

SHOWN_CHARS = 80


class MqttTextSource(Source):
    """Turns each text into a chat message; the broker keeps a text until it is passed on."""

    name: ClassVar[str] = "mqtt_text"
    platform: ClassVar[str] = "mqtt"

    def __init__(self, context: SourceContext, settings: MqttTextSettings) -> None:
        super().__init__(context)
        self._settings = settings

    async def run(self, emit: Emit) -> None:
        async def on_text(received: Received[TextRequest]) -> None:
            await self._pass_on(received, emit)

        async def on_invalid(invalid: Invalid) -> None:
            await self._refuse(invalid.ids["room"], str(invalid.error), invalid.reply_to, emit)

        bus = self.context.bus
        bus.subscribe(
            TEXT_REQUEST,
            on_text,
            on_invalid=on_invalid,
            concurrency=self._settings.concurrency,
        )
        try:
            await asyncio.Event().wait()
        finally:
            if not self.context.leaving:
                bus.unsubscribe(TEXT_REQUEST)

    async def _pass_on(self, received: Received[TextRequest], emit: Emit) -> None:
        room = received.ids["room"]
        if received.retained:
            # Kept by the broker from an earlier day, and heard again at every start.
            self.count_invalid("retained")
        elif not is_slug(room):
            reason = f"room {room[:SHOWN_CHARS]!r} is not a name of a-z, 0-9, _ and -"
            self.count_invalid("room")
            await self._refuse(room, reason, received.reply_to, emit)
        else:
            message = self._message(received.message, room)
            taken = await emit(message)
            if received.reply_to is not None:
                await self._reply(received.reply_to, _answer(message.id, taken=taken))

    def _message(self, request: TextRequest, room: str) -> ChatMessage:
        author = self._settings.author if request.author is None else request.author
        return ChatMessage(
            id=request.id or uuid.uuid4().hex,
            platform=self.platform,
            room=room,
            author=Author(name=author),
            text=request.text,
            received_at_ns=self.context.clock_ns(),
            priority=request.priority,
            voice=request.voice,
            engine=request.engine,
            profile=request.profile,
        )

    async def _refuse(self, room: str, reason: str, reply_to: ReplyTo | None, emit: Emit) -> None:
        await emit(self.rejected(slugify(room), reason))
        if reply_to is not None:
            await self._reply(reply_to, CommandReply(ok=False, error=reason, code="bad_request"))

    async def _reply(self, to: ReplyTo, reply: CommandReply) -> None:
        try:
            await self.context.bus.reply(to, reply)
        except BusError:
            self.count_invalid("reply_to")


def _answer(message_id: str, *, taken: bool) -> CommandReply:
    if taken:
        return CommandReply(ok=True, result={"message_id": message_id})
    return CommandReply(
        ok=False, error="too much text at once; try again later", code="unavailable"
    )
