"""Connections: what is too large, and who does not read."""

import asyncio

import pytest

from ishowtts_player import server
from ishowtts_schemas import AudioChunk
from tests.player.sse import SOON_S

HEAD = "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{more}\r\n\r\n"
BLOCK = b"x" * 65536


async def send_without_end(port: int, path: str, more: str, block: bytes) -> tuple[bytes, int]:
    """What the bridge says to a body without end, and after how many bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD.format(path=path, more=more).encode())
    answer = asyncio.ensure_future(reader.readline())
    sent = 0
    while not answer.done() and sent < 10**9:
        writer.write(block)
        sent += len(block)
        await asyncio.wait((answer,), timeout=0.0005)
    writer.close()
    return await asyncio.wait_for(answer, SOON_S), sent


@pytest.mark.parametrize(
    ("more", "block"),
    [
        ("Content-Length: 1000000000", BLOCK),
        ("Transfer-Encoding: chunked", b"10000\r\n" + BLOCK + b"\r\n"),
    ],
)
async def test_a_body_of_a_gigabyte_is_refused_long_before_its_end(site, more, block):
    port = int((await site.bridge()).url.rpartition(":")[2])
    for path in ("/api/tts", "/v1/audio/speech", "/api/danmaku/enqueue"):
        status, sent = await send_without_end(port, path, more, block)
        assert b" 413 " in status
        assert sent < 50_000_000


async def speak_long(synth, request, to):
    await synth.begin(request, to)
    for offset in range(0, 5_000_000, 250_000):
        chunk = AudioChunk(utterance_id=request.utterance_id, offset=offset, pcm=bytes(500_000))
        await synth.bus.reply(to, chunk)
    await synth.end(request, to, samples=5_000_000)


async def test_a_client_that_does_not_read_its_answer_is_dropped(site, monkeypatch):
    monkeypatch.setattr(server, "STALL_S", 0.2)
    node = await site.bridge()
    await site.synth(script=speak_long)
    port = int(node.url.rpartition(":")[2])
    body = b'{"text": "hi"}'
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(HEAD.format(path="/api/tts", more=f"Content-Length: {len(body)}").encode() + body)
    connections = node._server.server_state.connections
    await site.until(lambda: len(connections) == 1)
    await site.until(lambda: not connections)
    writer.close()


async def test_a_client_that_reads_slowly_gets_all_of_it(site, monkeypatch):
    monkeypatch.setattr(server, "STALL_S", 0.2)
    node = await site.bridge()
    await site.synth(script=speak_long)
    port = int(node.url.rpartition(":")[2])
    body = b'{"text": "hi", "voice_id": "en"}'
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=65536)
    more = f"Accept: audio/wav\r\nConnection: close\r\nContent-Length: {len(body)}"
    writer.write(HEAD.format(path="/api/tts", more=more).encode() + body)
    received = 0
    while data := await asyncio.wait_for(reader.read(500_000), SOON_S):
        received += len(data)
        await asyncio.sleep(0.002)
    assert received > 10_000_000
    writer.close()
