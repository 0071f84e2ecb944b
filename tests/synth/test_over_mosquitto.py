"""The synth over a real broker, and through its absence."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ishowtts_bus import connect
from ishowtts_schemas import AudioChunk, AudioStop
from ishowtts_schemas.topics import VOICE
from ishowtts_synth.engines.espeak import EspeakEngine
from ishowtts_synth.node import SynthNode
from ishowtts_synth.settings import EspeakSettings, SynthSettings
from tests.broker import SETTLED_S, MosquittoServer
from tests.synth.cloning import CloningEngine, clip_of, voice_reference
from tests.synth.fakes import speech_request
from tests.synth.site import Listener

SENTENCES = "This is one sentence of many. 这是其中一句话。 " * 20


@pytest.fixture
async def listener(mosquitto: MosquittoServer) -> AsyncIterator[Listener]:
    listener = Listener(connect(mosquitto.settings, "listener", session_expiry_s=300))
    await listener.start()
    bus = connect(mosquitto.settings, "synth")
    settings = SynthSettings(buffer_ms=5_000)
    node = SynthNode(bus, settings=settings, engine=EspeakEngine(EspeakSettings()))
    await node.start()
    await listener.until(lambda: listener.infos)
    yield listener
    await node.stop()
    await listener.bus.close()


def heard(chunks: list[AudioChunk]) -> int:
    """Samples that arrived, repeats counted once."""
    return sum({chunk.offset: len(chunk.pcm) // 2 for chunk in chunks}.values())


async def test_audio_arrives_in_order(listener: Listener) -> None:
    await listener.ask(speech_request("u1", voice="espeak", text="hello world 你好"))
    await listener.until(lambda: listener.done("u1"))
    await listener.until(lambda: isinstance(listener.audio[-1][1], AudioStop))
    offsets = [chunk.offset for chunk in listener.chunks()]
    assert offsets == sorted(offsets)
    done, stop = listener.done("u1"), listener.audio[-1][1]
    assert isinstance(stop, AudioStop)
    assert stop.samples == heard(listener.chunks()) == round(done.audio_ms * 24)  # type: ignore[union-attr]


async def test_speech_waits_for_a_broker_that_was_killed(
    listener: Listener, mosquitto: MosquittoServer
) -> None:
    await asyncio.sleep(SETTLED_S)
    await listener.ask(speech_request("u1", voice="espeak", text=SENTENCES))
    await listener.until(listener.chunks)
    await asyncio.to_thread(mosquitto.kill)
    await asyncio.to_thread(mosquitto.start)
    await listener.until(lambda: listener.done("u1"))
    await listener.until(lambda: any(isinstance(m, AudioStop) for _, m in listener.audio))
    stop = next(m for _, m in listener.audio if isinstance(m, AudioStop))
    assert stop.reason == "done"
    # A killed Mosquitto may lose the chunk that it acknowledged in that instant.
    assert heard(listener.chunks()) > 0.95 * stop.samples > 0.95 * 24_000 * 30


async def test_a_synth_that_starts_has_the_voices_that_the_broker_keeps_from_its_first_word(
    mosquitto: MosquittoServer,
) -> None:
    """Forty clips of 10 s: more than a broker sends before it waits for an answer."""
    listener = Listener(connect(mosquitto.settings, "listener"))
    await listener.start()
    names = {f"voice-{number}" for number in range(40)}
    clip = clip_of(7, count=240_000)
    for name in names:
        await listener.bus.publish(VOICE, voice_reference(name, 7, audio=clip), voice=name)
    node = SynthNode(
        connect(mosquitto.settings, "synth"), settings=SynthSettings(), engine=CloningEngine()
    )
    try:
        await node.start()
        await listener.until(lambda: listener.infos)
        assert {one.id for one in listener.infos[0].voices} == names | {"own"}
    finally:
        await node.stop()
        await listener.bus.close()
