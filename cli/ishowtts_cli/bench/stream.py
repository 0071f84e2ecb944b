"""A listener of the event stream, light enough that two hundred of them fit beside the pipeline.

It reads the socket itself: an HTTP client library would cost more than the bridge it measures.
"""

import asyncio
import time
from collections import Counter

CONNECT_TIMEOUT_S = 10.0


class ChunkedBody:
    """Takes the frames of HTTP's chunked encoding off a body that arrives in pieces."""

    def __init__(self) -> None:
        self._held = b""
        self._left = 0

    def feed(self, data: bytes) -> bytes:
        """The payload in `data`."""
        if not self._held and len(data) <= self._left:
            self._left -= len(data)
            return data
        data, self._held = self._held + data, b""
        parts: list[bytes] = []
        while data:
            if self._left:
                parts.append(data[: self._left])
                taken = len(parts[-1])
                self._left -= taken
                data = data[taken:]
                continue
            size, found, rest = data.lstrip(b"\r\n").partition(b"\r\n")
            if not found:
                self._held = data
                break
            self._left, data = int(size.partition(b";")[0], 16), rest
        return b"".join(parts)


class EventParser:
    """Splits an event stream into blocks."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The blocks that are whole now, without the empty line that ends them."""
        blocks = (self._held + data).split(b"\n\n")
        self._held = blocks.pop()
        return blocks


def event_name(block: bytes) -> bytes:
    """The event's name; empty for comments and `retry`."""
    start = block.find(b"event: ")
    return block[start + 7 : block.find(b"\n", start)] if start >= 0 else b""


def text_field(block: bytes, name: bytes) -> str:
    """A plain string of the block's JSON (no escapes, as in ids), empty where there is none."""
    key = b'"' + name + b'":"'
    start = block.find(key)
    if start < 0:
        return ""
    start += len(key)
    return block[start : block.find(b'"', start)].decode()


class Listener(asyncio.Protocol):
    """One open event stream and when what arrived; times are `time.perf_counter()`."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.started: dict[str, float] = {}
        """Message id to the time of `audio_start`."""
        self.heard: dict[str, float] = {}
        """Message id to the time of the first `audio_chunk`."""
        self.stopped: set[str] = set()
        """Message ids whose audio is complete."""
        self.outcomes: dict[str, str] = {}
        """Message id to how it ended."""
        self.counts: Counter[bytes] = Counter()
        self.broken = False
        self._head = b""
        self._in_body = False
        self._body: ChunkedBody | None = None
        self._events = EventParser()
        self._messages: dict[str, str] = {}

    @classmethod
    async def open(cls, host: str, port: int, room: str) -> "Listener":
        """Connect and wait for the stream's first event.

        Raises:
            OSError: There is no bridge.
            TimeoutError: It says nothing.
        """
        loop = asyncio.get_running_loop()
        transport, listener = await loop.create_connection(cls, host, port)
        path = f"/api/danmaku/stream?room={room}"
        head = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: text/event-stream\r\n\r\n"
        listener.transport = transport
        transport.write(head.encode())
        await asyncio.wait_for(listener.ready.wait(), CONNECT_TIMEOUT_S)
        return listener

    transport: asyncio.WriteTransport

    def close(self) -> None:
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        body = data if self._in_body else self._after_head(data)
        if self._body is not None:
            body = self._body.feed(body)
        for block in self._events.feed(body):
            self._on_event(event_name(block), block, now)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002, asyncio calls it
        self.broken = True

    def _after_head(self, data: bytes) -> bytes:
        self._head += data
        head, found, body = self._head.partition(b"\r\n\r\n")
        if not found:
            return b""
        self._in_body = True
        if b"transfer-encoding: chunked" in head.lower():
            self._body = ChunkedBody()
        return body

    def _on_event(self, name: bytes, block: bytes, now: float) -> None:
        self.counts[name] += 1
        if name == b"audio_chunk":
            message = self._messages.get(text_field(block, b"utterance_id"))
            if message is not None:
                self.heard.setdefault(message, now)
        elif name == b"audio_start":
            message = text_field(block, b"message_id")
            self._messages[text_field(block, b"utterance_id")] = message
            self.started.setdefault(message, now)
        elif name == b"audio_stop":
            self.stopped.add(self._messages.pop(text_field(block, b"utterance_id"), ""))
        elif name == b"chat_ended":
            self.outcomes[text_field(block, b"message_id")] = text_field(block, b"outcome")
        elif name == b"chat_rejected":
            self.outcomes[text_field(block, b"message_id")] = "rejected"
        elif name == b"hello":
            self.ready.set()
