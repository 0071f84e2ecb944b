"""A synth that does what a test says, on the bus like a real one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ishowtts_bus import MemoryBroker, Received, ReplyTo
from ishowtts_schemas import (
    AudioChunk,
    AudioStart,
    AudioStop,
    SpeechCancel,
    SpeechFailed,
    SpeechRequest,
    SpeechTaken,
)
from ishowtts_schemas.node import Health
from ishowtts_schemas.topics import (
    NODE_INFO,
    NODE_STATE,
    SPEECH_CANCEL,
    SPEECH_PROGRESS,
    SPEECH_REQUEST,
)
from tests.player.messages import RATE_HZ, node_state, synth_info

Script = Callable[["FakeSynth", SpeechRequest, ReplyTo], Awaitable[None]]


async def speak(synth: "FakeSynth", request: SpeechRequest, to: ReplyTo) -> None:
    """Two chunks and a stop."""
    await synth.begin(request, to)
    pcm = b"\x01\x02" * 480
    for offset in (0, 480):
        await synth.bus.reply(
            to, AudioChunk(utterance_id=request.utterance_id, offset=offset, pcm=pcm)
        )
    await synth.end(request, to, samples=960)


async def be_silent(synth: "FakeSynth", request: SpeechRequest, to: ReplyTo) -> None:
    """Take the request and never answer."""
    await synth.begin(request, to)


def refuse(code: Any, text: str) -> Script:
    """Fail every request."""

    async def script(synth: "FakeSynth", request: SpeechRequest, to: ReplyTo) -> None:
        failed = SpeechFailed(
            utterance_id=request.utterance_id, attempt=1, code=code, text=text, retryable=False
        )
        await synth.bus.reply(to, failed)

    return script


class FakeSynth:
    """Announces voices and plays `script` for each request."""

    def __init__(
        self,
        broker: MemoryBroker,
        engine: str,
        voices: tuple[str, ...],
        *,
        instance: str = "1",
        script: Script = speak,
        **info: Any,
    ) -> None:
        self.bus = broker.bus(f"synth-{engine}-{instance}")
        self.script = script
        self.requests: list[SpeechRequest] = []
        self.cancels: list[SpeechCancel] = []
        self.cancelled = asyncio.Event()
        self.asked = asyncio.Event()
        self._engine = engine
        self._instance = instance
        self._info = synth_info(*voices, engine=engine, instance=instance, **info)

    async def start(self) -> None:
        self.bus.subscribe(SPEECH_REQUEST, self._on_request, engine=self._engine, concurrency=16)
        self.bus.subscribe(SPEECH_CANCEL, self._on_cancel, engine=self._engine)
        await self.bus.start()
        ids = {"node": "synth", "instance": self._instance}
        await self.bus.publish(NODE_INFO, self._info, **ids)
        await self.present("ready")

    async def present(self, health: Health) -> None:
        """Publish presence, as the node or its last will would."""
        state = node_state(health, instance=self._instance)
        await self.bus.publish(NODE_STATE, state, node="synth", instance=self._instance)

    async def begin(self, request: SpeechRequest, to: ReplyTo) -> None:
        taken = SpeechTaken(
            utterance_id=request.utterance_id,
            attempt=request.attempt,
            instance=self._instance,
            incarnation=1,
        )
        await self.bus.publish(SPEECH_PROGRESS, taken, engine=self._engine)
        start = AudioStart(
            utterance_id=request.utterance_id,
            room=request.room,
            attempt=request.attempt,
            sample_rate_hz=RATE_HZ,
            engine=self._engine,
            voice=request.voice,
            text=request.text,
            started_at_ns=1,
        )
        await self.bus.reply(to, start)

    async def end(self, request: SpeechRequest, to: ReplyTo, samples: int) -> None:
        stop = AudioStop(
            utterance_id=request.utterance_id, attempt=1, reason="done", samples=samples
        )
        await self.bus.reply(to, stop)

    async def close(self) -> None:
        await self.bus.close()

    async def _on_request(self, received: Received[SpeechRequest]) -> None:
        self.requests.append(received.message)
        self.asked.set()
        assert received.reply_to is not None
        await self.script(self, received.message, received.reply_to)

    def _on_cancel(self, received: Received[SpeechCancel]) -> None:
        self.cancels.append(received.message)
        self.cancelled.set()
