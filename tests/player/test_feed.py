"""What other nodes say, as listeners of a room are told it."""

from ishowtts_player.rooms.playback import GRACE_S
from ishowtts_schemas import ChatModeration, ChatRejected, SpeechFailed, SpeechTaken
from ishowtts_schemas.topics import (
    AUDIO,
    CHAT_ACCEPTED,
    CHAT_ENDED,
    CHAT_MESSAGE,
    CHAT_MODERATION,
    CHAT_REJECTED,
    NODE_STATE,
    SPEECH_FAILED,
    SPEECH_PROGRESS,
)
from tests.player import messages as m


async def test_chat_is_told_from_its_arrival_to_its_end(site):
    await site.bridge()
    client = await site.greeted()
    color = "#12abEF"
    await site.publish(
        CHAT_MESSAGE, m.chat(text='<b>"你好"\n</b>', color=color, author_id="a7"), **m.MQTT
    )
    chat = await client.next("chat")
    assert chat.data == {
        "message_id": "m1",
        "platform": "mqtt",
        "author": "Ann",
        "author_id": "a7",
        "color": color,
        "text": '<b>"你好"\n</b>',
        "kind": "chat",
        "priority": "normal",
        "at_ms": 1_700_000_000_000,
        "channel": "",
    }
    await site.publish(CHAT_ACCEPTED, m.accepted(), **m.MQTT)
    taken = await client.next("chat_accepted")
    assert taken.data["utterance_id"] == "u1"
    rejected = ChatRejected(
        message_id="m2", platform="mqtt", room="main", rule="links", reason="a link", at_ns=1
    )
    await site.publish(CHAT_REJECTED, rejected, **m.MQTT)
    assert (await client.next("chat_rejected")).data == {
        "message_id": "m2",
        "rule": "links",
        "reason": "a link",
    }
    await site.publish(CHAT_ENDED, m.ended("spoken"), **m.MQTT)
    assert (await client.next("chat_ended")).data["outcome"] == "spoken"


async def test_a_verdict_that_is_said_again_does_not_wait_again(site):
    await site.bridge()
    client = await site.greeted()
    await site.publish(CHAT_ACCEPTED, m.accepted(), **m.MQTT)
    await client.next("chat_accepted")
    await site.publish(AUDIO, m.start(), room="main")
    await client.next("audio_start")
    await site.publish(CHAT_ACCEPTED, m.accepted(), **m.MQTT)
    await site.publish(CHAT_ENDED, m.ended("spoken"), **m.MQTT)
    later = await client.all_until("chat_ended")
    assert "chat_accepted" not in [event.event for event in later]
    assert all(event.data["queued"] == 0 for event in later if event.event == "playback")


async def test_only_plain_colours_reach_a_style(site):
    await site.bridge()
    client = await site.greeted()
    for color in ("red", "#12345", "#12345g", "#123456;}", "url(//x)"):
        await site.publish(CHAT_MESSAGE, m.chat(color, color=color), **m.MQTT)
        assert (await client.next("chat")).data["color"] is None


async def test_a_repeated_message_is_told_once(site):
    await site.bridge()
    client = await site.greeted()
    await site.publish(CHAT_MESSAGE, m.chat("m1"), m.chat("m1"), m.chat("m2"), **m.MQTT)
    assert (await client.next("chat")).data["message_id"] == "m1"
    assert (await client.next("chat")).data["message_id"] == "m2"


async def test_moderation_silences_at_once(site):
    await site.bridge()
    client = await site.greeted()
    await site.publish(CHAT_MESSAGE, m.chat("m1", author_id="bad"), **m.MQTT)
    await site.publish(AUDIO, m.start(message_id="m1"), m.chunk(), m.stop(), **m.MAIN)
    await client.next("audio_stop")
    removed = ChatModeration(
        platform="mqtt", room="main", action="author_removed", at_ns=1, author_id="bad"
    )
    await site.publish(CHAT_MODERATION, removed, **m.MQTT)
    assert (await client.next("chat_removed")).data == {
        "platform": "mqtt",
        "message_id": None,
        "author_id": "bad",
        "channel": "",
    }
    cancelled = await client.next("audio_stop")
    assert cancelled.data["utterance_id"] == "u1"
    assert cancelled.data["reason"] == "cancelled"


async def test_moderation_of_others_changes_nothing(site):
    node = await site.bridge()
    client = await site.greeted()
    await site.publish(CHAT_MESSAGE, m.chat("m1", author_id="good"), **m.MQTT)
    await site.publish(AUDIO, m.start(message_id="m1"), m.chunk(), m.stop(), **m.MAIN)
    removed = ChatModeration(
        platform="mqtt", room="main", action="author_removed", at_ns=1, author_id="bad"
    )
    await site.publish(CHAT_MODERATION, removed, **m.MQTT)
    await client.next("chat_removed")
    assert node._hub.find("main").playback.now_playing == "u1"


async def test_a_dead_synth_leaves_its_utterance_open_for_another(site):
    await site.bridge()
    client = await site.greeted()
    taken = SpeechTaken(utterance_id="u1", attempt=1, instance="1", incarnation=1)
    await site.publish(SPEECH_PROGRESS, taken, engine="espeak")
    await site.publish(AUDIO, m.start(), m.chunk(pcm=b"ab" * 100), **m.MAIN)
    synth = {"node": "synth", "instance": "1"}
    await site.publish(NODE_STATE, m.node_state("offline"), **synth)
    await site.publish(AUDIO, m.start(attempt=2), m.chunk(pcm=b"ab" * 150), **m.MAIN)
    await site.publish(AUDIO, m.stop(attempt=2), **m.MAIN)
    events = [e for e in await client.all_until("audio_stop") if e.event.startswith("audio")]
    assert [e.event for e in events] == ["audio_start", "audio_chunk", "audio_chunk", "audio_stop"]
    assert [e.data["offset"] for e in events[1:3]] == [0, 100]
    assert events[3].data["reason"] == "done"


async def test_a_dead_synths_utterance_is_given_up_in_the_end(site):
    node = await site.bridge()
    client = await site.greeted()
    taken = SpeechTaken(utterance_id="u1", attempt=1, instance="1", incarnation=1)
    await site.publish(SPEECH_PROGRESS, taken, engine="espeak")
    await site.publish(AUDIO, m.start(), m.chunk(), **m.MAIN)
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
    client = await site.greeted()
    await site.publish(AUDIO, m.start(), m.chunk(), **m.MAIN)
    await site.publish(CHAT_ENDED, m.ended("failed", reason="3 attempts"), **m.MQTT)
    failed = await client.next("audio_stop")
    assert (failed.data["reason"], failed.data["detail"]) == ("failed", "3 attempts")


async def test_a_failure_for_good_is_told_at_once(site):
    await site.bridge()
    client = await site.greeted()
    await site.publish(AUDIO, m.start(), m.chunk(), **m.MAIN)
    failed = SpeechFailed(
        utterance_id="u1", attempt=1, code="engine_error", text="no memory", retryable=False
    )
    await site.publish(SPEECH_FAILED, failed, engine="espeak")
    assert (await client.next("audio_stop")).data["detail"] == "no memory"
