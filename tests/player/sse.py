"""An event stream as a browser reads it, over a plain socket."""

import asyncio
import contextlib
import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

SOON_S = 20.0


@dataclass(frozen=True)
class SseEvent:
    event: str
    id: str | None
    data: Any


class SseClient:
    """One GET of the stream. `raw` is the first piece of the body."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.comments: list[str] = []
        self.retry_ms: int | None = None
        self.raw = b""
        self._reader = reader
        self._writer = writer
        self._buffer = b""

    async def next(self, name: str | None = None) -> SseEvent:
        """The next event, or the next of that name."""
        while True:
            event = await asyncio.wait_for(self._next(), SOON_S)
            if event is None:
                raise EOFError("the stream ended")
            if name in (None, event.event):
                return event

    async def all_until(self, name: str) -> list[SseEvent]:
        """Events up to and with the first of that name."""
        events = [await self.next()]
        while events[-1].event != name:
            events.append(await self.next())
        return events

    async def end(self) -> None:
        """Read until the other side ends the stream."""
        while await asyncio.wait_for(self._next(), SOON_S) is not None:
            pass

    async def comment(self) -> str:
        """The next comment line."""
        while not self.comments:
            await asyncio.wait_for(self._fill(), SOON_S)
            self._parse_comments()
        return self.comments.pop(0)

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _next(self) -> SseEvent | None:
        while True:
            block, found, rest = self._buffer.partition(b"\n\n")
            if found:
                self._buffer = rest
                event = self._parse(block.decode())
                if event is not None:
                    return event
            elif not await self._fill():
                return None

    def _parse(self, block: str) -> SseEvent | None:
        fields: dict[str, str] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            if not name:
                self.comments.append(value.strip())
            elif name == "retry":
                self.retry_ms = int(value)
            else:
                assert name not in fields, "one line each"
                fields[name] = value.removeprefix(" ")
        if "data" not in fields:
            return None
        return SseEvent(fields["event"], fields.get("id"), json.loads(fields["data"]))

    def _parse_comments(self) -> None:
        while self._buffer.startswith(b":") and b"\n\n" in self._buffer:
            block, _, self._buffer = self._buffer.partition(b"\n\n")
            self._parse(block.decode())

    async def read_head(self) -> None:
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), SOON_S)
        first, *lines = head.decode().strip().split("\r\n")
        self.status = int(first.split()[1])
        pairs = (line.partition(": ") for line in lines)
        self.headers = {name.lower(): value for name, _, value in pairs}

    async def _fill(self) -> bool:
        """Read one HTTP chunk; whether there was one."""
        try:
            size = int(await self._reader.readuntil(b"\r\n"), 16)
            data = await self._reader.readexactly(size + 2)
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        self._buffer += data[:-2]
        self.raw = self.raw or data[:-2]
        return size > 0


async def open_stream(
    url: str,
    query: str = "room=main",
    headers: dict[str, str] | None = None,
    receive_buffer: int | None = None,
) -> SseClient:
    """Open the stream and read the head of the answer."""
    host = urlsplit(url).netloc
    sock = socket.create_connection((host.partition(":")[0], int(host.partition(":")[2])))
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    reader, writer = await asyncio.open_connection(sock=sock)
    sent = {"Host": host, "Accept": "text/event-stream", **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    writer.write(f"GET /api/danmaku/stream?{query} HTTP/1.1\r\n{lines}\r\n".encode())
    client = SseClient(reader, writer)
    await client.read_head()
    return client
