from ishowtts_schemas import RoomControl, TextRequest
from ishowtts_schemas.topics import AUDIO, CONTROL, TEXT_REQUEST
from tests.player import messages as m

SAY = "/api/rooms/main/say"


async def test_a_control_goes_to_every_node(site):
    await site.bridge()
    site.listen(CONTROL)
    http = site.http()
    for action in ("skip", "pause", "resume", "clear"):
        answer = await http.post(f"/api/rooms/main/{action}")
        assert answer.status_code == 202
        assert answer.json() == {"action": action, "room": "main"}
        wanted = RoomControl(action=action)
        assert await site.hears(lambda heard, wanted=wanted: heard == wanted)


async def test_skip_names_what_plays(site):
    node = await site.bridge()
    site.listen(CONTROL)
    await site.publish(AUDIO, m.start("u7"), m.chunk("u7"), room="main")
    await site.until(lambda: node._hub.find("main") is not None)
    await site.http().post("/api/rooms/main/skip")
    assert (await site.hears(lambda _: True)).utterance_id == "u7"


async def test_two_clicks_skip_once(site):
    node = await site.bridge()
    await site.publish(AUDIO, m.start("u1"), m.chunk("u1"), m.start("u2"), room="main")
    await site.until(lambda: node._hub.find("main") is not None)
    http = site.http()
    for _ in range(2):
        await http.post("/api/rooms/main/skip", json={"utterance_id": "u1"})
    room = node._hub.find("main")
    await site.until(lambda: room.playback.now_playing == "u2")
    state = (await http.get("/api/rooms/main")).json()
    assert state["now_playing"] == "u2"


async def test_a_room_tells_its_state(site):
    node = await site.bridge()
    http = site.http()
    await site.publish(
        AUDIO, m.start("u1"), m.chunk("u1", pcm=bytes(4 * m.SECOND)), m.start("u2"), room="main"
    )
    await http.post("/api/rooms/main/pause")
    room = node._hub.find("main")
    await site.until(lambda: room.playback.paused)
    state = (await http.get("/api/rooms/main")).json()
    assert state.pop("backlog_ms") > 3000
    assert state == {
        "room": "main",
        "paused": True,
        "now_playing": "u1",
        "next": ["u2"],
        "listeners": 0,
        "queued": 0,
    }
    assert (await http.get("/api/rooms/elsewhere")).json()["now_playing"] is None


async def test_what_is_said_goes_to_the_filter_like_chat(site):
    await site.bridge()
    site.listen(TEXT_REQUEST)
    wish = {"text": " 你好 hello\x07 ", "voice": "en", "profile": "fast", "author": "Ann"}
    answer = await site.http().post(SAY, json=wish)
    assert answer.status_code == 202
    said = await site.hears(lambda _: True)
    assert said == TextRequest(
        text="你好 hello",
        voice="en",
        profile="fast",
        author="Ann",
        id=answer.json()["message_id"],
    )


UNSPEAKABLE = [
    ({"text": "  "}, 400, "EMPTY_TEXT"),
    ({"text": "x" * 2001}, 400, "TEXT_TOO_LONG"),
    ({"text": "hi", "voice": "nobody"}, 400, "BAD_REQUEST"),
    ({"text": "hi", "profile": "fast"}, 400, "BAD_REQUEST"),
    ({"text": "hi", "voice": "No Slug"}, 422, "INVALID_FIELD"),
    ({"text": "hi", "author": "x" * 129}, 422, "INVALID_FIELD"),
    ({}, 422, "INVALID_FIELD"),
]


async def test_what_cannot_be_said_is_refused_as_json(site):
    await site.bridge()
    await site.synth()
    http = site.http()
    for body, status, code in UNSPEAKABLE:
        answer = await http.post(SAY, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert set(answer.json()) == {"error", "code"}


async def test_what_cannot_be_a_room_is_refused(site):
    await site.bridge()
    http = site.http()
    for room in ("Main", "a b", "+", "%23", "x" * 65, "..", "%2e%2e", "%2f", "ü"):
        for action in ("skip", "say"):
            answer = await http.post(f"/api/rooms/{room}/{action}", json={"text": "hi"})
            assert answer.status_code in (400, 404, 405)
            assert set(answer.json()) == {"error", "code"}


async def test_a_stream_of_no_room_is_refused(site):
    await site.bridge()
    answer = await site.http().get("/api/danmaku/stream", params={"room": "No Room"})
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ROOM")


async def test_rooms_are_bounded_and_idle_ones_make_way(site):
    node = await site.bridge(max_rooms=2)
    http = site.http()
    for room in ("a", "b"):
        stream = await site.stream(f"room={room}")
        await stream.next("hello")
    refused = await http.get("/api/danmaku/stream", params={"room": "c"})
    assert (refused.status_code, refused.json()["code"]) == (503, "TOO_MANY_ROOMS")
    assert "retry-after" in refused.headers
    await stream.close()
    await site.until(lambda: node._hub.listener_count == 1)
    third = await site.stream("room=c")
    assert (await third.next()).data["room"] == "c"


async def test_messages_for_rooms_beyond_the_limit_are_counted(site):
    node = await site.bridge(max_rooms=1)
    stream = await site.stream("room=a")
    await stream.next("hello")
    await site.publish(AUDIO, m.start(), room="b")
    await site.until(lambda: node.bus.counters.get("player_rooms_refused_total") == 1)


async def test_listeners_are_bounded(site):
    await site.bridge(max_listeners=2)
    for _ in range(2):
        stream = await site.stream()
        await stream.next("hello")
    refused = await site.http().get("/api/danmaku/stream")
    assert (refused.status_code, refused.json()["code"]) == (503, "TOO_MANY_LISTENERS")


async def test_without_a_broker_controls_say_so(site, monkeypatch):
    monkeypatch.setattr("ishowtts_player.routes.rooms.PUBLISH_TIMEOUT_S", 0.05)
    await site.bridge()
    site.broker.go_down()
    http = site.http()
    for path in ("/api/rooms/main/skip", SAY):
        answer = await http.post(path, json={"text": "hi"})
        assert (answer.status_code, answer.json()["code"]) == (503, "NO_BROKER")
