"""The bench's own listener reads what the bridge sends, however it is cut."""

import asyncio
import base64
import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from ishowtts_cli.bench.stream import (
    ChunkedBody,
    EventParser,
    Listener,
    event_name,
    text_field,
)

SOON_S = 5.0


def event(name, **data):
    return f"id: e-1\nevent: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def chunked(payload, size):
    pieces = [payload[at : at + size] for at in range(0, len(payload), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def fed(parser, data, cuts):
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    return [parser.feed(data[a:b]) for a, b in itertools.pairwise(places)]


@given(
    st.binary(min_size=1, max_size=300),
    st.integers(1, 80),
    st.lists(st.integers(0, 900), max_size=20),
)
def test_chunked_bodies_come_out_as_they_went_in(payload, size, cuts):
    assert b"".join(fed(ChunkedBody(), chunked(payload, size), cuts)) == payload


@given(st.lists(st.integers(0, 300), max_size=20))
def test_events_are_whole_however_they_arrive(cuts):
    data = b"retry: 1000\n\n" + event("hello", room="main") + b": keep-alive\n\n" + event("chat")

    blocks = [block for found in fed(EventParser(), data, cuts) for block in found]

    assert [event_name(block) for block in blocks] == [b"", b"hello", b"", b"chat"]


def test_a_field_is_found_without_reading_the_audio():
    block = event("audio_chunk", utterance_id="u-1", offset=0, pcm="A" * 1000)

    assert text_field(block, b"utterance_id") == "u-1"
    assert text_field(block, b"message_id") == ""
    assert text_field(b'data: {"message_id":null}', b"message_id") == ""


class Bridge:
    """Serves one stream of events."""

    def __init__(self, events):
        self._events = events
        self.request = b""
        self.left = asyncio.Event()

    async def serve(self, reader, writer):
        self.request = await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
        writer.write(head + b"Transfer-Encoding: chunked\r\n\r\n")
        for one in self._events:
            writer.write(chunked(one, 50))
            await writer.drain()
        await reader.read()
        writer.close()
        self.left.set()


async def test_a_listener_notes_what_became_of_each_message():
    pcm = base64.b64encode(bytes(300)).decode()
    bridge = Bridge(
        [
            b"retry: 1000\n\n",
            event("hello", room="bench"),
            event("chat", message_id="m-1", text="hi"),
            event("chat_rejected", message_id="m-0", rule="links", reason="x"),
            event("audio_start", utterance_id="u-1", message_id="m-1"),
            event("audio_chunk", utterance_id="u-1", offset=0, pcm=pcm),
            event("audio_chunk", utterance_id="u-1", offset=150, pcm=pcm),
            event("audio_stop", utterance_id="u-1", reason="done", samples=300),
            event("chat_ended", message_id="m-1", utterance_id="u-1", outcome="spoken"),
        ]
    )
    server = await asyncio.start_server(bridge.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    listener = await Listener.open("127.0.0.1", port, "bench")
    await asyncio.wait_for(ended(listener, "m-1"), SOON_S)

    assert listener.outcomes == {"m-0": "rejected", "m-1": "spoken"}
    assert listener.started["m-1"] <= listener.heard["m-1"]
    assert listener.stopped == {"m-1"}
    assert listener.counts[b"audio_chunk"] == 2
    assert bridge.request.startswith(b"GET /api/danmaku/stream?room=bench HTTP/1.1\r\n")
    listener.close()
    await asyncio.wait_for(bridge.left.wait(), SOON_S)
    server.close()
    await server.wait_closed()


async def ended(listener, message_id):
    while message_id not in listener.outcomes:  # noqa: ASYNC110, the listener has no event for it
        await asyncio.sleep(0)
