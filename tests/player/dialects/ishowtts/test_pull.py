"""The older danmaku service: start, stop, enqueue, and one utterance at a time."""

import base64

from ishowtts_schemas.topics import AUDIO, CHAT_ACCEPTED, CHAT_MESSAGE
from tests.player import messages as m
from tests.player.fake_ingest import FakeFilter, FakeIngest, channel

NEXT = "/api/next"


async def say(site, name: str, pcm: bytes) -> None:
    stream = await site.greeted()
    parts = (m.start(name), m.chunk(name, pcm=pcm), m.stop(name))
    await site.publish(AUDIO, *parts, **m.MAIN)
    while (await stream.next("audio_stop")).data["utterance_id"] != name:
        pass


def samples(answer) -> bytes:
    return base64.b64decode(answer.json()["audio_base64"])[44:]


async def test_the_answer_is_that_of_the_service(site):
    await site.bridge()
    http = site.http()
    assert (await http.get(NEXT)).status_code == 204
    chat = m.chat(color="#aabbcc", channel="ann", author_id="42", priority="paid")
    await site.publish(CHAT_MESSAGE, chat, **m.MQTT)
    await site.publish(CHAT_ACCEPTED, m.accepted(), **m.MQTT)
    await say(site, "u1", b"abcd")
    answer = await http.get(NEXT)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert samples(answer) == b"abcd"
    assert (body["format"], body["sample_rate"]) == ("audio/wav", m.RATE_HZ)
    assert body["message"] == {
        "id": "u1",
        "platform": "mqtt",
        "channel": "ann",
        "user_id": "42",
        "username": "Ann",
        "priority": "Paid",
        "content": {"Text": "hello"},
        "metadata": {"color": "#aabbcc"},
        "timestamp": "2023-11-14T22:13:20Z",
    }


async def test_every_consumer_gets_everything_once_and_in_order(site):
    await site.bridge()
    await say(site, "u1", b"aa")
    await say(site, "u2", b"bb")
    http = site.http()
    for consumer in ("", "?consumer=page", "?consumer=phone"):
        assert samples(await http.get(NEXT + consumer)) == b"aa"
        assert samples(await http.get(NEXT + consumer)) == b"bb"
        assert (await http.get(NEXT + consumer)).status_code == 204
    await say(site, "u3", b"cc")
    assert samples(await http.get(f"{NEXT}?consumer=phone")) == b"cc"


async def test_rooms_are_apart(site):
    await site.bridge()
    await say(site, "u1", b"aa")
    http = site.http()
    assert (await http.get(f"{NEXT}?room=other")).status_code == 204
    assert samples(await http.get(f"{NEXT}?room=main")) == b"aa"


async def test_names_are_bounded(site):
    await site.bridge()
    http = site.http()
    assert (await http.get(f"{NEXT}?room=../etc")).json()["code"] == "BAD_ROOM"
    assert (await http.get(NEXT, params={"consumer": "x" * 65})).status_code == 400


async def test_channels_start_and_stop_on_the_short_paths_too(site):
    await site.bridge()
    ingest = FakeIngest(site)
    await ingest.start()
    ingest.answer("start", channel("ann"))
    http = site.http()
    body = {"platform": "twitch", "channel": "ann"}
    started = await http.post("/api/start", json=body)
    assert (started.status_code, started.json()) == (202, {"status": "started", "channel": "ann"})
    ingest.answer("start", code="conflict", error="it is read already")
    assert (await http.post("/api/start", json=body)).status_code == 409
    ingest.answer("stop", {"status": "idle", "channel": None})
    stopped = await http.post("/api/stop", json=body)
    assert (stopped.status_code, stopped.json()["status"]) == (200, "idle")


async def test_chat_is_enqueued_on_the_short_path_too(site):
    await site.bridge()
    chat_filter = FakeFilter(site)
    await chat_filter.start()
    ingest = FakeIngest(site)
    await ingest.start()
    ingest.answer("list", [channel("ann")])
    message = {
        "id": "6f1f36c3-94a7-4b1e-a0a4-2f5f3b0d3b0d",
        "platform": "Twitch",
        "channel": "ann",
        "username": "Bea",
        "priority": "Normal",
        "content": {"Text": "hello"},
        "metadata": {},
        "timestamp": "2024-01-01T00:00:00Z",
    }
    answer = await site.http().post("/api/enqueue", json=message)
    assert answer.status_code == 202
    assert chat_filter.messages[0].text == "hello"
