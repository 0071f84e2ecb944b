"""Refusing a WebSocket, in the shape that its client reads."""

from collections.abc import Mapping, MutableMapping
from typing import Any

from litestar import WebSocket
from litestar.types import Send

from ishowtts_player.dialects.errors import dialect_of, render_error
from ishowtts_player.errors import ApiError

UNAUTHORIZED = 401
POLICY_VIOLATION = 1008


async def refuse_socket(socket: WebSocket[Any, Any, Any], error: ApiError) -> None:
    """Refuse a handshake that a handler has not accepted yet."""
    await refuse_handshake(socket.scope, socket.send, error)  # type: ignore[arg-type]


async def refuse_handshake(scope: MutableMapping[str, Any], send: Send, error: ApiError) -> None:
    """Refuse a handshake, or the connection just after it where its clients expect that."""
    if error.status == UNAUTHORIZED and dialect_of(scope).closes_unauthorized:
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        close = {"type": "websocket.close", "code": POLICY_VIOLATION, "reason": error.text}
        await send(close)  # type: ignore[arg-type]
        return
    body, kind = render_error(scope, error)
    headers = {"content-type": kind, **error.headers, "cache-control": "no-store"}
    start = {"type": "websocket.http.response.start", "status": error.status}
    await send({**start, "headers": _encoded(headers)})  # type: ignore[arg-type, misc]
    await send({"type": "websocket.http.response.body", "body": body})  # type: ignore[arg-type]


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
