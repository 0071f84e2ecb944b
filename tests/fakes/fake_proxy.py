"""A SOCKS5 and an HTTP CONNECT proxy on loopback that resolve names by a table of their own."""

import asyncio
import base64
import contextlib
import ipaddress
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


class FakeProxy:
    """Passes bytes on to where its table says.

    Attributes:
        names: Host to the address on loopback that it stands for; others are unreachable.
        asked: Hosts and ports as they were asked for, so that a test sees who resolved them.
        credentials: User and password that are demanded, as `user:password`; empty for none.
        refused: How often they were wrong.
    """

    def __init__(self, names: dict[str, str], credentials: str = "") -> None:
        self.names = names
        self.asked: list[tuple[str, int]] = []
        self.credentials = credentials
        self.refused = 0
        self.port = 0
        self._serving: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def socks5(self) -> AsyncIterator[str]:
        """Serve SOCKS5; gives its address."""
        async with self._serve(self._on_socks5):
            yield f"socks5://127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def http(self) -> AsyncIterator[str]:
        """Serve HTTP CONNECT; gives its address."""
        async with self._serve(self._on_http):
            yield f"http://127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def _serve(
        self, on_client: Callable[[Reader, Writer], Awaitable[None]]
    ) -> AsyncIterator[None]:
        async def serve(reader: Reader, writer: Writer) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._serving.add(task)
            try:
                with contextlib.suppress(
                    ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError
                ):
                    await on_client(reader, writer)
            finally:
                self._serving.discard(task)
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for task in list(self._serving):
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)

    async def _on_socks5(self, reader: Reader, writer: Writer) -> None:
        """RFC 1928, and RFC 1929 for the password."""
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        wanted = 2 if self.credentials else 0
        writer.write(bytes([5, wanted if wanted in methods else 0xFF]))
        if wanted not in methods:
            self.refused += 1
            return
        if wanted and not await self._has_password(reader, writer):
            return
        _, _, _, kind = await reader.readexactly(4)
        host = await _socks5_host(reader, kind)
        (port,) = struct.unpack(">H", await reader.readexactly(2))
        self.asked.append((host, port))
        if host not in self.names:
            writer.write(bytes([5, 4, 0, 1, 0, 0, 0, 0, 0, 0]))
            return
        writer.write(bytes([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]))
        await self._tunnel(reader, writer, host, port)

    async def _has_password(self, reader: Reader, writer: Writer) -> bool:
        words = []
        await reader.readexactly(1)
        for _ in range(2):
            (length,) = await reader.readexactly(1)
            words.append((await reader.readexactly(length)).decode())
        right = ":".join(words) == self.credentials
        self.refused += not right
        writer.write(bytes([1, 0 if right else 1]))
        return right

    async def _on_http(self, reader: Reader, writer: Writer) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split("\r\n")[0].split(" ")
        token = base64.b64encode(self.credentials.encode()).decode()
        if self.credentials and f"Proxy-Authorization: Basic {token}" not in head:
            self.refused += 1
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return
        host, _, port = target.rpartition(":")
        self.asked.append((host, int(port)))
        if method != "CONNECT" or host not in self.names:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await self._tunnel(reader, writer, host, int(port))

    async def _tunnel(self, reader: Reader, writer: Writer, host: str, port: int) -> None:
        there, to_there = await asyncio.open_connection(self.names[host], port)
        try:
            await asyncio.wait(
                [
                    asyncio.create_task(_pump(reader, to_there)),
                    asyncio.create_task(_pump(there, writer)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            to_there.close()


async def _socks5_host(reader: Reader, kind: int) -> str:
    if kind == 3:
        (length,) = await reader.readexactly(1)
        return (await reader.readexactly(length)).decode()
    return str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))


async def _pump(source: Reader, sink: Writer) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await source.read(65_536):
            sink.write(chunk)
            await sink.drain()
