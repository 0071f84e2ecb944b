"""The event stream, read over a socket from a real server."""

import asyncio
import base64
import time

from ishowtts_player.events import KEEP_ALIVE
from ishowtts_player.playback import GRACE_S
from ishowtts_schemas import ChatModeration, ChatRejected, RoomControl, SpeechFailed, SpeechTaken
from ishowtts_schemas.topics import (
    AUDIO,
    CHAT_ACCEPTED,
    CHAT_ENDED,
    CHAT_MESSAGE,
    CHAT_MODERATION,
    CHAT_REJECTED,
    CONTROL,
    NODE_STATE,
    PLAYBACK,
    SPEECH_FAILED,
    SPEECH_PROGRESS,
)
from tests.player import messages as m
from tests.player.conftest import Site
from tests.player.sse import SseClient

MAIN = {"room": "main"}
MQTT = {"platform": "mqtt", "room": "main"}


async def greeted(site: Site, **more) -> SseClient:
    client = await site.stream(**more)
    await client.next("hello")
    return client


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


async def test_chat_is_told_from_its_arrival_to_its_end(site):
    await site.bridge()
    client = await greeted(site)
    color = "#12abEF"
    await site.publish(CHAT_MESSAGE, m.chat(text='<b>"你好"\n</b>', color=color), **MQTT)
    chat = await client.next("chat")
    assert chat.data == {
        "message_id": "m1",
        "platform": "mqtt",
        "author": "Ann",
        "color": color,
        "text": '<b>"你好"\n</b>',
        "kind": "chat",
        "priority": "normal",
        "at_ms": 1_700_000_000_000,
    }
    await site.publish(CHAT_ACCEPTED, m.accepted(), **MQTT)
    taken = await client.next("chat_accepted")
    assert taken.data["utterance_id"] == "u1"
    rejected = ChatRejected(
        message_id="m2", platform="mqtt", room="main", rule="links", reason="a link", at_ns=1
    )
    await site.publish(CHAT_REJECTED, rejected, **MQTT)
    assert (await client.next("chat_rejected")).data == {
        "message_id": "m2",
        "rule": "links",
        "reason": "a link",
    }
    await site.publish(CHAT_ENDED, m.ended("spoken"), **MQTT)
    assert (await client.next("chat_ended")).data["outcome"] == "spoken"


async def test_only_plain_colours_reach_a_style(site):
    await site.bridge()
    client = await greeted(site)
    for color in ("red", "#12345", "#12345g", "#123456;}", "url(//x)"):
        await site.publish(CHAT_MESSAGE, m.chat(color, color=color), **MQTT)
        assert (await client.next("chat")).data["color"] is None


async def test_a_repeated_message_is_told_once(site):
    await site.bridge()
    client = await greeted(site)
    await site.publish(CHAT_MESSAGE, m.chat("m1"), m.chat("m1"), m.chat("m2"), **MQTT)
    assert (await client.next("chat")).data["message_id"] == "m1"
    assert (await client.next("chat")).data["message_id"] == "m2"


