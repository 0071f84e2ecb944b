"""The one token: in which places clients show it, and whether it is right."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, urlsplit

COOKIE = "ishowtts"
COOKIE_AGE_S = 30 * 24 * 3600
TOKEN_HEADERS = ("xi-api-key", "x-api-key")
"""Of ElevenLabs' clients and of others; beside `Authorization: Bearer`."""
TOKEN_DUE = "token_due"  # noqa: S105 - a key, not a secret
"""In the state of a WebSocket whose first message may hold the token: the `TokenCheck`."""

Headers = Mapping[str, str | None]
"""By lower-case name; None where one came twice."""


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
        """Whether it is the token. Without one configured nothing has to be asked."""
        return hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token)

    def accepts_any(self, tokens: list[str]) -> bool:
        """Whether the token is among those that a client shows."""
        return any(self.accepts_token(token) for token in tokens)

    def accepts_cookie(self, headers: Headers) -> bool:
        """Whether a browser showed the token before; `host` is one of ours."""
        shown = _cookie_values(headers.get("cookie") or "", cookie_name(headers["host"] or ""))
        return any(hmac.compare_digest(value, self._cookie.encode()) for value in shown)


def cookie_name(host: str) -> str:
    """Browsers show a cookie to every port of its host: two bridges there need two names."""
    port = urlsplit(f"//{host}").port
    return f"{COOKIE}-{port}" if port else COOKIE


def tokens_in_headers(headers: Headers) -> Iterator[str]:
    """The tokens that a request shows, in the places of all interfaces."""
    bearer = bearer_token(headers.get("authorization") or "")
    if bearer is not None:
        yield bearer
    for name in TOKEN_HEADERS:
        if shown := headers.get(name):
            yield shown.strip()


def tokens_in_query(query: bytes) -> Iterator[str]:
    """The tokens in the address of a WebSocket: browsers cannot send headers with those."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    for name, value in pairs:
        if name == "token":
            yield value
        elif name == "authorization":
            yield bearer_token(value) or value


def bearer_token(value: str) -> str | None:
    """The token of `Bearer ...`; None for anything else."""
    scheme, _, token = value.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _cookie_values(header: str, ours: str) -> list[bytes]:
    """Ours among the cookies of all that serves on this host, whatever the others look like.

    http.cookies gives up at the first one that is odd.
    """
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return [value.encode("utf-8", "surrogateescape") for name, _, value in pairs if name == ours]
