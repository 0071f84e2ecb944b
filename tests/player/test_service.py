"""The page, and what monitors and developers read."""

import asyncio
import time

from prometheus_client.parser import text_string_to_metric_families

from ishowtts_schemas import NodeStats, ProfileInfo, Sample, SpeechDone
from ishowtts_schemas.topics import (
    AUDIO,
    CHAT_ACCEPTED,
    CHAT_ENDED,
    CHAT_MESSAGE,
    NODE_INFO,
    NODE_STATE,
    NODE_STATS,
    SPEECH_PROGRESS,
)
from tests.player import messages as m
from tests.player.fake_synth import be_silent


async def test_the_page_is_served_from_the_package(site):
    await site.bridge()
    http = site.http()
    page = await http.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    script = await http.get("/static/app.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    again = await http.get("/static/app.js", headers={"if-none-match": script.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == script.headers["etag"]


async def test_health_has_ishowttss_shape(site):
    await site.bridge()
    http = site.http()
    assert (await http.get("/api/health")).json() == {
        "status": "ok",
        "voices": 0,
        "default_voice": "",
    }
    await site.synth("en", "anna", default_voice="en")
    assert (await http.get("/api/health")).json() == {
        "status": "ok",
        "voices": 2,
        "default_voice": "en",
    }


async def test_voices_are_a_bare_array(site):
    await site.bridge()
    await site.synth("zed", "anna")
    assert (await site.http().get("/api/voices")).json() == [
        {"id": name, "engine": "espeak", "engine_label": "eSpeak NG", "language": name}
        for name in ("anna", "zed")
    ]


async def test_voices_name_the_profiles_of_their_engine(site):
    await site.bridge()
    profiles = (
        ProfileInfo(id="exact", label="exact, 16 steps"),
        ProfileInfo(id="fast", label="fast, 7 steps", approximate=True),
    )
    await site.synth("ann", engine="f5", profiles=profiles)
    (voice,) = (await site.http().get("/api/voices")).json()
    assert voice["profiles"] == [
        {"id": "exact", "label": "exact, 16 steps"},
        {"id": "fast", "label": "fast, 7 steps", "approximate": True},
    ]


async def test_ready_says_what_is_missing(site):
    node = await site.bridge()
    http = site.http()
    starting = m.node_state("starting", detail="loading the model")
    await site.publish(NODE_STATE, starting, node="synth", instance="1")
    await site.until(lambda: bool(node._directory.states))
    answer = await http.get("/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "missing": {"synth": "starting: loading the model"},
        "absent": {"ingest": "not running", "filter": "not running"},
    }
    await site.synth()
    answer = await http.get("/ready")
    assert answer.status_code == 200
    assert answer.json()["missing"] == {}


async def test_without_a_broker_it_serves_and_recovers(site):
    site.broker.go_down()
    node = await site.bridge()
    http = site.http()
    assert (await http.get("/")).status_code == 200
    answer = await http.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["missing"]["broker"] == "not connected"
    stream = await site.stream()
    await stream.next("hello")
    site.broker.come_back()
    await site.synth()
    assert (await http.get("/ready")).status_code == 200
    await site.publish(AUDIO, m.start(), room="main")
    assert (await stream.next("audio_start")).data["utterance_id"] == "u1"
    assert node.bus.connected


async def numbers(site) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = (await site.http().get("/metrics")).text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found, name: str, **labels: str) -> float:
    return found[(name, tuple(sorted(labels.items())))]


