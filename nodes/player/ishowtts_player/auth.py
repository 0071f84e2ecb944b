"""The guard before every route: Host, Origin, how often, token; and headers of every answer.

It wraps the whole application, so that no route can be added around it.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from ishowtts_bus import Counters
from ishowtts_player.dialects.arrival import answer_headers, note_dialect
from ishowtts_player.dialects.dialect import Dialect
from ishowtts_player.dialects.errors import render_error
from ishowtts_player.dialects.registry import takes_late_token
from ishowtts_player.dialects.sockets import refuse_handshake
from ishowtts_player.errors import ApiError, UnavailableError
from ishowtts_player.trust.cors import CrossOrigin
from ishowtts_player.trust.hosts import AllowedHosts
from ishowtts_player.trust.rate import RateLimit
from ishowtts_player.trust.tokens import TOKEN_DUE, TokenCheck, tokens_in_headers, tokens_in_query

OPEN_PATHS = frozenset({"/api/health", "/health", "/ready", "/v1/health"})
FREE_PATHS = frozenset({"/", "/favicon.ico", "/metrics", "/api/danmaku/stream", *OPEN_PATHS})
"""Not counted against a client's rate: the page, what it listens to, and monitors."""
FREE_FILES = "/static/"
SEE_OTHER = 303
NO_CONTENT = 204
UNAUTHORIZED = 401
FORBIDDEN = 403
TOO_MANY_REQUESTS = 429

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

RawScope = MutableMapping[str, Any]
Headers = dict[str, str | None]


