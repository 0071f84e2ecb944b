"""Channels are started, stopped and listed over HTTP."""

import asyncio

import pytest

from ishowtts_schemas.topics import NODE_STATE
from tests.player import messages as m
from tests.player.fake_ingest import FakeIngest, channel

START = "/api/danmaku/start"
STOP = "/api/danmaku/stop"
CHANNELS = "/api/danmaku/channels"
ANN = {"platform": "twitch", "channel": "ann"}


@pytest.fixture
async def ingests(site):
    made = []

    async def start(instance="1"):
        node = site._nodes[-1]
        ingest = FakeIngest(site, instance)
        made.append(ingest)
        await ingest.start()
        await site.until(lambda: instance in node._directory.instances("ingest"))
        ingest.answer("start", channel())
        ingest.answer("stop", {"status": "stopped", "channel": "ann"})
        ingest.answer("list", [channel()])
        return ingest

    yield start
    for ingest in made:
        await ingest.bus.close()


async def test_a_start_is_answered_in_ishowttss_shape(site, ingests):
    await site.bridge()
    ingest = await ingests()
    answer = await site.http().post(START, json={"platform": "Twitch", "channel": "twitch.tv/Ann"})
    assert (answer.status_code, answer.json()) == (202, {"status": "started", "channel": "ann"})
    assert ingest.asked("start") == [{"platform": "Twitch", "channel": "twitch.tv/Ann"}]


async def test_voice_engine_and_room_go_along(site, ingests):
    await site.bridge()
    await site.synth("anna", engine="index_tts")
    ingest = await ingests()
    wish = {**ANN, "voice_id": "anna", "engine": "IndexTTS", "room": "games"}
    assert (await site.http().post(START, json=wish)).status_code == 202
    assert ingest.asked("start") == [
        {**ANN, "voice": "anna", "engine": "index_tts", "room": "games"}
    ]


@pytest.mark.parametrize("name", ["index_tts", "index-tts", "indextts", "INDEX-TTS"])
async def test_ishowttss_names_of_engines_are_known(site, ingests, name):
    await site.bridge()
    await site.synth(engine="index_tts")
    ingest = await ingests()
    assert (await site.http().post(START, json={**ANN, "engine": name})).status_code == 202
    assert ingest.asked("start")[0]["engine"] == "index_tts"


WRONG = [
    ({"channel": "ann"}, 422, "INVALID_FIELD"),
    ({"platform": "twitch"}, 422, "INVALID_FIELD"),
    ({**ANN, "channel": 7}, 422, "INVALID_FIELD"),
    ({**ANN, "channel": "x" * 201}, 422, "INVALID_FIELD"),
    ({**ANN, "room": "No Room"}, 422, "INVALID_FIELD"),
    ({**ANN, "voice_id": "nobody"}, 404, "UNKNOWN_VOICE"),
    ({**ANN, "voice_id": "en", "engine": "shimmy"}, 400, "BAD_REQUEST"),
    ({**ANN, "engine": "f5"}, 400, "BAD_REQUEST"),
]