async def test_metrics_show_this_bridge_and_every_node(site):
    node = await site.bridge()
    await site.synth()
    stream = await site.stream()
    await stream.next("hello")
    samples = (
        Sample(name="filter_outcomes_total", value=7, labels={"outcome": "spoken"}),
        Sample(name="filter_queue_depth", value=3, kind="gauge", labels={"room": "main"}),
        Sample(name="odd name!", value=1, labels={"node": "x", "a b": 'q"\n'}),
    )
    stats = NodeStats(node="filter", instance="1", incarnation=1, at_ns=1, samples=samples)
    await site.publish(NODE_STATS, stats, node="filter", instance="1")
    message = m.chat()
    await site.publish(CHAT_MESSAGE, message, **m.MQTT)
    await site.publish(CHAT_ACCEPTED, m.accepted(), **m.MQTT)
    await site.publish(AUDIO, m.start(message_id="m1"), m.chunk(), m.stop(), room="main")
    await site.publish(CHAT_ENDED, m.ended("spoken"), **m.MQTT)
    done = SpeechDone(
        utterance_id="u1",
        attempt=1,
        instance="1",
        outcome="done",
        audio_ms=1000,
        synth_ms=40,
        first_audio_ms=4,
    )
    await site.publish(SPEECH_PROGRESS, done, engine="espeak")
    await stream.next("chat_ended")
    await site.until(lambda: bool(node._directory.stats))
    await site.http().post("/api/tts", json={"text": "hi"})
    found = await numbers(site)
    own = {"node": "player", "instance": "1"}
    other = {"node": "filter", "instance": "1"}
    assert value(found, "ishowtts_up", node="synth", instance="1") == 1
    assert value(found, "ishowtts_player_listeners", room="main", **own) == 1
    assert value(found, "ishowtts_player_chat_ended_total", outcome="spoken", **own) == 1
    assert value(found, "ishowtts_player_api_requests_total", status="200", **own) == 1
    assert value(found, "ishowtts_player_events_total", event="audio_chunk", **own) == 1
    assert value(found, "ishowtts_filter_outcomes_total", outcome="spoken", **other) == 7
    assert value(found, "ishowtts_filter_queue_depth", room="main", **other) == 3
    assert value(found, "ishowtts_odd_name__total", exported_node="x", a_b='q"\n', **other) == 1
    assert value(found, "ishowtts_synth_first_audio_seconds_count", engine="espeak") == 1
    assert value(found, "ishowtts_real_time_factor_sum", engine="espeak") == 0.04
    assert value(found, "ishowtts_chat_first_audio_seconds_count") == 1
    assert value(found, "ishowtts_api_first_audio_seconds_count") == 1


async def test_the_api_is_documented_without_the_network(site):
    await site.bridge()
    http = site.http()
    page = await http.get("/schema")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "/api/tts" in page.text
    assert "http" not in page.text.replace("http-equiv", "")
    document = (await http.get("/schema/openapi.json")).json()
    body = document["paths"]["/api/tts"]["post"]["requestBody"]["content"]["application/json"]
    assert "nfe_step" in body["schema"]["properties"]
    assert (
        "text/event-stream"
        in (document["paths"]["/api/danmaku/stream"]["get"]["responses"]["200"]["content"])
    )
    assert "/" not in document["paths"]


async def test_other_nodes_learn_the_address(site):
    node = await site.bridge()
    site.listen(NODE_INFO)
    info = await site.hears(lambda info: info.node == "player")
    assert info.address == node.url
    assert node.url.startswith("http://127.0.0.1:")


async def test_what_is_not_there_is_json(site):
    await site.bridge()
    http = site.http()
    missing = await http.get("/api/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "NOT_FOUND")
    wrong = await http.delete("/api/voices")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert (await http.get("/api/tts")).headers["content-type"].startswith("text/plain")


async def test_the_page_can_be_asked_for_its_head_alone(site):
    await site.bridge()
    http = site.http()
    for path in ("/", "/static/app.js", "/favicon.ico"):
        whole, head = await http.get(path), await http.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}
    assert (await http.head("/static/nothing.js")).status_code == 404


async def test_monitors_may_ask_with_head(site):
    await site.bridge()
    http = site.http()
    for path in ("/api/health", "/ready", "/metrics"):
        whole, head = await http.get(path), await http.head(path)
        assert (head.status_code, head.content) == (whole.status_code, b"")


async def test_shutdown_waits_for_nobody(site, monkeypatch):
    monkeypatch.setattr("ishowtts_player.server.GRACE_S", 60)
    await site.bridge()
    streams = [await site.stream() for _ in range(20)]
    for stream in streams:
        await stream.next("hello")
    began = time.monotonic()
    await site.stop_bridge()
    assert time.monotonic() - began < 5.0
    for stream in streams:
        await stream.end()


async def test_a_request_under_way_ends_with_the_bridge(site, monkeypatch):
    monkeypatch.setattr("ishowtts_player.server.GRACE_S", 60)
    await site.bridge()
    synth = await site.synth(script=be_silent)
    asking = asyncio.create_task(site.http().post("/api/tts", json={"text": "hi"}))
    await synth.asked.wait()
    began = time.monotonic()
    await site.stop_bridge()
    assert time.monotonic() - began < 5.0
    assert (await asking).status_code == 503
    assert len(synth.cancels) == 1