@dataclass(frozen=True)
class Rules:
    """Who may come in.

    Attributes:
        hosts: Names of this bridge.
        origins: Of foreign pages.
        rate: Of each client.
        token: What clients show.
        ports: What each extra port stands for.
        fallback: What the other ports stand for; None for the bridge itself.
        max_sockets: WebSockets at once.
    """

    hosts: AllowedHosts
    origins: CrossOrigin
    rate: RateLimit
    token: TokenCheck
    ports: Mapping[int, Dialect]
    fallback: Dialect | None
    max_sockets: int


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, rules: Rules, counters: Counters) -> None:
        self._app = app
        self._rules = rules
        self._counters = counters
        self._sockets = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or refuse it."""
        raw: RawScope = scope  # type: ignore[assignment]
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        bad_dialect = note_dialect(raw, self._rules.ports, self._rules.fallback)
        headers = _headers(raw)
        refusal = self._refusal(raw, headers) or bad_dialect
        if refusal is not None:
            self._counters.add("player_refused_total", code=refusal.code)
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, refusal)
        else:
            await self._request(scope, receive, self._hardened(raw, headers, send), refusal)

    async def _request(
        self, scope: Scope, receive: Receive, send: Send, refusal: ApiError | None
    ) -> None:
        raw: RawScope = scope  # type: ignore[assignment]
        headers = _headers(raw)
        goal = self._login(raw) if refusal is None or refusal.status == UNAUTHORIZED else None
        if goal is not None:
            cookie = self._rules.token.set_cookie(headers["host"] or "")
            await _answer(send, SEE_OTHER, b"", {"location": goal, "set-cookie": cookie})
        elif refusal is not None:
            body, kind = render_error(raw, refusal)
            await _answer(send, refusal.status, body, {"content-type": kind, **refusal.headers})
        elif _is_preflight(raw, headers) and self._rules.origins.allows(headers["origin"] or ""):
            await _answer(send, NO_CONTENT, b"", self._rules.origins.preflight_headers())
        else:
            await self._app(scope, receive, send)

    async def _socket(
        self, scope: Scope, receive: Receive, send: Send, refusal: ApiError | None
    ) -> None:
        if refusal is None and self._sockets >= self._rules.max_sockets:
            refusal = UnavailableError("too many WebSockets at once", "TOO_MANY_SOCKETS")
        if refusal is not None:
            await receive()
            await refuse_handshake(scope, send, refusal)  # type: ignore[arg-type]
            return
        self._sockets += 1
        self._counters.set("player_sockets", self._sockets)
        try:
            await self._app(scope, receive, send)
        finally:
            self._sockets -= 1
            self._counters.set("player_sockets", self._sockets)

    def _hardened(self, scope: RawScope, headers: Headers, send: Send) -> Send:
        """Send, with the headers that every answer has."""

        async def send_hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    *_encoded(SECURITY_HEADERS),
                    *_encoded(answer_headers(scope)),
                    *_encoded(self._rules.origins.answer_headers(headers.get("origin"))),
                ]
            await send(message)

        return send_hardened

    def _refusal(self, scope: RawScope, headers: Headers) -> ApiError | None:
        rules = self._rules
        local = (scope.get("server") or (None,))[0]
        if not rules.hosts.allow_host(headers.get("host"), local):
            text = "this Host is not in [player] allowed_hosts"
            return ApiError(FORBIDDEN, "HOST_NOT_ALLOWED", text)
        if "origin" in headers:
            origin = headers["origin"] or ""
            if not (rules.hosts.allow_origin(origin, local) or rules.origins.allows(origin)):
                text = "this Origin may not use the bridge"
                return ApiError(FORBIDDEN, "ORIGIN_NOT_ALLOWED", text)
        if _is_preflight(scope, headers) and rules.origins.allows(headers["origin"] or ""):
            return None
        return self._too_often(scope) or self._unauthorized(scope, headers)

    def _too_often(self, scope: RawScope) -> ApiError | None:
        path: str = scope["path"]
        if path in FREE_PATHS or path.startswith(FREE_FILES):
            return None
        client = scope.get("client") or ("",)
        wait_s = self._rules.rate.wait_s(client[0])
        if not wait_s:
            return None
        text = f"too many requests; again in {wait_s} s"
        return ApiError(TOO_MANY_REQUESTS, "RATE_LIMITED", text, {"retry-after": str(wait_s)})

    def _unauthorized(self, scope: RawScope, headers: Headers) -> ApiError | None:
        token = self._rules.token
        if not token.needed or scope["path"] in OPEN_PATHS or token.accepts_cookie(headers):
            return None
        shown = list(tokens_in_headers(headers))
        if scope["type"] == "websocket":
            shown += tokens_in_query(scope["query_string"])
            if not shown and takes_late_token(scope["path"]):
                scope["state"][TOKEN_DUE] = token
                return None
        if token.accepts_any(shown):
            return None
        text = "a token is needed: Authorization: Bearer ..., or open /?token=... once"
        return ApiError(UNAUTHORIZED, "UNAUTHORIZED", text, {"www-authenticate": "Bearer"})

    def _login(self, scope: RawScope) -> str | None:
        """Where to go on for a browser that shows the token in the page's address."""
        token = self._rules.token
        if not token.needed or scope["path"] != "/" or scope["method"] != "GET":
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        shown = [value for name, value in query if name == "token"]
        if len(shown) != 1 or not token.accepts_token(shown[0]):
            return None
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        return f"/?{rest}" if rest else "/"


def _is_preflight(scope: RawScope, headers: Headers) -> bool:
    """Browsers ask so, without a token, before a page of another origin may."""
    asked = "origin" in headers and "access-control-request-method" in headers
    return asked and scope["type"] == "http" and scope["method"] == "OPTIONS"


def _headers(scope: RawScope) -> Headers:
    """Headers by name; None where one that decides came twice."""
    found: Headers = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        found[key] = None if key in found else value.decode("utf-8", "surrogateescape")
    return found


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


async def _answer(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    encoded += [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
    start = {"type": "http.response.start", "status": status, "headers": encoded}
    await send(start)  # type: ignore[arg-type]
    await send({"type": "http.response.body", "body": body, "more_body": False})
