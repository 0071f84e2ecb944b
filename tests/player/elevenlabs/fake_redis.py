"""As much of Redis as one subscriber needs."""

import asyncio

BULK = b"$%d\r\n%s\r\n"


class FakeRedis:
    def __init__(self) -> None:
        self.subscribed = asyncio.Event()
        self.channels: list[bytes] = []
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"

    async def publish(self, channel: str, payload: bytes) -> None:
        for writer in self._writers:
            writer.write(_event(b"message", channel.encode()) + BULK % (len(payload), payload))
            await writer.drain()

    async def close(self) -> None:
        for writer in self._writers:
            writer.close()
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        while head := await reader.readline():
            words = [await _word(reader) for _ in range(int(head[1:]))]
            writer.write(self._answer(words))
            await writer.drain()
        writer.close()

    def _answer(self, words: list[bytes]) -> bytes:
        if words[0] == b"HELLO":
            return b"%1\r\n" + BULK % (5, b"proto") + b":3\r\n"
        if words[0] == b"SUBSCRIBE":
            self.channels.append(words[1])
            self.subscribed.set()
            return _event(b"subscribe", words[1]) + b":1\r\n"
        return b"+OK\r\n"


async def _word(reader: asyncio.StreamReader) -> bytes:
    length = int((await reader.readline())[1:])
    return (await reader.readexactly(length + 2))[:-2]


def _event(kind: bytes, channel: bytes) -> bytes:
    return b">3\r\n" + BULK % (len(kind), kind) + BULK % (len(channel), channel)
