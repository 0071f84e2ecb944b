"""One WebSocket: JSON in both directions, its end, and who may use it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from ishowtts_player.dialects.elevenlabs.messages import (
    ClientMessage,
    error_message,
    read_message,
)
from ishowtts_player.errors import ApiError
from ishowtts_player.server import ABORT
from ishowtts_player.trust.tokens import TOKEN_DUE, TokenCheck

AnySocket = WebSocket[Any, Any, Any]

STALL_S = 30.0
"""A client that takes nothing for so long is gone."""
MAX_REASON_BYTES = 123
UNAUTHORIZED = 401
SERVER_ERROR = 500
UNAVAILABLE = 503

NORMAL = 1000
UNSUPPORTED = 1003
POLICY = 1008
INTERNAL = 1011
TRY_LATER = 1013


class ClientLeftError(Exception):
    """Nobody is there any more."""


class IdleError(Exception):
    """The client has sent nothing for too long."""


class Connection:
    """A socket that has been accepted.

    Attributes:
        xtts: Whether its errors are written as XTTS's clients read them.
    """

    def __init__(self, socket: AnySocket) -> None:
        self.xtts = False
        self._socket = socket
        self._sending = asyncio.Lock()
        self._token_due: TokenCheck | None = socket.scope.get("state", {}).get(TOKEN_DUE)

    @property
    def token_due(self) -> bool:
        """Whether the client still has to show its token."""
        return self._token_due is not None

    def admit(self, message: ClientMessage) -> None:
        """Look for the token in the first message, where it has not been shown yet.

        Raises:
            ApiError: 401.
        """
        if self._token_due is not None and not self._token_due.accepts_any(message.tokens):
            text = "a token is needed: the header xi-api-key, or xi_api_key in the first message"
            raise ApiError(UNAUTHORIZED, "UNAUTHORIZED", text)
        self._token_due = None

    async def receive(self) -> ClientMessage:
        """The client's next message.

        Raises:
            InputError: It cannot be read.
            ClientLeftError: There will be none.
        """
        event: Any = await self._socket.receive()
        if event["type"] != "websocket.receive":
            raise ClientLeftError
        return read_message(event.get("text") or event.get("bytes") or b"")

    async def send(self, body: dict[str, Any]) -> None:
        """Send a message.

        Raises:
            ClientLeftError: It cannot be delivered.
        """
        text = msgspec.json.encode(body).decode()
        async with self._sending:
            await self._within_reason(self._socket.send_text(text))

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Close the socket, if it still is open."""
        short = reason.encode()[:MAX_REASON_BYTES].decode("utf-8", "ignore")
        with contextlib.suppress(ClientLeftError):
            await self._within_reason(self._socket.close(code, short))

    async def _within_reason(self, sending: Awaitable[None]) -> None:
        """Send; break the connection of a client that takes nothing for too long."""
        abort: Callable[[], None] = self._socket.scope.get(ABORT, _ignore)  # type: ignore[assignment]
        timer = asyncio.get_running_loop().call_later(STALL_S, abort)
        try:
            await sending
        except (OSError, WebSocketDisconnect):
            raise ClientLeftError from None
        finally:
            timer.cancel()

    async def fail(self, error: ApiError, code: int | None = None) -> None:
        """Tell the client why, and close."""
        code = code or close_code(error)
        try:
            await self.send(error_message(error, code, xtts=self.xtts))
        except ClientLeftError:
            return
        await self.close(code, error.text)


def _ignore() -> None:
    """In place of what a server cannot do."""


def close_code(error: ApiError) -> int:
    """What an error means to a WebSocket."""
    if error.code == "UNKNOWN_FORMAT":
        return UNSUPPORTED
    if error.status == UNAVAILABLE:
        return TRY_LATER
    return INTERNAL if error.status >= SERVER_ERROR else POLICY
