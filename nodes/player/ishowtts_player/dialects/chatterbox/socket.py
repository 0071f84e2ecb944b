"""Chatterbox's socket: texts one after the other in, audio as it is made out."""

import asyncio
import uuid
from collections.abc import Callable
from contextlib import aclosing
from importlib.metadata import version
from typing import Annotated, Any

import msgspec
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.params import QueryParameter

from ishowtts_bus.patience import within
from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.chatterbox.messages import (
    Cancel,
    ClientMessage,
    Form,
    MessageError,
    Say,
    SetVoice,
    check_say,
    read_message,
)
from ishowtts_player.dialects.chatterbox.saying import Saying
from ishowtts_player.dialects.chatterbox.voices import find_voice
from ishowtts_player.dialects.chatterbox.wish import as_contract
from ishowtts_player.errors import ApiError, InputError, UnavailableError
from ishowtts_player.routes.parameters import TheBridge
from ishowtts_player.server import ABORT
from ishowtts_player.speech.streaming import STALL_S

AnySocket = WebSocket[Any, Any, Any]
Frames = Annotated[
    str | None, QueryParameter(description="`binary`: samples in binary frames, no base64.")
]


class StalledError(Exception):
    """The client reads no more, and the socket is to be closed."""


class Conversation:
    """One client on its socket: a reader of messages, and a speaker of what waits.

    Args:
        socket: Accepted.
        bridge: Speaks.
        form: Which of the two the client knows.
    """

    def __init__(self, socket: AnySocket, bridge: Bridge, form: Form) -> None:
        self._socket = socket
        self._bridge = bridge
        self._form = form
        self._voice: str | None = None
        self._waiting: dict[str, Saying] = {}
        self._more = asyncio.Event()
        self._spoken: tuple[str, asyncio.Task[None]] | None = None

    async def run(self) -> None:
        """Serve until the client leaves or reads no more."""
        await self._send(self._greeting())
        tasks = [
            asyncio.create_task(self._read(), name="chatterbox reader"),
            asyncio.create_task(self._speak_all(), name="chatterbox speaker"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _greeting(self) -> dict[str, Any]:
        synths = self._bridge.directory.synths()
        return {
            "type": "ready",
            "models": sorted({one.engine for one in synths if one.engine}),
            "device": next((one.device for one in synths if one.device), "cpu"),
            "version": version("ishowtts"),
            "default_format": "pcm_s16le",
        }

    async def _read(self) -> None:
        while True:
            event = await self._socket.receive()
            if event["type"] != "websocket.receive":
                return
            try:
                await self._on_message(read_message(event.get("text")))
            except MessageError as refused:
                await self._send(self._form.error(refused.error, refused.say_id))

    async def _on_message(self, message: ClientMessage) -> None:
        if isinstance(message, Say):
            self._queue(message)
        elif isinstance(message, SetVoice):
            await self._set_voice(message)
        else:
            await self._cancel(message)

    def _queue(self, say: Say) -> None:
        try:
            check_say(say, self._form)
            if say.id in self._ids():
                raise InputError(f"the id {say.id!r} is in use", "INVALID_REQUEST", field="id")
            if len(self._waiting) >= self._bridge.settings.chatterbox.max_queued:
                raise UnavailableError("too many texts wait on this socket", "SERVER_BUSY")
        except ApiError as error:
            raise MessageError(error, say.id) from None
        say_id = say.id or str(uuid.uuid4())
        self._waiting[say_id] = Saying(self._bridge, say_id, say, self._voice)
        self._more.set()

    def _ids(self) -> set[str]:
        spoken = {self._spoken[0]} if self._spoken else set[str]()
        return spoken | self._waiting.keys()

    async def _set_voice(self, wanted: SetVoice) -> None:
        if not wanted.voice_path:
            raise MessageError(InputError("set_voice needs a voice_path", "MISSING_VOICE_PATH"))
        try:
            self._voice = find_voice(self._bridge.directory, wanted.voice_path).id
        except ApiError as error:
            raise MessageError(error) from None
        await self._send({"type": "voice_set", "voice_path": self._voice})

    async def _cancel(self, wanted: Cancel) -> None:
        if wanted.id is not None and wanted.id not in self._ids():
            raise MessageError(InputError("nothing with this id waits", "UNKNOWN_ID"), wanted.id)
        waiting = [say_id for say_id in self._waiting if wanted.id in (None, say_id)]
        for say_id in waiting:
            del self._waiting[say_id]
        if self._spoken is not None and wanted.id in (None, self._spoken[0]):
            self._spoken[1].cancel()
        for say_id in waiting:
            await self._send({"type": "cancelled", "id": say_id})

    async def _speak_all(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            while self._waiting:
                await self._speak(self._waiting.pop(next(iter(self._waiting))))

    async def _speak(self, saying: Saying) -> None:
        work = asyncio.create_task(self._say(saying), name=f"say {saying.id}")
        self._spoken = (saying.id, work)
        try:
            await asyncio.wait((work,))
        finally:
            self._spoken = None
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        if work.cancelled():
            await self._send({"type": "cancelled", "id": saying.id})
        else:
            work.result()

    async def _say(self, saying: Saying) -> None:
        told = saying.messages(binary=self._form.binary(saying.audio))
        try:
            async with aclosing(told) as messages:
                async for message in messages:
                    await self._send(message)
        except ApiError as error:
            await self._send(self._form.error(as_contract(error), saying.id))

    async def _send(self, message: dict[str, Any] | bytes) -> None:
        """Send a message, or audio as it is.

        Raises:
            StalledError: The client took nothing for long.
        """
        if isinstance(message, bytes):
            sent = self._socket.send_data(message, mode="binary")
        else:
            sent = self._socket.send_data(msgspec.json.encode(message).decode(), mode="text")
        try:
            await within(STALL_S, sent)
        except asyncio.TimeoutError:
            raise StalledError from None


@websocket("/ws/tts")
async def speech_socket(socket: AnySocket, bridge: TheBridge, frames: Frames = None) -> None:
    """Speak what comes in, as Chatterbox does, or as its older gateway with `?frames=binary`."""
    await socket.accept()
    try:
        await Conversation(socket, bridge, Form(gateway=frames == "binary")).run()
    except (WebSocketDisconnect, OSError):
        pass  # the client left while something was being sent
    except StalledError:
        _break(socket)


def _break(socket: AnySocket) -> None:
    """What is unsent would be kept for as long as the client likes."""
    abort: Callable[[], None] | None = socket.scope.get(ABORT)  # type: ignore[assignment]
    if abort is not None:
        abort()


ROUTES = [speech_socket]
