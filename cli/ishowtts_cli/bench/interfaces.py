"""What each interface adds to the engine's own time to the first audio."""

import asyncio
import time

import httpx

from ishowtts_bus import Bus, Received, connect
from ishowtts_cli.bench.clients import CLIENTS, Client, Place
from ishowtts_cli.bench.numbers import summarise
from ishowtts_cli.bench.results import InterfaceRun
from ishowtts_cli.bench.stack import HOST, BenchStack
from ishowtts_cli.bench.stream import Listener
from ishowtts_schemas import SpeechDone, SpeechProgress
from ishowtts_schemas.topics import SPEECH_PROGRESS

TEXT = "good game everyone"
VOICE = "espeak-en-us"
ENGINE = "espeak"
WARMUP = 3
TIMEOUT_S = 20.0
POLL_INTERVAL_S = 0.005
ROOM = "bench-interfaces"
EVENT_STREAM = "say, event stream"
"""Through rules and queue, and the listeners' event stream."""


class EngineWatch:
    """Hears from the synth when its first audio was there; one request at a time."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._done: asyncio.Queue[SpeechDone] = asyncio.Queue()

    async def start(self) -> None:
        """Connect."""
        await self._bus.start()
        await self._bus.wait_connected(TIMEOUT_S)
        self._bus.subscribe(SPEECH_PROGRESS, self._on_progress)

    async def close(self) -> None:
        """Disconnect."""
        await self._bus.close()

    async def first_audio_s(self) -> float:
        """Of the next utterance that ends."""
        done = await asyncio.wait_for(self._done.get(), TIMEOUT_S)
        return (done.first_audio_ms or 0.0) / 1000

    def _on_progress(self, received: Received[SpeechProgress]) -> None:
        if isinstance(received.message, SpeechDone):
            self._done.put_nowait(received.message)


async def measure_interfaces(stack: BenchStack, asks: int) -> list[InterfaceRun]:
    """Ask over each interface for the same text, again and again.

    Args:
        stack: Runs.
        asks: Of each interface.
    """
    place = Place(stack.broker, HOST, stack.port, stack.wyoming_port, ENGINE)
    watch = EngineWatch(connect(stack.broker, "ishowtts-bench-engine"))
    await watch.start()
    try:
        listened = await _event_stream(place, watch, asks)
        return [listened, *[await _interface(kind(place), watch, asks) for kind in CLIENTS]]
    finally:
        await watch.close()


async def _interface(client: Client, watch: EngineWatch, asks: int) -> InterfaceRun:
    await client.open()
    try:
        pairs = [await _ask(client, watch) for _ in range(WARMUP + asks)]
    finally:
        await client.close()
    return _run(client.name, pairs[WARMUP:], whole=client.whole)


async def _ask(client: Client, watch: EngineWatch) -> tuple[float, float]:
    """Seconds to the first audio: here, and at the engine."""
    began, first = time.perf_counter(), None
    async for _ in client.hear(TEXT, VOICE):
        first = first or time.perf_counter()
    return (first or time.perf_counter()) - began, await watch.first_audio_s()


async def _event_stream(place: Place, watch: EngineWatch, asks: int) -> InterfaceRun:
    listener = await Listener.open(place.host, place.port, ROOM)
    pairs: list[tuple[float, float]] = []
    async with httpx.AsyncClient(base_url=place.url, timeout=TIMEOUT_S) as http:
        for number in range(WARMUP + asks):
            # The filter speaks the same words of one author only so often.
            body = {"text": f"{TEXT} {number}", "author": f"somebody {number}", "voice": VOICE}
            began = time.perf_counter()
            answer = await http.post(f"/api/rooms/{ROOM}/say", json=body)
            message_id = answer.raise_for_status().json()["message_id"]
            await asyncio.wait_for(_stopped(listener, message_id), TIMEOUT_S)
            pairs.append((listener.heard[message_id] - began, await watch.first_audio_s()))
    listener.close()
    return _run(EVENT_STREAM, pairs[WARMUP:], whole=False)


async def _stopped(listener: Listener, message_id: str) -> None:
    # A poll disturbs what is measured less than an event for each.
    while message_id not in listener.stopped:  # noqa: ASYNC110
        await asyncio.sleep(POLL_INTERVAL_S)


def _run(name: str, pairs: list[tuple[float, float]], *, whole: bool) -> InterfaceRun:
    return InterfaceRun(
        name=name,
        whole=whole,
        first_audio=summarise([here for here, _ in pairs]),
        engine=summarise([engine for _, engine in pairs]),
        overhead=summarise([here - engine for here, engine in pairs]),
    )
