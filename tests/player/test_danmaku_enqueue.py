"""Chat that a client read itself: to the filter, once, and the filter's word back."""

import asyncio

import pytest

from ishowtts_schemas.topics import CHAT_MESSAGE
from tests.player.fake_ingest import FakeFilter, FakeIngest, channel

ENQUEUE = "/api/danmaku/enqueue"


def upload(message_id="m1", text="hello", **more):
    usual = {
        "id": message_id,
        "platform": "Twitch",
        "channel": "ann",
        "user_id": "42",
        "username": "Bea",
        "priority": "Normal",
        "content": {"Text": text},
        "metadata": None,
        "timestamp": "2024-05-06T07:08:09.5Z",
    }
    return usual | more


@pytest.fixture
async def sieve(site):
    """A filter, and a bridge that knows it."""
    node = await site.bridge()
    sieve = FakeFilter(site)
    await sieve.start()
    await site.until(lambda: node._directory.ready("filter"))
    yield sieve
    await sieve.bus.close()


async def test_an_accepted_message_is_chat_like_any_other(site, sieve):
    answer = await site.http().post(ENQUEUE, json=upload())
    assert answer.status_code == 202
    assert answer.json() == {"status": "accepted", "message_id": "m1", "utterance_id": "u-m1"}
    (message,) = sieve.messages
    assert (message.platform, message.room, message.channel) == ("twitch", "main", "ann")
    assert (message.author.name, message.author.id, message.text) == ("Bea", "42", "hello")
    assert message.sent_at_ns == 1_714_979_289_500_000_000


async def test_a_filtered_message_has_no_content_but_the_rules_name(site, sieve):
    sieve.verdict = "links"
    answer = await site.http().post(ENQUEUE, json=upload(text="http://x.y"))
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["x-rule"] == "links"


async def test_the_same_id_gets_the_same_answer_and_is_spoken_once(site, sieve):
    http = site.http()
    first = await http.post(ENQUEUE, json=upload())
    again = await http.post(ENQUEUE, json=upload(text="something else"))
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    sieve.verdict = "links"
    for _ in range(2):
        assert (await http.post(ENQUEUE, json=upload("m2"))).status_code == 204
    assert [message.id for message in sieve.messages] == ["m1", "m2"]


async def test_the_same_id_at_once_is_answered_twice(site, sieve):
    http = site.http()
    both = await asyncio.gather(*(http.post(ENQUEUE, json=upload()) for _ in range(2)))
    assert [answer.status_code for answer in both] == [202, 202]


async def test_an_id_is_one_of_its_platform(site, sieve):
    http = site.http()
    await http.post(ENQUEUE, json=upload())
    await http.post(ENQUEUE, json=upload(platform="YouTube"))
    assert [message.platform for message in sieve.messages] == ["twitch", "youtube"]


async def test_a_filter_that_does_not_answer_is_told_and_its_late_word_holds(
    site, sieve, monkeypatch
):
    monkeypatch.setattr("ishowtts_player.verdicts.VERDICT_TIMEOUT_S", 0.05)
    sieve.verdict = None
    http = site.http()
    answer = await http.post(ENQUEUE, json=upload())
    assert (answer.status_code, answer.json()["code"]) == (503, "NO_FILTER")
    assert "retry-after" in answer.headers
    node = site._nodes[-1]
    await sieve.say(sieve.messages[0], "accepted")
    await site.until(lambda: bool(node._verdicts._verdicts))
    answer = await http.post(ENQUEUE, json=upload())
    assert answer.status_code == 202
    assert node._verdicts._waiting == {}


async def test_a_message_that_was_spoken_was_accepted_although_nobody_heard_it_said(site, sieve):
    sieve.verdict = "ended"
    answer = await site.http().post(ENQUEUE, json=upload())
    assert (answer.status_code, answer.json()["utterance_id"]) == (202, "u-m1")


async def test_without_a_filter_nothing_is_published(site):
    await site.bridge()
    site.listen(CHAT_MESSAGE)
    answer = await site.http().post(ENQUEUE, json=upload())
    assert (answer.status_code, answer.json()["code"]) == (503, "NO_FILTER")
    assert site.heard == []


async def test_without_a_broker_that_is_said(site, sieve, monkeypatch):
    monkeypatch.setattr("ishowtts_player.verdicts.VERDICT_TIMEOUT_S", 0.05)
    site.broker.go_down()
    answer = await site.http().post(ENQUEUE, json=upload())
    assert (answer.status_code, answer.json()["code"]) == (503, "NO_BROKER")


async def test_uploads_that_wait_are_bounded(site, sieve, monkeypatch):
    monkeypatch.setattr("ishowtts_player.verdicts.MAX_WAITING", 1)
    sieve.verdict = None
    http = site.http()
    waiting = asyncio.create_task(http.post(ENQUEUE, json=upload()))
    await sieve.heard.wait()
    for message_id in ("m2", "m1"):
        answer = await http.post(ENQUEUE, json=upload(message_id))
        assert (answer.status_code, answer.json()["code"]) == (503, "SERVER_BUSY")
    await sieve.say(sieve.messages[0], "accepted")
    assert (await waiting).status_code == 202


async def test_the_channels_own_room_voice_and_engine_hold(site, sieve):
    node = site._nodes[-1]
    ingest = FakeIngest(site)
    await ingest.start()
    ingest.answer("list", [channel("ann", room="games", voice="alice", engine="tone")])
    await site.until(lambda: node._directory.ready("ingest"))
    http = site.http()
    await http.post(ENQUEUE, json=upload("m1", channel="#Ann"))
    await http.post(ENQUEUE, json=upload("m2", room="other"))
    await http.post(ENQUEUE, json=upload("m3", channel="bea"))
    await http.post(ENQUEUE, json=upload("m4", platform="bilibili"))
    assert [message.room for message in sieve.messages] == ["games", "other", "main", "main"]
    assert (sieve.messages[0].channel_voice, sieve.messages[0].engine) == ("alice", "tone")
    assert len(ingest.asked("list")) == 1, "not asked for each message"
    await ingest.bus.close()


WRONG = [
    ({"id": ""}, 422),
    ({"id": "x" * 129}, 422),
    ({"platform": "no platform"}, 400),
    ({"platform": 7}, 422),
    ({"priority": "Urgent"}, 422),
    ({"content": {}}, 400),
    ({"content": {"Text": "a", "System": "b"}}, 400),
    ({"content": {"Image": "a"}}, 422),
    ({"content": {"Text": "x" * 10_001}}, 422),
    ({"timestamp": "yesterday"}, 422),
    ({"timestamp": "2024-05-06T07:08:09"}, 422),
    ({"room": "No Room"}, 422),
    ({"username": None}, 422),
]


async def test_what_is_no_message_is_refused(site, sieve):
    http = site.http()
    for change, status in WRONG:
        answer = await http.post(ENQUEUE, json=upload(**change))
        assert answer.status_code == status, change
        assert set(answer.json()) == {"error", "code"}
    for missing in ("id", "username", "priority", "content", "metadata", "timestamp"):
        body = upload()
        del body[missing]
        assert (await http.post(ENQUEUE, json=body)).status_code == 422, missing
    assert sieve.messages == []


async def test_uploads_are_counted_by_their_end(site, sieve):
    http = site.http()
    await http.post(ENQUEUE, json=upload())
    await http.post(ENQUEUE, json={})
    counters = site._nodes[-1].bus.counters
    assert counters.get("player_chat_uploads_total", status="202") == 1
    assert counters.get("player_chat_uploads_total", status="422") == 1
