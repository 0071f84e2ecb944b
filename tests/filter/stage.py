"""A filter on a bus in memory, a scripted synth, and an observer of everything they say."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ishowtts_bus import Bus, MemoryBroker, Received
from ishowtts_bus._memory import MemoryTransport
from ishowtts_filter.node import FilterNode
from ishowtts_filter.settings import FilterSettings
from ishowtts_schemas import (
    ChatMessage,
    Health,
    SpeechCancel,
    SpeechDone,
    SpeechFailed,
    SpeechRequest,
    SpeechTaken,
)
from ishowtts_schemas.topics import (
    CHAT_ACCEPTED,
    CHAT_ENDED,
    CHAT_MESSAGE,
    CHAT_REJECTED,
    NODE_INFO,
    NODE_STATE,
    SPEECH_CANCEL,
    SPEECH_FAILED,
    SPEECH_PROGRESS,
    SPEECH_REQUEST,
)
from tests.filter.fakes import synth_info, synth_state
from tests.observer import SOON_S, Observer


class ScriptedSynth:
    """Takes every request; speaks at once, or when the test says so."""

    def __init__(
        self,
        bus: Bus,
        *,
        speaks: bool = True,
        instance: str = "1",
        slots: int = 2,
        profiles: tuple[str, ...] = (),
    ) -> None:
        self.bus = bus
        self.profiles = profiles
        self.speaks = speaks
        self.takes = True
        self.instance = instance
        self.slots = slots
        self.incarnation = 1

    async def start(self) -> None:
        await self.bus.start()
        await self.bus.wait_connected(SOON_S)
        self.bus.subscribe(SPEECH_REQUEST, self._on_request, group="synth", engine="espeak")
        self.bus.subscribe(SPEECH_CANCEL, self._on_cancel, engine="espeak")
        await self.announce("ready")

    async def announce(self, health: Health) -> None:
        ids = {"node": "synth", "instance": self.instance}
        info = synth_info(
            self.instance,
            slots=self.slots,
            incarnation=self.incarnation,
            profiles=self.profiles,
        )
        state = synth_state(self.instance, health, self.incarnation)
        await self.bus.publish(NODE_INFO, info, **ids)  # type: ignore[arg-type]
        await self.bus.publish(NODE_STATE, state, **ids)  # type: ignore[arg-type]

    async def take(self, request: SpeechRequest) -> None:
        taken = SpeechTaken(
            utterance_id=request.utterance_id,
            attempt=request.attempt,
            instance=self.instance,
            incarnation=self.incarnation,
        )
        await self.bus.publish(SPEECH_PROGRESS, taken, engine="espeak")

    async def finish(self, request: SpeechRequest, outcome: str = "done") -> None:
        done = SpeechDone(
            utterance_id=request.utterance_id,
            attempt=request.attempt,
            instance=self.instance,
            outcome=outcome,  # type: ignore[arg-type]
            audio_ms=10.0,
            synth_ms=1.0,
        )
        await self.bus.publish(SPEECH_PROGRESS, done, engine="espeak")

    async def fail(self, request: SpeechRequest, text: str, *, retryable: bool = False) -> None:
        failed = SpeechFailed(
            utterance_id=request.utterance_id,
            attempt=request.attempt,
            code="engine_error",
            text=text,
            retryable=retryable,
        )
        await self.bus.publish(SPEECH_FAILED, failed, engine="espeak")

    async def _on_request(self, received: Received[SpeechRequest]) -> None:
        if self.takes:
            await self.take(received.message)
            if self.speaks:
                await self.finish(received.message)

    async def _on_cancel(self, received: Received[SpeechCancel]) -> None:
        done = SpeechDone(
            utterance_id=received.message.utterance_id,
            attempt=received.message.attempt or 1,
            instance=self.instance,
            outcome="cancelled",
            audio_ms=0.0,
            synth_ms=0.0,
        )
        await self.bus.publish(SPEECH_PROGRESS, done, engine="espeak")


class Stage:
    """Everything that a test of the filter node needs."""

    def __init__(self, broker: MemoryBroker, node: FilterNode, app: Bus) -> None:
        self.broker = broker
        self.node = node
        self.app = app
        self.events = Observer()
        self.synths: list[ScriptedSynth] = []
        self.renew: Callable[[], FilterNode] = lambda: node
        self._stopping: asyncio.Task[None] | None = None

    def begin_to_stop(self) -> asyncio.Task[None]:
        """Stop the filter, once."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self.node.stop())
        return self._stopping

    async def crash(self) -> None:
        """Kill the filter: what is not in its file or at the broker is gone."""
        await kill(self.node)

    async def restart(self) -> None:
        """Start the next filter; the last one was killed, or has stopped."""
        if self._stopping is not None:
            await self._stopping
        self._stopping = None
        self.node = self.renew()
        await self.node.start()
        await self.node.bus.wait_connected(SOON_S)

    async def add_synth(self, **facts: Any) -> ScriptedSynth:
        number = len(self.synths) + 1
        synth = ScriptedSynth(self.broker.bus(f"synth-{number}"), instance=str(number), **facts)
        self.synths.append(synth)
        await synth.start()
        return synth

    async def say(self, message: ChatMessage) -> None:
        await self.app.publish(CHAT_MESSAGE, message, platform=message.platform, room=message.room)


async def kill(node: FilterNode) -> None:
    """End a node as `kill -9` does, as far as one process can."""
    transport = node.bus._transport
    assert isinstance(transport, MemoryTransport)
    transport.crash()
    journal = node._journal
    for timer in (node._pump._timer, journal._timer, journal._stall):
        if timer is not None:
            timer.cancel()
    tasks = [*node._tasks, *(task for row in node.bus._subscriptions for task in row.running)]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    journal._executor.shutdown(wait=True, cancel_futures=True)
    journal._store.close()


@asynccontextmanager
async def open_stage(
    settings: FilterSettings,
    clock: Callable[[], float] = time.monotonic,
    *,
    data_dir: Path | None = None,
) -> AsyncIterator[Stage]:
    """A running filter and an app that hears its events."""
    broker = MemoryBroker()
    bus = broker.bus("filter", session_expiry_s=300)
    node = FilterNode(bus, settings, clock=clock, data_dir=data_dir)
    stage = Stage(broker, node, broker.bus("app"))
    stage.renew = lambda: FilterNode(
        broker.bus("filter", session_expiry_s=300), settings, clock=clock, data_dir=data_dir
    )
    for topic in (CHAT_ACCEPTED, CHAT_REJECTED, CHAT_ENDED, SPEECH_REQUEST, SPEECH_CANCEL):
        stage.app.subscribe(topic, stage.events.hear)
    await stage.app.start()
    await stage.app.wait_connected(SOON_S)
    await node.start()
    await node.bus.wait_connected(SOON_S)
    try:
        yield stage
    finally:
        await stage.begin_to_stop()
        for bus in (*(synth.bus for synth in stage.synths), stage.app):
            await bus.close()