async def test_audio_arrives_whole_and_in_order(site):
    await site.bridge()
    client = await greeted(site)
    await site.publish(
        AUDIO,
        m.start(message_id="m1"),
        m.chunk(pcm=b"ab" * 100),
        m.chunk(offset=100, pcm=b"cd" * 50),
        m.stop(samples=150),
        **MAIN,
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
    client = await greeted(site, query="room=other")
    await site.publish(CHAT_MESSAGE, m.chat("m1"), **MQTT)
    await site.publish(CHAT_MESSAGE, m.chat("m2"), platform="mqtt", room="other")
    assert (await client.next("chat")).data["message_id"] == "m2"


async def test_a_listener_that_returns_gets_what_it_missed(site):
    await site.bridge()
    client = await greeted(site)
    await site.publish(AUDIO, m.start(), m.chunk(), **MAIN)
    last = await client.next("audio_chunk")
    await client.close()
    await site.publish(AUDIO, m.chunk(offset=m.RATE_HZ), m.stop(), **MAIN)
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
    first = await greeted(site)
    await site.publish(CHAT_MESSAGE, m.chat(), **MQTT)
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
    first = await greeted(site)
    await site.publish(CHAT_MESSAGE, m.chat("m1"), **MQTT)
    last = await first.next("chat")
    await site.publish(CHAT_MESSAGE, *(m.chat(f"n{i}") for i in range(9)), **MQTT)
    await first.next("chat")
    client = await site.stream(headers={"Last-Event-ID": last.id})
    assert (await client.next("hello")).data["resumed"] is False
    await site.publish(CHAT_MESSAGE, m.chat("later"), **MQTT)
    assert (await client.next("chat")).data["message_id"] == "later"


async def test_a_newcomer_hears_a_young_utterance_from_its_start(site):
    await site.bridge()
    first = await greeted(site)
    await site.publish(AUDIO, m.start(), m.chunk(pcm=b"ab" * 100), **MAIN)
    await first.next("audio_chunk")
    client = await site.stream()
    assert (await client.next()).data["now_playing"] == "u1"
    assert (await client.next()).event == "audio_start"
    assert (await client.next()).data["pcm"] == base64.b64encode(b"ab" * 100).decode()
    await site.publish(AUDIO, m.stop(), **MAIN)
    assert (await client.next("audio_stop")).data["utterance_id"] == "u1"


async def test_a_newcomer_hears_no_half_utterance(site):
    node = await site.bridge()
    first = await greeted(site)
    await site.publish(AUDIO, m.start(), m.chunk(pcm=bytes(10 * m.SECOND)), **MAIN)
    await first.next("audio_chunk")
    node._hub.find("main").playback.queue[0].played_s = 3.0
    client = await greeted(site)
    await site.publish(
        AUDIO,
        m.chunk(offset=10 * m.RATE_HZ),
        m.stop(),
        m.start("u2"),
        m.chunk("u2"),
        m.stop("u2"),
        **MAIN,
    )
    events = [e for e in await client.all_until("audio_stop") if e.event.startswith("audio")]
    assert {event.data["utterance_id"] for event in events} == {"u2"}
    assert (await first.next("audio_stop")).data["utterance_id"] == "u1"


async def test_a_slow_listener_is_dropped_and_the_others_are_not(site):
    node = await site.bridge(stream={"queue_bytes": 200_000})
    await site.stream(receive_buffer=4096)
    quick = await greeted(site)
    count = 400
    await site.publish(AUDIO, m.start(), **MAIN)
    for number in range(count):
        await site.publish(AUDIO, m.chunk(offset=number * m.RATE_HZ), **MAIN)
        await quick.next("audio_chunk")
    await site.publish(AUDIO, m.stop(), **MAIN)
    stopped = await quick.next("audio_stop")
    assert stopped.data["samples"] == count * m.RATE_HZ
    assert node.bus.counters.get("player_listeners_dropped_total", room="main") == 1
    await site.until(lambda: len(node._server.server_state.connections) == 1)
    assert node._hub.listener_count == 1


async def test_silence_is_broken_by_keep_alives(site):
    await site.bridge(stream={"keep_alive_s": 0.02})
    client = await greeted(site)
    assert await client.comment() == KEEP_ALIVE.decode().strip(": \n")


async def test_moderation_silences_at_once(site):
    await site.bridge()
    client = await greeted(site)
    await site.publish(CHAT_MESSAGE, m.chat("m1", author_id="bad"), **MQTT)
    await site.publish(AUDIO, m.start(message_id="m1"), m.chunk(), m.stop(), **MAIN)
    await client.next("audio_stop")
    removed = ChatModeration(
        platform="mqtt", room="main", action="author_removed", at_ns=1, author_id="bad"
    )
    await site.publish(CHAT_MODERATION, removed, **MQTT)
    assert (await client.next("chat_removed")).data == {"message_id": None, "author_id": "bad"}
    cancelled = await client.next("audio_stop")
    assert cancelled.data["utterance_id"] == "u1"
    assert cancelled.data["reason"] == "cancelled"


async def test_moderation_of_others_changes_nothing(site):
    node = await site.bridge()
    client = await greeted(site)
    await site.publish(CHAT_MESSAGE, m.chat("m1", author_id="good"), **MQTT)
    await site.publish(AUDIO, m.start(message_id="m1"), m.chunk(), m.stop(), **MAIN)
    removed = ChatModeration(
        platform="mqtt", room="main", action="author_removed", at_ns=1, author_id="bad"
    )
    await site.publish(CHAT_MODERATION, removed, **MQTT)
    await client.next("chat_removed")
    assert node._hub.find("main").playback.now_playing == "u1"


async def test_a_bare_skip_becomes_the_utterance_that_plays(site):
    await site.bridge()
    site.listen(CONTROL)
    client = await greeted(site)
    await site.publish(AUDIO, m.start(), m.chunk(), **MAIN)
    await client.next("audio_chunk")
    await site.publish(CONTROL, RoomControl(action="skip"), **MAIN)
    control = await client.next("control")
    assert control.data == {"action": "skip", "utterance_id": "u1"}
    assert (await client.next("audio_stop")).data["reason"] == "cancelled"
    resolved = await site.hears(lambda message: message.utterance_id is not None)
    assert (resolved.action, resolved.utterance_id) == ("skip", "u1")
    await site.publish(AUDIO, m.chunk(offset=m.RATE_HZ), m.stop(), m.start("u2"), **MAIN)
    assert (await client.next("audio_start")).data["utterance_id"] == "u2"


async def test_a_skip_with_nothing_to_skip_is_nothing(site):
    await site.bridge()
    client = await greeted(site)
    await site.publish(CONTROL, RoomControl(action="skip"), **MAIN)
    await site.publish(CHAT_MESSAGE, m.chat(), **MQTT)
    events = await client.all_until("chat")
    assert "control" not in {event.event for event in events}


async def test_clear_ends_everything(site):
    await site.bridge()
    client = await greeted(site)
    await site.publish(CHAT_ACCEPTED, m.accepted("m9", "waiting"), **MQTT)
    await site.publish(AUDIO, m.start("u1"), m.chunk("u1"), m.start("u2"), m.chunk("u2"), **MAIN)
    await site.publish(CONTROL, RoomControl(action="clear"), **MAIN)
    assert (await client.next("control")).data == {"action": "clear", "utterance_id": None}
    stopped = {(await client.next("audio_stop")).data["utterance_id"] for _ in range(2)}
    assert stopped == {"u1", "u2"}
    await site.publish(AUDIO, m.start("waiting"), m.chunk("waiting"), m.start("new"), **MAIN)
    assert (await client.next("audio_start")).data["utterance_id"] == "new"
    playback = await client.next("playback")
    assert playback.data["backlog_ms"] == 0


async def test_playback_is_told_to_listeners_and_on_the_bus(site):
    await site.bridge()
    site.listen(PLAYBACK)
    client = await greeted(site)
    await site.publish(CHAT_ACCEPTED, m.accepted(), **MQTT)
    while (await client.next("playback")).data["queued"] != 1:
        pass
    await site.publish(AUDIO, m.start(), m.chunk(pcm=bytes(3 * m.SECOND)), **MAIN)
    playback = await client.next("playback")
    while playback.data["backlog_ms"] == 0:
        playback = await client.next("playback")
    assert playback.data["now_playing"] == "u1"
    assert playback.data["queued"] == 0
    assert playback.data["listeners"] == 1
    assert 2000 < playback.data["backlog_ms"] <= 3000
    state = await site.hears(lambda state: state.now_playing == "u1" and state.backlog_ms > 2000)
    assert state.room == "main"
    assert state.listeners == 1


async def test_playback_is_throttled_and_its_last_state_is_told(site):
    await site.bridge()
    site.listen(PLAYBACK)
    client = await greeted(site)
    began = time.monotonic()
    await site.publish(AUDIO, m.start(), **MAIN)
    for number in range(100):
        await site.publish(AUDIO, m.chunk(offset=number * 2400, pcm=bytes(4800)), **MAIN)
    await site.publish(CONTROL, RoomControl(action="pause"), **MAIN)
    await site.hears(lambda state: state.paused)
    assert len(site.heard) <= 2 + (time.monotonic() - began) / 0.2
    while not (await client.next("playback")).data["paused"]:
        pass


async def test_a_dead_synth_leaves_its_utterance_open_for_another(site):
    await site.bridge()
    client = await greeted(site)
    taken = SpeechTaken(utterance_id="u1", attempt=1, instance="1", incarnation=1)
    await site.publish(SPEECH_PROGRESS, taken, engine="espeak")
    await site.publish(AUDIO, m.start(), m.chunk(pcm=b"ab" * 100), **MAIN)
    synth = {"node": "synth", "instance": "1"}
    await site.publish(NODE_STATE, m.node_state("offline"), **synth)
    await site.publish(AUDIO, m.start(attempt=2), m.chunk(pcm=b"ab" * 150), **MAIN)
    await site.publish(AUDIO, m.stop(attempt=2), **MAIN)
    events = [e for e in await client.all_until("audio_stop") if e.event.startswith("audio")]
    assert [e.event for e in events] == ["audio_start", "audio_chunk", "audio_chunk", "audio_stop"]
    assert [e.data["offset"] for e in events[1:3]] == [0, 100]
    assert events[3].data["reason"] == "done"


async def test_a_dead_synths_utterance_is_given_up_in_the_end(site):
    node = await site.bridge()
    client = await greeted(site)
    taken = SpeechTaken(utterance_id="u1", attempt=1, instance="1", incarnation=1)
    await site.publish(SPEECH_PROGRESS, taken, engine="espeak")
    await site.publish(AUDIO, m.start(), m.chunk(), **MAIN)
    await client.next("audio_chunk")
    restarted = m.node_state("starting", incarnation=2)
    await site.publish(NODE_STATE, restarted, node="synth", instance="1")
    utterance = node._hub.find("main").playback.queue[0]
    await site.until(lambda: utterance.orphaned_at_s is not None)
    utterance.orphaned_at_s -= GRACE_S
    failed = await client.next("audio_stop")
    assert (failed.data["reason"], failed.data["detail"]) == ("failed", "its synth died")


async def test_what_the_filter_gives_up_is_over(site):
    await site.bridge()
    client = await greeted(site)
    await site.publish(AUDIO, m.start(), m.chunk(), **MAIN)
    await site.publish(CHAT_ENDED, m.ended("failed", reason="3 attempts"), **MQTT)
    failed = await client.next("audio_stop")
    assert (failed.data["reason"], failed.data["detail"]) == ("failed", "3 attempts")


async def test_a_failure_for_good_is_told_at_once(site):
    await site.bridge()
    client = await greeted(site)
    await site.publish(AUDIO, m.start(), m.chunk(), **MAIN)
    failed = SpeechFailed(
        utterance_id="u1", attempt=1, code="engine_error", text="no memory", retryable=False
    )
    await site.publish(SPEECH_FAILED, failed, engine="espeak")
    assert (await client.next("audio_stop")).data["detail"] == "no memory"


async def test_a_paused_room_is_still_paused_after_a_restart(site):
    await site.bridge()
    site.listen(PLAYBACK)
    await site.publish(CONTROL, RoomControl(action="pause"), **MAIN)
    await site.hears(lambda state: state.paused)
    await site.stop_bridge()
    node = await site.bridge()
    await site.until(lambda: node._hub.find("main") is not None)
    client = await site.stream()
    assert (await client.next("hello")).data["paused"] is True


async def test_two_hundred_listeners_hear_everything_quickly(site):
    await site.bridge()
    clients = await asyncio.gather(*(greeted(site) for _ in range(200)))
    began = time.monotonic()
    await site.publish(AUDIO, m.start(), **MAIN)
    for number in range(10):
        await site.publish(AUDIO, m.chunk(offset=number * 11520, pcm=bytes(23040)), **MAIN)
    await site.publish(AUDIO, m.stop(), **MAIN)
    stops = await asyncio.gather(*(client.next("audio_stop") for client in clients))
    assert {stop.data["samples"] for stop in stops} == {115200}
    assert time.monotonic() - began < 5.0
