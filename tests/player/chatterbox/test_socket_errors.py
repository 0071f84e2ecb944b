"""What Chatterbox's socket refuses, and that it stays open."""

import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ishowtts_player.dialects.chatterbox import socket as chatterbox_socket
from ishowtts_schemas import AudioChunk
from tests.player.chatterbox.talk import talk
from tests.player.fake_synth import be_silent

DEEP = '{"type": "say", "text": ' + "[" * 100_000
REFUSED = [
    ("no json", "PARSE_ERROR", "INVALID_JSON"),
    ("[]", "PARSE_ERROR", "INVALID_JSON"),
    (DEEP, "PARSE_ERROR", "INVALID_JSON"),
    (b"\x00\x01", "PARSE_ERROR", "INVALID_JSON"),
    ({}, "UNKNOWN_TYPE", "UNKNOWN_MESSAGE_TYPE"),
    ({"type": "sing"}, "UNKNOWN_TYPE", "UNKNOWN_MESSAGE_TYPE"),
    ({"type": {}}, "UNKNOWN_TYPE", "UNKNOWN_MESSAGE_TYPE"),
    ({"type": "say"}, "MISSING_TEXT", "INVALID_REQUEST"),
    ({"type": "set_voice"}, "MISSING_VOICE_PATH", "INVALID_REQUEST"),
    ({"type": "set_voice", "voice_path": "../../etc/passwd"}, "VOICE_NOT_FOUND", "VOICE_NOT_FOUND"),
    ({"type": "say", "id": "a", "text": "x" * 5001}, "TEXT_TOO_LONG", "TEXT_TOO_LONG"),
    *(
        ({"type": "say", "id": "a", "text": "hi", **wrong}, "INVALID_REQUEST", "INVALID_REQUEST")
        for wrong in (
            {"text": 5},
            {"id": ""},
            {"id": "x" * 200},
            {"audio": {"chunk_size_ms": 0}},
            {"audio": {"chunk_size_ms": -1}},
            {"audio": {"chunk_size_ms": 2**31}},
            {"audio": {"chunk_size_ms": 10**30}},
            {"audio": {"sample_rate": 1}},
            {"audio": {"format": "mp3"}},
            {"audio": {"transport": "smoke"}},
            {"voice": {"exaggeration": 3}},
            {"voice": {"temperature": "warm"}},
            {"voice": "anna"},
        )
    ),
]


async def test_a_bad_message_gets_an_error_of_its_form(site):
    node = await site.bridge()
    synth = await site.synth()
    for query, column in (("", 1), ("?frames=binary", 2)):
        async with talk(node.url, query, max_size=None) as client:
            for row in REFUSED:
                sent = row[0]
                raw = json.dumps(sent) if isinstance(sent, dict) else sent
                await client.socket.send(raw)
                error = await client.next()
                assert (error["type"], error["code"], raw[:60]) == ("error", row[column], raw[:60])
                assert error["error"] == error["message"] != ""
    assert not synth.requests


async def test_the_gateway_needs_an_id_and_a_text(site):
    node = await site.bridge()
    await site.synth()
    async with talk(node.url, "?frames=binary") as client:
        for wrong in ({"text": "hi"}, {"id": "a", "text": ""}):
            await client.send("say", **wrong)
            assert (await client.next())["code"] == "INVALID_REQUEST"
    async with talk(node.url) as client:
        await client.send("say", text="")
        assert (await client.next())["duration_ms"] == 0


async def test_an_id_is_one_texts_at_a_time(site):
    node = await site.bridge()
    await site.synth(script=be_silent)
    async with talk(node.url) as client:
        for _ in range(2):
            await client.send("say", id="a", text="hi")
        error = await client.next()
        assert (error["id"], error["code"]) == ("a", "INVALID_REQUEST")


async def speak_20_megabytes(synth, request, to):
    await synth.begin(request, to)
    pcm = bytes(500_000)
    for number in range(40):
        offset = number * len(pcm) // 2
        chunk = AudioChunk(utterance_id=request.utterance_id, offset=offset, pcm=pcm)
        await synth.bus.reply(to, chunk)
    await synth.end(request, to, samples=10_000_000)


async def test_a_client_that_takes_nothing_is_given_up(site, monkeypatch):
    node = await site.bridge()
    await site.synth(script=speak_20_megabytes)
    monkeypatch.setattr(chatterbox_socket, "STALL_S", 0.05)
    async with talk(node.url, max_queue=1, close_timeout=0.1) as client:
        await client.send("say", text="hi", audio={"chunk_size_ms": 10_000})
        await site.until(lambda: node.bus.counters.get("player_sockets") == 0)
    assert node.bus.counters.get("player_requests") == 0


async def test_a_wrong_token_closes_with_1008(site):
    node = await site.bridge(api_token="secret")
    await site.synth()
    for query in ("", "?token=wrong"):
        with pytest.raises(ConnectionClosed) as closed:
            async with talk(node.url, query):
                pass
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
    for query, headers in (("?token=secret", {}), ("", {"authorization": "Bearer secret"})):
        async with talk(node.url, query, additional_headers=headers) as client:
            await client.send("say", text="hi")
            assert (await client.until("done"))[-1]["duration_ms"] == 40


async def test_a_foreign_page_may_not_speak(site):
    node = await site.bridge()
    with pytest.raises(InvalidStatus) as refused:
        async with talk(node.url, origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_a_giant_message_ends_its_socket_and_no_other(site):
    node = await site.bridge()
    await site.synth()
    async with talk(node.url) as client, talk(node.url) as other:
        await client.socket.send("x" * (2 * 1024 * 1024))
        with pytest.raises(ConnectionClosed):
            await client.next()
        await other.send("say", text="hi")
        assert (await other.until("done"))[-1]["duration_ms"] == 40
