"""Where clients show the token: in the headers of each system, and in a WebSocket's address."""

import logging
from itertools import product

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ishowtts_player.trust.tokens import tokens_in_headers, tokens_in_query

TOKEN = "correct horse battery"
STREAM = "/api/danmaku/stream"


def test_a_token_is_found_in_the_headers_of_every_system():
    shown = {
        "authorization": "bearer a",
        "xi-api-key": "b",
        "x-api-key": " c ",
        "cookie": "ishowtts=d",
    }
    assert list(tokens_in_headers(shown)) == ["a", "b", "c"]
    assert list(tokens_in_headers({"authorization": "Basic a", "xi-api-key": None})) == []


def test_a_socket_s_address_may_show_it_in_two_ways():
    assert list(tokens_in_query(b"token=a&authorization=Bearer+b&authorization=c&x=d")) == list(
        "abc"
    )
    assert list(tokens_in_query(b"")) == []


async def test_a_header_of_another_system_is_as_good_as_a_bearer(site):
    await site.bridge(api_token=TOKEN)
    http = site.http()
    for name in ("xi-api-key", "x-api-key"):
        assert (await http.get("/api/voices", headers={name: TOKEN})).status_code == 200
        assert (await http.get("/api/voices", headers={name: f"{TOKEN}x"})).status_code == 401
        twice = [(name, TOKEN), (name, TOKEN)]
        assert (await http.get("/api/voices", headers=twice)).status_code == 401


def socket_url(node, path: str) -> str:
    return node.url.replace("http", "ws", 1) + path


async def test_a_socket_takes_the_token_from_header_or_address(site):
    node = await site.bridge(api_token=TOKEN)
    quoted = TOKEN.replace(" ", "%20")
    for path, headers in (
        (STREAM, {"authorization": f"Bearer {TOKEN}"}),
        (STREAM, {"xi-api-key": TOKEN}),
        (f"{STREAM}?token={quoted}", {}),
        (f"{STREAM}?authorization=Bearer%20{quoted}", {}),
        (f"{STREAM}?authorization={quoted}", {}),
    ):
        async with connect(socket_url(node, path), additional_headers=headers) as socket:
            await socket.ping()


async def test_a_socket_without_the_token_is_refused_in_its_client_s_shape(site):
    node = await site.bridge(api_token=TOKEN)
    for path in (STREAM, f"{STREAM}?token=wrong", "/v1/text-to-speech/a/stream-input?token=x"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(socket_url(node, path))
        assert refused.value.response.status_code == 401
        assert b"token" in refused.value.response.body


async def test_chatterbox_s_sockets_are_closed_with_1008(site):
    node = await site.bridge(api_token=TOKEN)
    async with connect(socket_url(node, "/ws/tts?token=wrong")) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd.code == 1008


SOCKETS = (STREAM, "/ws/tts", "/v1/text-to-speech/a/stream-input", "/shimmy/ws/generate")


async def test_a_foreign_page_opens_no_socket(site):
    node = await site.bridge()
    for path, origin in product(SOCKETS, ("https://evil.example", "null")):
        with pytest.raises(InvalidStatus) as refused:
            await connect(socket_url(node, path), origin=origin)
        assert refused.value.response.status_code == 403


async def test_a_rebound_name_opens_no_socket(site):
    port = int((await site.bridge()).url.rpartition(":")[2])
    for path in SOCKETS:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://evil.example{path}", host="127.0.0.1", port=port)
        assert refused.value.response.status_code == 403


async def test_sockets_at_once_are_bounded(site):
    node = await site.bridge(max_sockets=1)
    async with connect(socket_url(node, STREAM)):
        with pytest.raises(InvalidStatus) as refused:
            await connect(socket_url(node, STREAM))
        assert refused.value.response.status_code == 503
        assert "retry-after" in refused.value.response.headers
    await site.until(lambda: node.bus.counters.get("player_sockets") == 0)


async def test_a_message_beyond_the_limit_closes_its_socket(site):
    node = await site.bridge()
    async with connect(socket_url(node, STREAM)) as socket:
        await socket.send("x" * 2**20)
        await socket.send("x" * (2**20 + 1))
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd.code == 1009


async def test_a_token_in_an_address_is_in_no_log(site, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("uvicorn.error", "ishowtts.player"):
        assert logging.getLogger(name).getEffectiveLevel() >= logging.DEBUG
    node = await site.bridge(api_token="correct-horse")
    async with connect(socket_url(node, f"{STREAM}?token=correct-horse")):
        pass
    async with connect(socket_url(node, "/ws/tts?token=correct-horse-2")) as socket:
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    await site.http().get("/?token=correct-horse")
    ours = [one for one in caplog.records if not one.name.startswith(("websockets", "http"))]
    assert not any("correct-horse" in one.getMessage() for one in ours)
