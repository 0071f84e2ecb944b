"""Bodies without end, headers that contradict each other, numbers that nobody means: one clear
answer each, nothing read that is not needed, and the next client is served."""

import asyncio
import json
from dataclasses import dataclass

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from tests.player.sse import SOON_S

GIB = 1024**3
MOST_SENT = 16 * 1024 * 1024
"""What fits into the buffers of both sides and into the largest upload that there is."""
PIECE = bytes(64 * 1024)


@dataclass
class Answer:
    status: int
    sent: int
    body: bytes


async def raw(url: str, head: str, *, endless: bytes = b"") -> Answer:
    """Send a head, and pieces until there is an answer; status 0 is a connection that ended."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head.replace("\n", "\r\n").encode("latin-1"))
    reading = asyncio.ensure_future(reader.read(4096))
    sent = 0
    try:
        while endless and sent < GIB and not reading.done():
            writer.write(endless)
            sent += len(endless)
            draining = asyncio.ensure_future(writer.drain())
            await asyncio.wait((reading, draining), return_when=asyncio.FIRST_COMPLETED)
            draining.cancel()
            await asyncio.gather(draining, return_exceptions=True)
            await asyncio.sleep(0)
        answer = await asyncio.wait_for(reading, SOON_S)
    except ConnectionError:
        answer = b""
    finally:
        reading.cancel()
        writer.transport.abort()
    first = answer.split(b" ", 2)
    return Answer(int(first[1]) if len(first) > 1 else 0, sent, answer)


async def post_paths(site) -> list[str]:
    """Every path of the document that takes a body, for a voice that there is."""
    document = (await site.http().get("/schema/openapi.json")).json()
    return [
        path.replace("{voice_id}", "en").replace("{name}", "en").replace("{room}", "main")
        for path, item in document["paths"].items()
        if "requestBody" in item.get("post", {})
    ]


async def test_a_body_without_end_is_refused_early_everywhere(site):
    node = await site.bridge()
    await site.synth()
    paths = await post_paths(site)
    assert len(paths) > 15
    for path in paths:
        head = f"POST {path} HTTP/1.1\nHost: 127.0.0.1\nContent-Type: application/json\n"
        announced = await raw(node.url, f"{head}Content-Length: {GIB}\n\n")
        assert (announced.status, path) == (413, path)
        chunk = f"{len(PIECE):x}\r\n".encode() + PIECE + b"\r\n"
        streamed = await raw(node.url, f"{head}Transfer-Encoding: chunked\n\n", endless=chunk)
        assert streamed.status in (0, 413), path
        assert streamed.sent <= 2 * MOST_SENT, path
    assert (await site.http().get("/api/health")).status_code == 200


FORGED = {
    "two lengths": "Content-Length: 2\nContent-Length: 20\n",
    "length and chunks": "Content-Length: 2\nTransfer-Encoding: chunked\n",
    "a negative length": "Content-Length: -5\n",
    "a length that is no number": "Content-Length: 0x10\n",
    "a huge length": f"Content-Length: {'9' * 400}\n",
    "an unknown coding": "Transfer-Encoding: gzip, chunked, gzip\n",
    "a header without an end": f"X-Long: {'x' * 200_000}\n",
    "a header of odd bytes": "X-Odd: a\x00b\n",
    "a name with a space": "Content Length: 5\n",
}


async def test_forged_headers_are_refused_and_smuggle_nothing(site):
    node = await site.bridge()
    synth = await site.synth()
    hidden = json.dumps({"text": "smuggled"})
    head = "POST /api/tts HTTP/1.1\nHost: 127.0.0.1\nContent-Type: application/json\n"
    inner = f"{head}Content-Length: {len(hidden)}\n\n{hidden}"
    for name, forged in FORGED.items():
        answer = await raw(node.url, f"{head}{forged}\n{{}}{inner}")
        assert answer.status in (0, 400, 411, 413, 422, 431, 501), name
        assert not synth.requests, name


ODD = [
    ("/api/tts", {"text": "hi", "speed": 1e308}),
    ("/api/tts", {"text": "hi", "nfe_step": 2**70}),
    ("/api/tts", {"text": "hi", "voice_id": "../../etc/passwd"}),
    ("/v1/audio/speech", {"input": "hi", "speed": -1}),
    ("/v1/audio/speech", {"input": "hi", "voice": {"id": "/etc/passwd"}, "model": "espeak"}),
    ("/v1/text-to-speech/en", {"text": "hi", "voice_settings": {"speed": 0}}),
    ("/v1/text-to-speech/..%2f..%2fetc%2fpasswd", {"text": "hi"}),
    ("/v1/generate", {"gen_text": "hi", "ref_text": "x", "ref_audio_base64": "%%%"}),
    ("/v1/generate", {"gen_text": "hi", "ref_text": "x", "ref_audio_base64": "é" * 9}),
    ("/v1/generate/stream", {"gen_text": "hi", "ref_text": "x", "ref_audio_base64": "AAAA"}),
    ("/chatterbox/api/tts", {"text": "hi", "audio": {"sample_rate": 0}}),
    ("/chatterbox/api/tts", {"text": "hi", "audio": {"sample_rate": 10**9}}),
    ("/shimmy/generate", {"model": "espeak", "prompt": {"deep": [[[]]]}}),
    ("/v1/chat/completions", {"model": "espeak", "messages": [{"role": "user", "content": 5}]}),
]


async def test_what_nobody_can_mean_is_a_clients_error(site):
    await site.bridge()
    synth = await site.synth()
    http = site.http()
    for path, body in ODD:
        answer = await http.post(path, json=body)
        told = (path, body, answer.status_code, answer.text[:200])
        assert 400 <= answer.status_code < 500 or answer.status_code == 503, told
        assert "Traceback" not in answer.text, told
        assert "passwd" not in answer.headers.get("content-disposition", ""), told
    assert all(request.speed <= 4 for request in synth.requests)


async def read_all(socket) -> None:
    while True:
        await socket.recv()


async def test_chunk_sizes_that_make_no_sense_are_refused(site):
    node = await site.bridge()
    synth = await site.synth()
    for size in (0, -1, 10**9, 0.5, "20", 2**64):
        await refuse_size(node.url.replace("http", "ws"), size)
    assert not synth.requests


async def refuse_size(url: str, size: object) -> None:
    async with connect(f"{url}/ws/tts") as socket:
        assert json.loads(await socket.recv())["type"] == "ready"
        say = {"type": "say", "text": "hi", "audio": {"chunk_size_ms": size}}
        await socket.send(json.dumps(say))
        assert json.loads(await socket.recv())["type"] == "error"
    async with connect(f"{url}/v1/text-to-speech/en/stream-input") as socket:
        config = {"chunk_length_schedule": [size]}
        await socket.send(json.dumps({"text": " ", "generation_config": config}))
        with pytest.raises(ConnectionClosedError) as closed:
            await asyncio.wait_for(read_all(socket), SOON_S)
        assert closed.value.rcvd.code == 1008
        assert "chunk_length_schedule" in closed.value.rcvd.reason
