"""`mode=forward`: a room's audio, or a Redis channel's, over a socket; only what is permitted."""

import asyncio
import base64
import json

import numpy as np
import pytest
import pytest_asyncio

from ishowtts_player.settings.elevenlabs import ElevenLabsSettings
from ishowtts_schemas.topics import AUDIO
from tests.player.audio.sounds import SOURCE_HZ, TONE_HZ, loudest, tone
from tests.player.elevenlabs.conftest import STREAM, audio, chars
from tests.player.elevenlabs.fake_redis import FakeRedis
from tests.player.messages import MAIN, chunk, start, stop
from tests.player.sse import SOON_S

pytestmark = pytest.mark.asyncio(loop_scope="module")

INIT = {"type": "ttsInitRequest", "target_lead_ms": 10_000}


async def listening(theatre, room: str = "main"):
    """A client that hears a room from now on."""
    talk = await theatre.talk(STREAM, mode="forward", sync_alignment="true")
    queues = theatre.house.node._relay._queues
    before = len(queues.get("main", ()))
    await talk.say(**INIT, audio_channel=room)
    await theatre.site.until(lambda: len(queues.get("main", ())) > before)
    return talk


def utterance(name: str, pcm: bytes, size: int = 9600) -> list:
    parts = [chunk(name, at // 2, pcm[at : at + size]) for at in range(0, len(pcm), size)]
    return [start(name), *parts, stop(name, samples=len(pcm) // 2)]


async def test_what_a_room_hears_is_heard_utterance_by_utterance(theatre):
    await theatre.open()
    talk = await listening(theatre)
    first, second = tone(0.5, 440), tone(0.5, 1000)
    rows = zip(utterance("a", first), utterance("b", second), strict=True)
    await theatre.site.publish(AUDIO, *(event for row in rows for event in row), **MAIN)

    for expected in (first, second):
        heard = await talk.until_final()
        assert audio(heard) == expected
        assert chars(heard, "normalizedAlignment") == "hello"
        assert heard[-1] == {"isFinal": True}


async def test_another_attempt_is_heard_at_its_own_rate(theatre):
    await theatre.open()
    talk = await listening(theatre)
    half, rest = tone(0.5), tone(0.5, rate_hz=48_000)
    again = start("a", attempt=2, rate_hz=48_000)
    parts = (chunk("a", 0, half), again, chunk("a", len(half) // 2, rest))
    await theatre.site.publish(AUDIO, start("a"), *parts, stop("a"), **MAIN)

    heard = await talk.until_final()

    samples = np.frombuffer(audio(heard), "<i2")
    assert len(samples) == pytest.approx(SOURCE_HZ, abs=100)
    assert loudest(samples[-8000:], SOURCE_HZ) == pytest.approx(TONE_HZ, abs=2)
    assert chars(heard, "normalizedAlignment") == "hello"


async def test_a_room_has_several_names_and_listeners(theatre):
    await theatre.open()
    talks = [
        await listening(theatre, name)
        for name in ("main", "audio/main", AUDIO.address(room="main"))
    ]
    await theatre.site.publish(AUDIO, *utterance("a", tone(0.3)), **MAIN)

    for talk in talks:
        assert audio(await talk.until_final()) == tone(0.3)


async def test_only_permitted_names_are_forwarded(theatre):
    settings = ElevenLabsSettings(
        forward_rooms=("main",), forward_redis_channels=("speech",), redis_url=""
    )
    await theatre.open(elevenlabs=settings)
    cases = {
        "secret": (1008, "this channel may not be forwarded"),
        "node/main": (1008, "this channel may not be forwarded"),
        "../main": (1008, "this channel may not be forwarded"),
        "#": (1008, "this channel may not be forwarded"),
        "": (1008, "mode=forward needs audio_channel"),
        "speech": (1011, "redis_url is not configured here"),
    }
    for channel, (expected, why) in cases.items():
        talk = await theatre.talk(STREAM, mode="forward")
        await talk.say(**INIT, audio_channel=channel)
        code, heard = await talk.closed()
        assert code == expected, channel
        assert heard[-1]["error"].startswith(why)


async def test_a_client_that_leaves_is_forgotten(theatre):
    await theatre.open()
    talk = await listening(theatre)
    await talk.socket.close()

    relay = theatre.house.node._relay
    await theatre.site.until(lambda: not relay._queues)


@pytest_asyncio.fixture(loop_scope="module")
async def redis(theatre):
    server = FakeRedis()
    url = await server.start()
    settings = ElevenLabsSettings(forward_redis_channels=("speech",), redis_url=url)
    await theatre.open(elevenlabs=settings)
    yield server
    await server.close()


def payload(pcm: bytes, *, final: bool) -> bytes:
    return json.dumps({"audio": base64.b64encode(pcm).decode(), "isFinal": final}).encode()


async def test_a_redis_channel_is_forwarded_and_anything_else_on_it_is_not(theatre, redis):
    talk = await theatre.talk(STREAM, mode="forward")
    await talk.say(**INIT, audio_channel="speech")
    await asyncio.wait_for(redis.subscribed.wait(), SOON_S)
    assert redis.channels == [b"speech"]
    pcm = tone(0.2)
    secrets = (b"a password", b'{"audio": "%%%"}', b"[" * 50_000, b'{"audio": 1}', b"\xff\x00")

    for one in secrets:
        await redis.publish("speech", one)
    await redis.publish("speech", payload(pcm[: SOURCE_HZ // 10 * 2], final=False))
    await redis.publish("speech", payload(pcm[SOURCE_HZ // 10 * 2 :], final=True))

    assert audio(await talk.until_final()) == pcm
    counters = theatre.counters
    assert counters.get("player_forward_refused_total", reason="payload") == len(secrets)


async def test_redis_that_cannot_be_reached_is_told(theatre):
    settings = ElevenLabsSettings(
        forward_redis_channels=("speech",), redis_url="redis://127.0.0.1:1/0"
    )
    await theatre.open(elevenlabs=settings)
    talk = await theatre.talk(STREAM, mode="forward")
    await talk.say(**INIT, audio_channel="speech")

    code, heard = await talk.closed()

    assert (code, heard[-1]["error"]) == (1013, "Redis cannot be reached")
