"""Synth nodes on a bus in memory, and all that they say."""

import asyncio
from collections.abc import Callable
from typing import Any

from ishowtts_bus import Bus, MemoryBroker, Received, ReplyTo
from ishowtts_schemas import (
    AudioChunk,
    AudioStart,
    AudioStop,
    NodeInfo,
    SpeechCancel,
    SpeechDone,
    SpeechFailed,
    SpeechProgress,
    SpeechRequest,
    SpeechTaken,
)
from ishowtts_schemas.topics import (
    AUDIO,
    NODE_INFO,
    REPLY,
    SPEECH_CANCEL,
    SPEECH_FAILED,
    SPEECH_PROGRESS,
    SPEECH_REQUEST,
)
from ishowtts_synth.engines.base import Engine
from ishowtts_synth.node import SynthNode
from ishowtts_synth.settings import SynthSettings
from tests.synth.fakes import SOON_S

SETTINGS = SynthSettings(buffer_ms=1000)


class Listener:
    """Hears everything that a synth says.

    Attributes:
        audio: Room (or `reply`) and message, in order.
    """

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.audio: list[tuple[str, AudioStart | AudioChunk | AudioStop]] = []
        self.progress: list[SpeechTaken | SpeechDone] = []
        self.failed: list[SpeechFailed] = []
        self.replies: list[tuple[bytes | None, Any]] = []
        self.infos: list[NodeInfo] = []
        self._news = asyncio.Event()

    async def start(self) -> None:
        hear: list[tuple[Any, Callable[[Received[Any]], None]]] = [
            (AUDIO, lambda r: self.audio.append((r.ids["room"], r.message))),
            (SPEECH_PROGRESS, lambda r: self.progress.append(r.message)),
            (SPEECH_FAILED, lambda r: self.failed.append(r.message)),
            (REPLY, lambda r: self.replies.append((r.correlation, r.message))),
            (NODE_INFO, lambda r: self.infos.append(r.message)),
        ]
        for topic, handler in hear:
            self.bus.subscribe(topic, self._noticing(handler))
        await self.bus.start()
        await self.bus.wait_connected(SOON_S)

    def _noticing(self, handler: Callable[[Received[Any]], None]) -> Callable[..., None]:
        def notice(received: Received[Any]) -> None:
            handler(received)
            self._news.set()

        return notice

    async def until(self, happened: Callable[[], Any]) -> None:
        async def wait() -> None:
            while not happened():
                self._news.clear()
                await self._news.wait()

        await asyncio.wait_for(wait(), SOON_S)

    async def ask(self, request: SpeechRequest, reply_to: ReplyTo | None = None) -> None:
        engine = request.voice.partition("-")[0].replace("gate", "tone")
        await self.bus.publish(SPEECH_REQUEST, request, reply_to=reply_to, engine=engine)

    async def cancel(self, utterance_id: str, attempt: int | None = None) -> None:
        cancel = SpeechCancel(utterance_id=utterance_id, attempt=attempt)
        await self.bus.publish(SPEECH_CANCEL, cancel, engine="tone")

    def done(self, utterance_id: str) -> SpeechDone | None:
        ended = (m for m in self.progress if isinstance(m, SpeechDone))
        return next((m for m in ended if m.utterance_id == utterance_id), None)

    def failure(self, utterance_id: str) -> SpeechFailed | None:
        return next((m for m in self.failed if m.utterance_id == utterance_id), None)

    def chunks(self) -> list[AudioChunk]:
        return [m for _, m in self.audio if isinstance(m, AudioChunk)]


def is_done(message: SpeechProgress) -> bool:
    return isinstance(message, SpeechDone)


class Site:
    """A broker in memory, a listener, and synths."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.listener = Listener(self.broker.bus("listener", session_expiry_s=300))
        self.nodes: list[SynthNode] = []

    async def synth(
        self, engine: Engine[Any], settings: SynthSettings = SETTINGS, instance: str | None = None
    ) -> SynthNode:
        bus = self.broker.bus(f"synth-{instance or len(self.nodes)}")
        node = SynthNode(bus, settings=settings, engine=engine, instance=instance)
        self.nodes.append(node)
        await node.start()
        await self.listener.until(
            lambda: any(i.instance == node.instance for i in self.listener.infos)
        )
        return node

    async def stop(self, node: SynthNode) -> None:
        self.nodes.remove(node)
        await node.stop()
