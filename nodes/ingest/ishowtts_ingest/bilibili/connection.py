"""One WebSocket: says who asks, keeps it alive, and gives the room's commands."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn, TypeAlias

import msgspec
from aiohttp import ClientSession, ClientWebSocketResponse, ClientWSTimeout, WSMsgType

from ishowtts_ingest.bilibili.errors import LostError, RefusedError
from ishowtts_ingest.bilibili.packets import Operation, Packet, PacketDecoder, encode
from ishowtts_ingest.tasks import run_until_first

CLOSE_TIMEOUT_S = 0.2

_Socket: TypeAlias = "ClientWebSocketResponse[Any]"


class Timing(NamedTuple):
    """Seconds.

    Attributes:
        heartbeat_s: Between heartbeats; the platform hangs up after a minute without one.
        session_s: Between heartbeats of a session with the official API.
        silence_s: Each heartbeat is answered: longer silence means a dead connection.
        auth_s: For the answer to the first packet.
        lost_pause_s: Before the first try after a connection was lost.
        refused_pause_s: Before the first try after the platform said no.
    """

    heartbeat_s: float = 30.0
    session_s: float = 20.0
    silence_s: float = 75.0
    auth_s: float = 10.0
    lost_pause_s: float = 1.0
    refused_pause_s: float = 5.0


class Connection:
    """Follows a room over one WebSocket until it breaks.

    Args:
        on_ready: Called when the server has let us in.
        on_command: Called with each command.
        on_invalid: Called with a word and a sentence on what could not be read.
    """

    def __init__(
        self,
        session: ClientSession,
        timing: Timing,
        *,
        on_ready: Callable[[], None],
        on_command: Callable[[dict[str, Any]], None],
        on_invalid: Callable[[str, str], None],
    ) -> None:
        self._session = session
        self._timing = timing
        self._on_ready = on_ready
        self._on_command = on_command
        self._on_invalid = on_invalid

    async def follow(self, url: str, auth: bytes) -> NoReturn:
        """Read until the connection ends.

        Raises:
            RefusedError: The server did not let us in.
            LostError: It ended, or was silent for too long.
            aiohttp.ClientError: It cannot be reached.
        """
        closing = ClientWSTimeout(ws_close=CLOSE_TIMEOUT_S)  # type: ignore[call-arg]
        async with self._session.ws_connect(url, timeout=closing) as socket:
            await socket.send_bytes(encode(Operation.AUTH, auth))
            await run_until_first(self._read(socket), self._beat(socket))
        raise LostError("the connection ended")

    async def _beat(self, socket: _Socket) -> NoReturn:
        while True:
            await asyncio.sleep(self._timing.heartbeat_s)
            await socket.send_bytes(encode(Operation.HEARTBEAT))

    async def _read(self, socket: _Socket) -> None:
        decoder = PacketDecoder(lambda error: self._on_invalid("packet", error))
        patience_s = self._timing.auth_s
        while True:
            frame = await self._receive(socket, patience_s)
            for packet in decoder.feed(frame):
                self._handle(packet)
                patience_s = self._timing.silence_s

    async def _receive(self, socket: _Socket, patience_s: float) -> bytes:
        try:
            message = await socket.receive(timeout=patience_s)
        except asyncio.TimeoutError:
            raise LostError(f"nothing came for {patience_s:g} s") from None
        if message.type is WSMsgType.BINARY:
            return message.data
        if message.type is WSMsgType.TEXT:
            self._on_invalid("packet", "text where there should be bytes")
            return b""
        raise LostError(f"the server closed the connection (code {socket.close_code})")

    def _handle(self, packet: Packet) -> None:
        if packet.operation == Operation.COMMAND:
            self._command(packet.body)
        elif packet.operation == Operation.AUTH_REPLY:
            code = _code(packet.body)
            if code:
                raise RefusedError(f"the chat server refused the token: code {code}")
            self._on_ready()
        elif packet.operation != Operation.HEARTBEAT_REPLY:
            self._on_invalid("operation", f"unknown operation {packet.operation}")

    def _command(self, body: bytes) -> None:
        try:
            command = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._on_invalid("malformed", str(error))
            return
        if isinstance(command, dict):
            self._on_command(command)
        else:
            self._on_invalid("malformed", "a command that is no object")


def _code(body: bytes) -> int:
    """The server's verdict on our token; what cannot be read is taken for a yes."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0
    code = answer.get("code") if isinstance(answer, dict) else 0
    return code if isinstance(code, int) else 0