async def test_a_wrong_start_is_refused_before_anything_is_read(site, ingests):
    await site.bridge()
    await site.synth("en")
    ingest = await ingests()
    http = site.http()
    for body, status, code in WRONG:
        answer = await http.post(START, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    assert (await http.post(START, content=b"{", headers=JSON)).status_code == 400
    assert (await http.post(START, content=b"{}")).status_code == 415
    assert ingest.commands == []


JSON = {"content-type": "application/json"}

REFUSALS = [
    ("bad_request", 400, "BAD_REQUEST"),
    ("not_found", 404, "NOT_FOUND"),
    ("conflict", 409, "CONFLICT"),
    ("unavailable", 501, "NOT_AVAILABLE"),
    ("failed", 503, "UNAVAILABLE"),
]


async def test_an_ingest_nodes_refusal_has_its_own_status(site, ingests):
    await site.bridge()
    ingest = await ingests()
    http = site.http()
    for code, status, shown in REFUSALS:
        for command, path in (("start", START), ("stop", STOP)):
            ingest.answer(command, error="because", code=code)
            answer = await http.post(path, json=ANN)
            assert answer.status_code == status
            assert answer.json() == {"error": "because", "code": shown}


async def test_a_stop_tells_whether_anything_was_read(site, ingests):
    await site.bridge()
    ingest = await ingests()
    http = site.http()
    answer = await http.post(STOP, json=ANN)
    assert (answer.status_code, answer.json()) == (202, {"status": "stopped", "channel": "ann"})
    ingest.answer("stop", {"status": "idle", "channel": None})
    answer = await http.post(STOP, json=ANN)
    assert (answer.status_code, answer.json()) == (200, {"status": "idle", "channel": None})


async def test_the_channels_are_a_bare_array(site, ingests):
    await site.bridge()
    ingest = await ingests()
    ingest.answer("list", [channel(), channel("bea", state="failed", detail="banned")])
    rows = (await site.http().get(CHANNELS)).json()
    assert rows[0] == {
        "platform": "twitch",
        "source": "twitch_irc",
        "channel": "ann",
        "room": "main",
        "voice": None,
        "engine": None,
        "state": "reading",
        "detail": "",
    }
    assert (rows[1]["state"], rows[1]["detail"]) == ("failed", "banned")


async def test_of_several_ingest_nodes_the_first_starts_and_the_one_that_reads_stops(site, ingests):
    await site.bridge()
    first, second = await ingests("1"), await ingests("2")
    first.answer("stop", {"status": "idle", "channel": None})
    second.answer("list", [channel("bea")])
    http = site.http()
    await http.post(START, json=ANN)
    assert (await http.post(STOP, json=ANN)).json()["status"] == "stopped"
    assert [row["channel"] for row in (await http.get(CHANNELS)).json()] == ["ann", "bea"]
    assert (len(first.asked("start")), len(second.asked("start"))) == (1, 0)


async def test_a_node_that_does_not_answer_keeps_no_other_from_stopping(site, ingests, monkeypatch):
    monkeypatch.setattr("ishowtts_player.ingest_client.ANSWER_TIMEOUT_S", 0.05)
    await site.bridge()
    silent, reading = await ingests("1"), await ingests("2")
    silent.replies.clear()
    http = site.http()
    assert (await http.post(STOP, json=ANN)).json()["status"] == "stopped"
    reading.answer("stop", {"status": "idle", "channel": None})
    answer = await http.post(STOP, json=ANN)
    assert (answer.status_code, answer.json()["code"]) == (504, "TIMEOUT")


async def test_an_answer_of_another_version_is_said(site, ingests):
    await site.bridge()
    ingest = await ingests()
    ingest.answer("list", [{"name": "ann"}])
    answer = await site.http().get(CHANNELS)
    assert (answer.status_code, answer.json()["code"]) == (502, "BAD_ANSWER")


async def test_without_an_ingest_node_that_is_said(site):
    node = await site.bridge()
    http = site.http()
    for answer in (await http.post(START, json=ANN), await http.get(CHANNELS)):
        assert (answer.status_code, answer.json()["code"]) == (503, "NO_INGEST")
        assert "not running" in answer.json()["error"]
    dead = m.node_state("offline", node="ingest", detail="the process died")
    await site.publish(NODE_STATE, dead, node="ingest", instance="1")
    await site.until(lambda: bool(node._directory.states))
    assert "the process died" in (await http.get(CHANNELS)).json()["error"]


async def test_an_ingest_node_that_does_not_answer_is_a_timeout(site, ingests, monkeypatch):
    monkeypatch.setattr("ishowtts_player.ingest_client.ANSWER_TIMEOUT_S", 0.05)
    await site.bridge()
    ingest = await ingests()
    ingest.replies.clear()
    answer = await site.http().post(START, json=ANN)
    assert (answer.status_code, answer.json()["code"]) == (504, "TIMEOUT")


async def test_without_a_broker_that_is_said_at_once(site, ingests):
    await site.bridge()
    await ingests()
    site.broker.go_down()
    answer = await asyncio.wait_for(site.http().post(START, json=ANN), 2)
    assert (answer.status_code, answer.json()["code"]) == (503, "NO_BROKER")


async def test_channels_are_behind_the_token_and_the_origin_check(site, ingests):
    await site.bridge(api_token="secret")
    ingest = await ingests()
    http = site.http()
    assert (await http.post(START, json=ANN)).status_code == 401
    assert (await http.get(CHANNELS)).status_code == 401
    bearer = {"authorization": "Bearer secret"}
    forged = await http.post(START, json=ANN, headers={**bearer, "origin": "http://evil.example"})
    assert forged.status_code == 403
    assert ingest.commands == []
    assert (await http.post(START, json=ANN, headers=bearer)).status_code == 202


async def test_the_routes_are_documented(site):
    await site.bridge()
    paths = (await site.http().get("/schema/openapi.json")).json()["paths"]
    start = paths[START]["post"]
    body = start["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["platform", "channel"]
    wanted = {"202", "400", "404", "409", "415", "422", "501", "503", "504"}
    assert set(start["responses"]) >= wanted
    assert {"200", "202"} <= set(paths[STOP]["post"]["responses"])
    assert {"202", "204", "422", "503"} <= set(paths["/api/danmaku/enqueue"]["post"]["responses"])
    assert "200" in paths[CHANNELS]["get"]["responses"]
