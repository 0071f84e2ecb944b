"""The event stream, read over a socket from a real server."""

import asyncio
import base64
import time

from ishowtts_player.rooms.events import KEEP_ALIVE
from ishowtts_schemas.topics import (
    AUDIO,
    CHAT_MESSAGE,
)
from tests.player import messages as m


async def test_a_listener_is_greeted_first(site):
    await site.bridge()
    await site.synth("en", "cmn", default_voice="cmn")
    client = await site.stream()
    hello = await client.next()
    assert client.status == 200
    assert client.headers["content-type"].startswith("text/event-stream")
    assert client.headers["cache-control"] == "no-store"
    assert client.headers["x-accel-buffering"] == "no"
    assert client.raw.startswith(b"retry: 1000\n\n")
    assert (hello.event, hello.id) == ("hello", None)
    assert hello.data["room"] == "main"
    assert hello.data["resumed"] is False
    assert hello.data["paused"] is False
    assert hello.data["now_playing"] is None
    assert hello.data["default_voice"] == "cmn"
    assert hello.data["voices"][1] == {
        "id": "en",
        "label": "En",
        "language": "en",
        "engine": "espeak",
    }


async def test_audio_arrives_whole_and_in_order(site):
    await site.bridge()
    client = await site.greeted()
    await site.publish(
        AUDIO,
        m.start(message_id="m1"),
        m.chunk(pcm=b"ab" * 100),
        m.chunk(offset=100, pcm=b"cd" * 50),
        m.stop(samples=150),
        **m.MAIN,
    )
    events = [e for e in await client.all_until("audio_stop") if e.event.startswith("audio")]
    assert events[0].data == {
        "utterance_id": "u1",
        "message_id": "m1",
        "author": "Ann",
        "text": "hello",
        "voice": "en",
        "engine": "espeak",
        "sample_rate_hz": 24000,
        "format": "s16le",
        "platform": None,
        "channel": None,
        "author_id": None,
        "color": None,
        "priority": None,
        "at_ms": 0,
    }
    assert [base64.b64decode(e.data["pcm"]) for e in events[1:3]] == [b"ab" * 100, b"cd" * 50]
    assert [e.data["offset"] for e in events[1:3]] == [0, 100]
    assert events[3].data == {
        "utterance_id": "u1",
        "reason": "done",
        "samples": 150,
        "detail": "",
    }
    ids = [event.id.rpartition("-") for event in events]
    assert len({epoch for epoch, _, _ in ids}) == 1
    numbers = [int(number) for _, _, number in ids]
    assert numbers == sorted(numbers)


async def test_rooms_do_not_hear_each_other(site):
    await site.bridge()
    client = await site.greeted(query="room=other")
    await site.publish(CHAT_MESSAGE, m.chat("m1"), **m.MQTT)
    await site.publish(CHAT_MESSAGE, m.chat("m2"), platform="mqtt", room="other")
    assert (await client.next("chat")).data["message_id"] == "m2"


async def test_a_listener_that_returns_gets_what_it_missed(site):
    await site.bridge()
    client = await site.greeted()
    await site.publish(AUDIO, m.start(), m.chunk(), **m.MAIN)
    last = await client.next("audio_chunk")
    await client.close()
    await site.publish(AUDIO, m.chunk(offset=m.RATE_HZ), m.stop(), **m.MAIN)
    for resume in (
        {"headers": {"Last-Event-ID": last.id}},
        {"query": f"room=main&last_event_id={last.id}"},
    ):
        again = await site.stream(**resume)
        assert (await again.next()).data["resumed"] is True
        events = [e for e in await again.all_until("audio_stop") if e.event.startswith("audio")]
        assert [e.event for e in events] == ["audio_chunk", "audio_stop"]
        assert events[0].data["offset"] == m.RATE_HZ


async def test_a_listener_of_an_earlier_bridge_starts_anew(site):
    await site.bridge()
    first = await site.greeted()
    await site.publish(CHAT_MESSAGE, m.chat(), **m.MQTT)
    last = await first.next("chat")
    await site.stop_bridge()
    await site.bridge()
    client = await site.stream(headers={"Last-Event-ID": last.id})
    assert (await client.next("hello")).data["resumed"] is False


