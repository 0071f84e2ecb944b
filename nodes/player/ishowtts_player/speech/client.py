"""Speech for one client: every HTTP or socket interface asks for it here.

`async with client.speak(request) as stream: async for pcm in stream: ...` - leaving the block
before the end cancels the work.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from ishowtts_bus import Bus, BusError, Received, ReplyTo
from ishowtts_player.directory import Departure, Voice
from ishowtts_player.errors import UnavailableError
from ishowtts_player.settings import PlayerSettings
from ishowtts_player.speech.stream import Quota, SpeechStream
from ishowtts_schemas import (
    AudioChunk,
    AudioStart,
    AudioStop,
    InlineReference,
    SpeechCancel,
    SpeechFailed,
    SpeechRequest,
    SpeechTaken,
)
from ishowtts_schemas.topics import REPLY, SPEECH_CANCEL, SPEECH_REQUEST, Reply

API_ROOM = "api"
PUBLISH_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 0.3
NS = 1_000_000_000

Options = dict[str, str | int | float | bool]


@dataclass(frozen=True)
class SpeakRequest:
    """What one client wants to hear.

    Attributes:
        text: What is spoken, 1 to 5000 characters.
        voice: From the directory.
        speed: Factor on the voice's natural rate.
        options: The engine's own settings.
        reference: A clip to clone, with `voice` from `NodeDirectory.cloning`.
        quota: That it counts against; None for none but the limit for all.
        may_be_silent: Whether it is in order that the engine finds nothing to speak: where a text
            is one of many, it is passed over.
    """

    text: str
    voice: Voice
    speed: float = 1.0
    language: str | None = None
    options: Options = field(default_factory=Options)
    reference: InlineReference | None = None
    quota: Quota | None = None
    may_be_silent: bool = False


class SpeechClient:
    """Asks synths for speech and hands their audio to whoever asked.

    Args:
        bus: Requests go out and audio comes in there.
        settings: Limits.
        spawn: Runs a task that outlives its request.
    """

    def __init__(
        self,
        bus: Bus,
        settings: PlayerSettings,
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        self._bus = bus
        self._settings = settings
        self._spawn = spawn
        self._streams: dict[str, SpeechStream] = {}
        self._closed = False

    def start(self) -> None:
        """Hear the answers."""
        self._bus.subscribe(REPLY, self._on_reply, client=self._bus.reply_id)

    async def close(self) -> None:
        """Fail what is under way, tell the synths, and take nothing more."""
        self._closed = True
        streams, self._streams = list(self._streams.values()), {}
        for stream in streams:
            stream.fail(UnavailableError("the bridge is shutting down"))
        cancels = [asyncio.ensure_future(self._cancel(stream)) for stream in streams]
        if cancels:
            await asyncio.wait(cancels, timeout=CLOSE_TIMEOUT_S)
        for cancel in cancels:
            cancel.cancel()

    def speak(self, request: SpeakRequest) -> AbstractAsyncContextManager[SpeechStream]:
        """Ask for speech.

        Raises (on entering):
            UnavailableError: Too many requests, or no broker.
        """
        return _Speaking(self, request)

    async def begin(self, request: SpeakRequest) -> SpeechStream:
        """Publish the request; `end` it in any case."""
        if self._closed:
            raise UnavailableError("the bridge is shutting down")
        if self._full(request.quota):
            self._bus.counters.add("player_requests_refused_total")
            raise UnavailableError("too many requests at once", "SERVER_BUSY")
        timeout_s = self._settings.request_timeout_s
        stream = SpeechStream(
            str(uuid.uuid4()),
            request.voice,
            timeout_s,
            request.quota,
            may_be_silent=request.may_be_silent,
        )
        self._streams[stream.utterance_id] = stream
        try:
            await self._publish(request, stream.utterance_id, timeout_s)
        except BaseException:
            self.end(stream)
            raise
        return stream

    def end(self, stream: SpeechStream) -> None:
        """Forget a request; one that is under way is cancelled at the synth."""
        known = self._streams.pop(stream.utterance_id, None)
        self._bus.counters.set("player_requests", len(self._streams))
        if known is not None and stream.working:
            self._bus.counters.add("player_requests_cancelled_total")
            self._spawn(self._cancel(stream), f"cancel {stream.utterance_id}")

    def on_taken(self, taken: SpeechTaken) -> None:
        stream = self._streams.get(taken.utterance_id)
        if stream is not None:
            stream.on_taken(taken)

    def on_departure(self, departure: Departure) -> None:
        for stream in list(self._streams.values()):
            stream.on_departure(departure)

    def _full(self, quota: Quota | None) -> bool:
        if len(self._streams) >= self._settings.max_requests:
            return True
        if quota is None:
            return False
        return sum(one.quota == quota for one in self._streams.values()) >= quota.requests

    def _on_reply(self, received: Received[Reply]) -> None:
        message = received.message
        if isinstance(message, AudioStart | AudioChunk | AudioStop | SpeechFailed):
            stream = self._streams.get(message.utterance_id)
            if stream is not None:
                stream.on_message(message)

    async def _publish(self, request: SpeakRequest, utterance_id: str, timeout_s: float) -> None:
        self._bus.counters.set("player_requests", len(self._streams))
        speech = SpeechRequest(
            utterance_id=utterance_id,
            room=API_ROOM,
            text=request.text,
            voice=request.voice.id,
            deadline_at_ns=time.time_ns() + int(timeout_s * NS),
            priority="interactive",
            speed=request.speed,
            language=request.language,
            options=request.options,
            reference=request.reference,
        )
        reply_to = ReplyTo(REPLY.address(client=self._bus.reply_id), utterance_id.encode())
        engine = request.voice.engine
        try:
            await self._bus.publish(
                SPEECH_REQUEST,
                speech,
                engine=engine,
                reply_to=reply_to,
                expiry_s=timeout_s,
                timeout_s=min(timeout_s, PUBLISH_TIMEOUT_S),
            )
        except BusError:
            raise UnavailableError("the broker cannot be reached", "NO_BROKER") from None

    async def _cancel(self, stream: SpeechStream) -> None:
        cancel = SpeechCancel(utterance_id=stream.utterance_id, reason="the client left")
        try:
            await self._bus.publish(
                SPEECH_CANCEL, cancel, engine=stream.voice.engine, timeout_s=PUBLISH_TIMEOUT_S
            )
        except BusError:
            self._bus.counters.add("player_cancels_lost_total")


class _Speaking(AbstractAsyncContextManager[SpeechStream]):
    def __init__(self, client: SpeechClient, request: SpeakRequest) -> None:
        self._client = client
        self._request = request
        self._stream: SpeechStream | None = None

    async def __aenter__(self) -> SpeechStream:
        self._stream = await self._client.begin(self._request)
        return self._stream

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream is not None:
            self._client.end(self._stream)
