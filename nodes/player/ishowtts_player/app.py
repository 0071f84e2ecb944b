"""The Litestar application around a bridge."""

import logging
import time
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send

from ishowtts_player.auth import Guard, Rules
from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects import routes as dialect_routes
from ishowtts_player.dialects.dialect import Dialect
from ishowtts_player.dialects.errors import render_error
from ishowtts_player.dialects.registry import CHATTERBOX
from ishowtts_player.errors import ApiError
from ishowtts_player.routes import ROUTES
from ishowtts_player.routes.schema import openapi_config
from ishowtts_player.settings import PlayerSettings
from ishowtts_player.trust.cors import CrossOrigin
from ishowtts_player.trust.hosts import AllowedHosts
from ishowtts_player.trust.rate import RateLimit
from ishowtts_player.trust.tokens import TokenCheck

_LOG = logging.getLogger("ishowtts.player")

MAX_BODY_BYTES = 1024 * 1024
BRIDGE = "bridge"
"""Key in a connection's state: the bridge that it came to."""
INTERNAL_ERROR = 500
CODES = {
    400: "BAD_REQUEST",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "BODY_TOO_LARGE",
}


def create_app(bridge: Bridge, ports: Mapping[int, Dialect]) -> ASGIApp:
    """The whole HTTP and WebSocket interface, guarded.

    Args:
        bridge: What the routes share.
        ports: What each extra port stands for.
    """
    routes = _routes()

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"][BRIDGE] = bridge
        await routes(scope, receive, send)

    return Guard(serve, _rules(bridge.settings, ports), bridge.bus.counters)


@lru_cache(maxsize=1)
def _routes() -> Litestar:
    """All routes, for every bridge of this process: 130 handlers take 150 ms to register."""
    return Litestar(
        route_handlers=[*ROUTES, *dialect_routes.ROUTES],
        dependencies={"bridge": Provide(_bridge_of, sync_to_thread=False)},
        exception_handlers={
            ApiError: _api_error,
            HTTPException: _http_error,
            Exception: _internal_error,
        },
        openapi_config=openapi_config(version("ishowtts")),
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
        debug=False,
    )


def _bridge_of(scope: Scope) -> Bridge:
    return scope["state"][BRIDGE]


def _rules(settings: PlayerSettings, ports: Mapping[int, Dialect]) -> Rules:
    bound = [settings.host, *(one.host for one in settings.listeners if one.host)]
    return Rules(
        hosts=AllowedHosts(bound, settings.allowed_hosts),
        origins=CrossOrigin(settings.cors_origins),
        rate=RateLimit(settings.requests_per_minute, time.monotonic),
        token=TokenCheck(settings.api_token),
        ports=ports,
        fallback=CHATTERBOX if settings.default_dialect == "chatterbox" else None,
        max_sockets=settings.max_sockets,
    )


def _api_error(request: Request[Any, Any, Any], error: ApiError) -> Response[bytes]:
    body, media_type = render_error(request.scope, error)
    headers = {"cache-control": "no-store", **error.headers}
    return Response(body, status_code=error.status, media_type=media_type, headers=headers)


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Litestar's own refusals: no such path, wrong method, bad parameter, body too large."""
    status = error.status_code
    code = CODES.get(status, "ERROR")
    if status >= INTERNAL_ERROR:
        return _internal_error(request, error)
    headers = {name: value for name, value in (error.headers or {}).items() if name == "Allow"}
    return _api_error(request, ApiError(status, code, error.detail, headers))


def _internal_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    _LOG.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    text = "something went wrong in the bridge; its log says what"
    return _api_error(request, ApiError(INTERNAL_ERROR, "INTERNAL_ERROR", text))
