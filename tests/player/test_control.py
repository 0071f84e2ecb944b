"""Skip, pause and clear, and the playback state that is told of them."""

import time

from ishowtts_schemas import RoomControl
from ishowtts_schemas.topics import (
    AUDIO,
    CHAT_ACCEPTED,
    CHAT_MESSAGE,
    CONTROL,
    PLAYBACK,
)
from tests.player import messages as m


async def test_a_bare_skip_becomes_the_utterance_that_plays(site):
    await site.bridge()
    site.listen(CONTROL)
    client = await site.greeted()
    await site.publish(AUDIO, m.start(), m.chunk(), **m.MAIN)
    await client.next("audio_chunk")
    await site.publish(CONTROL, RoomControl(action="skip"), **m.MAIN)
    control = await client.next("control")
    assert control.data == {"action": "skip", "utterance_id": "u1"}
    assert (await client.next("audio_stop")).data["reason"] == "cancelled"
    resolved = await site.hears(lambda message: message.utterance_id is not None)
    assert (resolved.action, resolved.utterance_id) == ("skip", "u1")
    await site.publish(AUDIO, m.chunk(offset=m.RATE_HZ), m.stop(), m.start("u2"), **m.MAIN)
    assert (await client.next("audio_start")).data["utterance_id"] == "u2"


async def test_a_skip_with_nothing_to_skip_is_nothing(site):
    await site.bridge()
    client = await site.greeted()
    await site.publish(CONTROL, RoomControl(action="skip"), **m.MAIN)
    await site.publish(CHAT_MESSAGE, m.chat(), **m.MQTT)
    events = await client.all_until("chat")
    assert "control" not in {event.event for event in events}


async def test_clear_ends_everything(site):
    await site.bridge()
    client = await site.greeted()
    await site.publish(CHAT_ACCEPTED, m.accepted("m9", "waiting"), **m.MQTT)
    await site.publish(AUDIO, m.start("u1"), m.chunk("u1"), m.start("u2"), m.chunk("u2"), **m.MAIN)
    await site.publish(CONTROL, RoomControl(action="clear"), **m.MAIN)
    assert (await client.next("control")).data == {"action": "clear", "utterance_id": None}
    stopped = {(await client.next("audio_stop")).data["utterance_id"] for _ in range(2)}
    assert stopped == {"u1", "u2"}
    await site.publish(AUDIO, m.start("waiting"), m.chunk("waiting"), m.start("new"), **m.MAIN)
    assert (await client.next("audio_start")).data["utterance_id"] == "new"
    playback = await client.next("playback")
    assert playback.data["backlog_ms"] == 0


async def test_playback_is_told_to_listeners_and_on_the_bus(site):
    await site.bridge()
    site.listen(PLAYBACK)
    client = await site.greeted()
    await site.publish(CHAT_ACCEPTED, m.accepted(), **m.MQTT)
    while (await client.next("playback")).data["queued"] != 1:
        pass
    await site.publish(AUDIO, m.start(), m.chunk(pcm=bytes(3 * m.SECOND)), **m.MAIN)
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
    client = await site.greeted()
    began = time.monotonic()
    await site.publish(AUDIO, m.start(), **m.MAIN)
    for number in range(100):
        await site.publish(AUDIO, m.chunk(offset=number * 2400, pcm=bytes(4800)), **m.MAIN)
    await site.publish(CONTROL, RoomControl(action="pause"), **m.MAIN)
    await site.hears(lambda state: state.paused)
    assert len(site.heard) <= 2 + (time.monotonic() - began) / 0.2
    while not (await client.next("playback")).data["paused"]:
        pass


async def test_a_paused_room_is_still_paused_after_a_restart(site):
    await site.bridge()
    site.listen(PLAYBACK)
    await site.publish(CONTROL, RoomControl(action="pause"), **m.MAIN)
    await site.hears(lambda state: state.paused)
    await site.stop_bridge()
    node = await site.bridge()
    await site.until(lambda: node._hub.find("main") is not None)
    client = await site.stream()
    assert (await client.next("hello")).data["paused"] is True