async def test_a_nonsense_event_id_is_no_error(site):
    await site.bridge()
    for last in ("", "x", "-", "0-0", "x-1-2", "x-" + "9" * 5000, "x-\u0663"):
        client = await site.stream(headers={"Last-Event-ID": last})
        assert (await client.next("hello")).data["resumed"] is False


async def test_what_the_ring_lost_is_not_papered_over(site):
    await site.bridge(stream={"ring_events": 3})
    first = await site.greeted()
    await site.publish(CHAT_MESSAGE, m.chat("m1"), **m.MQTT)
    last = await first.next("chat")
    await site.publish(CHAT_MESSAGE, *(m.chat(f"n{i}") for i in range(9)), **m.MQTT)
    await first.next("chat")
    client = await site.stream(headers={"Last-Event-ID": last.id})
    assert (await client.next("hello")).data["resumed"] is False
    await site.publish(CHAT_MESSAGE, m.chat("later"), **m.MQTT)
    assert (await client.next("chat")).data["message_id"] == "later"


async def test_a_newcomer_hears_a_young_utterance_from_its_start(site):
    await site.bridge()
    first = await site.greeted()
    await site.publish(AUDIO, m.start(), m.chunk(pcm=b"ab" * 100), **m.MAIN)
    await first.next("audio_chunk")
    client = await site.stream()
    assert (await client.next()).data["now_playing"] == "u1"
    assert (await client.next()).event == "audio_start"
    assert (await client.next()).data["pcm"] == base64.b64encode(b"ab" * 100).decode()
    await site.publish(AUDIO, m.stop(), **m.MAIN)
    assert (await client.next("audio_stop")).data["utterance_id"] == "u1"


async def test_a_newcomer_hears_no_half_utterance(site):
    node = await site.bridge()
    first = await site.greeted()
    await site.publish(AUDIO, m.start(), m.chunk(pcm=bytes(10 * m.SECOND)), **m.MAIN)
    await first.next("audio_chunk")
    node._hub.find("main").playback.queue[0].played_s = 3.0
    client = await site.greeted()
    await site.publish(
        AUDIO,
        m.chunk(offset=10 * m.RATE_HZ),
        m.stop(),
        m.start("u2"),
        m.chunk("u2"),
        m.stop("u2"),
        **m.MAIN,
    )
    events = [e for e in await client.all_until("audio_stop") if e.event.startswith("audio")]
    assert {event.data["utterance_id"] for event in events} == {"u2"}
    assert (await first.next("audio_stop")).data["utterance_id"] == "u1"


async def test_a_slow_listener_is_dropped_and_the_others_are_not(site):
    node = await site.bridge(stream={"queue_bytes": 200_000})
    await site.stream(receive_buffer=4096)
    quick = await site.greeted()
    count = 400
    await site.publish(AUDIO, m.start(), **m.MAIN)
    for number in range(count):
        await site.publish(AUDIO, m.chunk(offset=number * m.RATE_HZ), **m.MAIN)
        await quick.next("audio_chunk")
    await site.publish(AUDIO, m.stop(), **m.MAIN)
    stopped = await quick.next("audio_stop")
    assert stopped.data["samples"] == count * m.RATE_HZ
    assert node.bus.counters.get("player_listeners_dropped_total") == 1
    await site.until(lambda: len(node._server.server_state.connections) == 1)
    assert node._hub.listener_count == 1


async def test_silence_is_broken_by_keep_alives(site):
    await site.bridge(stream={"keep_alive_s": 0.02})
    client = await site.greeted()
    assert await client.comment() == KEEP_ALIVE.decode().strip(": \n")


async def test_two_hundred_listeners_hear_everything_quickly(site):
    await site.bridge()
    clients = await asyncio.gather(*(site.greeted() for _ in range(200)))
    began = time.monotonic()
    await site.publish(AUDIO, m.start(), **m.MAIN)
    for number in range(10):
        await site.publish(AUDIO, m.chunk(offset=number * 11520, pcm=bytes(23040)), **m.MAIN)
    await site.publish(AUDIO, m.stop(), **m.MAIN)
    stops = await asyncio.gather(*(client.next("audio_stop") for client in clients))
    assert {stop.data["samples"] for stop in stops} == {115200}
    assert time.monotonic() - began < 5.0
