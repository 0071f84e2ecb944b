"""`/api/danmaku/stream` as a WebSocket, beside the event stream on the same path."""

import asyncio
import json
import struct

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ishowtts_schemas.topics import AUDIO, CHAT_ACCEPTED, CHAT_MESSAGE
from tests.player import messages as m
from tests.player.sse import SOON_S


def url(node, query: str = "") -> str:
    return f"{node.url.replace('http', 'ws', 1)}/api/danmaku/stream{query}"


async def packet(socket: ClientConnection) -> tuple[dict, bytes]:
    data = await asyncio.wait_for(socket.recv(decode=False), SOON_S)
    (length,) = struct.unpack_from("<I", data)
    return json.loads(data[4 : 4 + length]), data[4 + length + 44 :]


async def say(site, name: str, pcm: bytes = b"abcd") -> None:
    parts = (m.start(name), m.chunk(name, pcm=pcm), m.stop(name))
    await site.publish(AUDIO, *parts, **m.MAIN)


async def joined(site, node, count: int = 1) -> None:
    await site.until(lambda: node._hub.listener_count == count)


async def test_chat_comes_with_its_origin(site):
    node = await site.bridge()
    async with connect(url(node)) as socket:
        await joined(site, node)
        await site.publish(CHAT_MESSAGE, m.chat(color="#aabbcc", channel="ann"), **m.MQTT)
        await site.publish(CHAT_ACCEPTED, m.accepted(), **m.MQTT)
        await say(site, "u1")
        header, pcm = await packet(socket)
    assert (header["platform"], header["channel"]) == ("mqtt", "ann")
    assert (header["username"], header["color"]) == ("Ann", "#aabbcc")
    assert (header["display_text"], header["format"]) == ("hello", "audio/wav")
    assert pcm == b"abcd"


async def test_a_client_begins_with_what_was_just_spoken(site):
    node = await site.bridge()
    stream = await site.greeted()
    await say(site, "u1", b"aa")
    await say(site, "u2", b"bb")
    await stream.next("audio_stop")
    await stream.next("audio_stop")
    node._hub.find("main").playback.clear(())
    async with connect(url(node)) as socket:
        assert [(await packet(socket))[1] for _ in range(2)] == [b"aa", b"bb"]
        await say(site, "u3", b"cc")
        assert (await packet(socket))[1] == b"cc"


async def test_a_client_may_begin_with_now(site):
    node = await site.bridge()
    stream = await site.greeted()
    await say(site, "u1", b"aa" * m.RATE_HZ * 3)
    await stream.next("audio_stop")
    node._hub.find("main").playback.queue[0].played_s = 2.5
    async with connect(url(node, "?replay=false")) as socket:
        await joined(site, node, 2)
        await say(site, "u2", b"bb")
        assert (await packet(socket))[1] == b"bb"


async def test_half_an_utterance_is_not_sent(site):
    node = await site.bridge(stream={"ring_bytes": 1024})
    stream = await site.greeted()
    await site.publish(AUDIO, m.start(), m.chunk(pcm=bytes(4000)), **m.MAIN)
    await stream.next("audio_chunk")
    async with connect(url(node)) as socket:
        await joined(site, node, 2)
        await site.publish(AUDIO, m.chunk(offset=2000), m.stop(), **m.MAIN)
        await say(site, "u2", b"bb")
        assert (await packet(socket))[1] == b"bb"


async def test_what_a_client_says_does_not_matter(site):
    node = await site.bridge()
    async with connect(url(node)) as socket:
        await joined(site, node)
        await socket.send("hello")
        await socket.send(b"\0\1")
        await say(site, "u1", b"aa")
        assert (await packet(socket))[1] == b"aa"


async def test_the_same_path_is_the_event_stream_without_an_upgrade(site):
    node = await site.bridge()
    stream = await site.greeted()
    async with connect(url(node)) as socket:
        await say(site, "u1", b"aa")
        assert (await packet(socket))[1] == b"aa"
        assert (await stream.next("audio_stop")).data["reason"] == "done"


async def test_a_client_that_leaves_is_forgotten(site):
    node = await site.bridge()
    async with connect(url(node)):
        await joined(site, node)
    await joined(site, node, 0)


async def test_a_client_that_does_not_read_is_dropped_and_the_others_hear_on(site):
    node = await site.bridge(stream={"queue_bytes": 200_000})
    _, writer = await stalled(node)
    async with connect(url(node), max_size=None) as socket:
        await joined(site, node, 2)
        hearing = asyncio.create_task(count_packets(socket))
        for number in range(400):
            await say(site, f"u{number}", bytes(40_000))
            if node.bus.counters.get("player_listeners_dropped_total"):
                break
        await joined(site, node, 1)
        await say(site, "last", b"zz")
        assert await asyncio.wait_for(hearing, SOON_S) == number + 1
    writer.close()


async def stalled(node) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client that shakes hands and reads nothing more."""
    port = int(node.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(
        b"GET /api/danmaku/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def count_packets(socket: ClientConnection) -> int:
    count = 0
    while (await packet(socket))[1] != b"zz":
        count += 1
    return count


async def test_a_bad_room_is_refused_before_the_handshake(site):
    node = await site.bridge()
    for query in ("?room=../x", "?room=UPPER"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(url(node, query))
        assert refused.value.response.status_code == 400
        assert json.loads(refused.value.response.body)["code"] == "BAD_ROOM"


async def test_a_bridge_that_stops_says_so(site):
    node = await site.bridge()
    async with connect(url(node)) as socket:
        await joined(site, node)
        await site.stop_bridge()
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd.code == 1012


async def test_fifty_clients_hear_everything(site):
    node = await site.bridge()
    sockets = await asyncio.gather(*(connect(url(node)) for _ in range(50)))
    await joined(site, node, 50)
    for number in range(5):
        await say(site, f"u{number}", bytes([number, 0]) * 2400)
    for socket in sockets:
        heard = [(await packet(socket))[1] for _ in range(5)]
        assert heard == [bytes([number, 0]) * 2400 for number in range(5)]
    await asyncio.gather(*(socket.close() for socket in sockets))
