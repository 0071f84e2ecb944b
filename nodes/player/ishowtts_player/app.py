"""The Litestar application around a bridge."""

import logging
from importlib.metadata import version
from typing import Any

from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from ishowtts_player.auth import AllowedHosts, Guard, TokenCheck
from ishowtts_player.bridge import Bridge
from ishowtts_player.errors import ApiError, render_error
from ishowtts_player.routes import ROUTES
from ishowtts_player.routes.schema import openapi_config

_LOG = logging.getLogger("ishowtts.player")

MAX_BODY_BYTES = 1024 * 1024
INTERNAL_ERROR = 500
CODES = {
    400: "BAD_REQUEST",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "BODY_TOO_LARGE",
}


def create_app(bridge: Bridge) -> ASGIApp:
    """The whole HTTP interface, guarded."""
    app = Litestar(
        route_handlers=ROUTES,
        dependencies={"bridge": Provide(lambda: bridge, sync_to_thread=False)},
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
    settings = bridge.settings
    hosts = AllowedHosts(settings.host, settings.allowed_hosts)
    return Guard(app, hosts, TokenCheck(settings.api_token))


def _api_error(request: Request[Any, Any, Any], error: ApiError) -> Response[bytes]:
    body, media_type = render_error(request.scope["path"], error)
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
