"""Who may talk to the bridge: token, Host and Origin; and the headers that every answer has.

It wraps the whole application, so that no route can be added around it.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from ishowtts_player.errors import ApiError, render_error

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
WILDCARD_HOSTS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not bound
OPEN_PATHS = frozenset({"/api/health", "/ready"})
COOKIE = "ishowtts"
COOKIE_AGE_S = 30 * 24 * 3600
SEE_OTHER = 303
UNAUTHORIZED = 401
FORBIDDEN = 403
WEBSOCKET_POLICY_VIOLATION = 1008

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_SECURITY_HEADERS = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


class AllowedHosts:
    """Names under which browsers may know this bridge; others are DNS rebinding or forgery.

    Args:
        bound: Address that is served on. A wildcard adds the address that each connection
            really came in on: a number in `Host` cannot be rebound.
        configured: Names that a person added.
    """

    def __init__(self, bound: str, configured: Iterable[str] = ()) -> None:
        self._names = LOOPBACK_HOSTS | {name.lower() for name in configured}
        self._wildcard = bound in WILDCARD_HOSTS
        if not self._wildcard:
            self._names |= {bound.lower()}

    def allow_host(self, value: str | None, local_address: str | None) -> bool:
        """Whether a `Host` header is one of ours."""
        name = _host_name(f"//{value}") if value else None
        return name is not None and self._allow(name, local_address)

    def allow_origin(self, value: str, local_address: str | None) -> bool:
        """Whether an `Origin` header is one of ours; `null` never is."""
        if not value.lower().startswith(("http://", "https://")):
            return False
        name = _host_name(value)
        return name is not None and self._allow(name, local_address)

    def _allow(self, name: str, local_address: str | None) -> bool:
        return name in self._names or (self._wildcard and name == _plain(local_address))


class TokenCheck:
    """Compares what a client shows with the configured token, in constant time.

    The cookie holds a derivative, so that the token itself is stored nowhere.
    """

    def __init__(self, token: str) -> None:
        self.needed = bool(token)
        self._token = token.encode()
        self._cookie = hmac.new(self._token, b"ishowtts cookie", hashlib.sha256).hexdigest()

    def set_cookie(self, host: str) -> str:
        """The `Set-Cookie` value for a browser that showed the token.

        Args:
            host: As in the request's header.
        """
        pair = f"{cookie_name(host)}={self._cookie}"
        return f"{pair}; Path=/; Max-Age={COOKIE_AGE_S}; HttpOnly; SameSite=Strict"

    def accepts_token(self, token: str) -> bool:
        return hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token)

    def accepts_headers(self, headers: Mapping[str, str | None]) -> bool:
        """Whether a request is let in by its headers, of which `host` is one of ours."""
        scheme, _, token = (headers.get("authorization") or "").partition(" ")
        if scheme.lower() == "bearer" and self.accepts_token(token.strip()):
            return True
        shown = _cookie_values(headers.get("cookie") or "", cookie_name(headers["host"] or ""))
        return any(hmac.compare_digest(value, self._cookie.encode()) for value in shown)


def cookie_name(host: str) -> str:
    """Browsers show a cookie to every port of its host: two bridges there need two names."""
    port = urlsplit(f"//{host}").port
    return f"{COOKIE}-{port}" if port else COOKIE


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, hosts: AllowedHosts, token: TokenCheck) -> None:
        self._app = app
        self._hosts = hosts
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def send_hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_SECURITY_HEADERS]
            await send(message)

        raw: MutableMapping[str, Any] = scope  # type: ignore[assignment]
        headers = _headers(raw)
        error = self._objection(raw, headers)
        goal = self._login(raw) if error is None or error.status == UNAUTHORIZED else None
        if goal is not None:
            found = {"location": goal, "set-cookie": self._token.set_cookie(headers["host"] or "")}
            await _answer(send_hardened, SEE_OTHER, b"", found)
        elif error is None:
            await self._app(scope, receive, send_hardened)
        elif scope["type"] == "websocket":
            close = {"type": "websocket.close", "code": WEBSOCKET_POLICY_VIOLATION, "reason": ""}
            await send(close)  # type: ignore[arg-type]
        else:
            body, kind = render_error(raw["path"], error)
            await _answer(
                send_hardened, error.status, body, {"content-type": kind, **error.headers}
            )

    def _objection(
        self, scope: MutableMapping[str, Any], headers: dict[str, str | None]
    ) -> ApiError | None:
        local = (scope.get("server") or (None,))[0]
        if not self._hosts.allow_host(headers.get("host"), local):
            return ApiError(
                FORBIDDEN, "HOST_NOT_ALLOWED", "this Host is not in [player] allowed_hosts"
            )
        if "origin" in headers:
            origin = headers["origin"]
            if origin is None or not self._hosts.allow_origin(origin, local):
                return ApiError(
                    FORBIDDEN, "ORIGIN_NOT_ALLOWED", "this Origin may not use the bridge"
                )
        if not self._token.needed or scope["path"] in OPEN_PATHS:
            return None
        if self._token.accepts_headers(headers):
            return None
        text = "a token is needed: Authorization: Bearer ..., or open /?token=... once"
        return ApiError(UNAUTHORIZED, "UNAUTHORIZED", text, {"www-authenticate": "Bearer"})

    def _login(self, scope: MutableMapping[str, Any]) -> str | None:
        """Where to go on for a browser that shows the token in the page's address."""
        if not self._token.needed or scope["type"] != "http":
            return None
        if scope["path"] != "/" or scope["method"] != "GET":
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        shown = [value for name, value in query if name == "token"]
        if len(shown) != 1 or not self._token.accepts_token(shown[0]):
            return None
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        return f"/?{rest}" if rest else "/"


def _plain(address: str | None) -> str | None:
    """An address as people write it: a socket for both IP versions maps IPv4 into IPv6."""
    try:
        mapped = ipaddress.IPv6Address(address or "").ipv4_mapped
    except ValueError:
        return address
    return str(mapped) if mapped else address


def _host_name(url: str) -> str | None:
    """The host of a URL, lower-case, without brackets; None for anything odd."""
    try:
        parts = urlsplit(url)
        odd = parts.username is not None or parts.path not in ("", "/") or parts.query
        name = parts.hostname
        _ = parts.port
    except ValueError:
        return None
    return None if odd or parts.fragment else name


def _headers(scope: MutableMapping[str, Any]) -> dict[str, str | None]:
    """Headers by name; None where one that decides came twice."""
    found: dict[str, str | None] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        found[key] = None if key in found else value.decode("utf-8", "surrogateescape")
    return found


def _cookie_values(header: str, ours: str) -> list[bytes]:
    """Ours among the cookies of all that serves on this host, whatever the others look like.

    http.cookies gives up at the first one that is odd.
    """
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return [value.encode("utf-8", "surrogateescape") for name, _, value in pairs if name == ours]


async def _answer(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    encoded += [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
    start = {"type": "http.response.start", "status": status, "headers": encoded}
    await send(start)  # type: ignore[arg-type]
    await send({"type": "http.response.body", "body": body, "more_body": False})
