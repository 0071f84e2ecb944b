"""Pages of other origins that may use the bridge: those on a list, and no others."""

from collections.abc import Iterable
from urllib.parse import urlsplit

ALLOWED_METHODS = "GET, POST, DELETE"
ALLOWED_HEADERS = (
    "Accept, Authorization, Content-Type, Last-Event-ID, X-API-Key, X-TTS-Dialect, xi-api-key"
)
EXPOSED_HEADERS = "Retry-After, X-Rule, X-TTS-Dialect, X-TTS-Ignored, X-Voice-Reference-Source"
PREFLIGHT_AGE_S = 600
DEFAULT_PORTS = {"http": 80, "https": 443}


class CrossOrigin:
    """The list of origins, and what browsers are told of it.

    Cookies are never allowed along: who calls from elsewhere shows the token itself.
    """

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = {known for origin in origins if (known := normal_origin(origin))}
        self.used = bool(self._origins)

    def allows(self, origin: str) -> bool:
        """Whether a page of that origin may call."""
        return bool(self._origins) and normal_origin(origin) in self._origins

    def answer_headers(self, origin: str | None) -> dict[str, str]:
        """For an answer to a request with that `Origin`."""
        if not self.used:
            return {}
        if origin is None or not self.allows(origin):
            return {"vary": "Origin"}
        return {
            "vary": "Origin",
            "access-control-allow-origin": origin,
            "access-control-expose-headers": EXPOSED_HEADERS,
        }

    def preflight_headers(self) -> dict[str, str]:
        """Beside `answer_headers`, for the question that browsers ask first."""
        return {
            "access-control-allow-methods": ALLOWED_METHODS,
            "access-control-allow-headers": ALLOWED_HEADERS,
            "access-control-max-age": str(PREFLIGHT_AGE_S),
        }


def normal_origin(origin: str) -> str | None:
    """`scheme://host:port` with the port that holds; None for what is no web origin."""
    try:
        parts = urlsplit(origin)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    host = parts.hostname
    odd = parts.username is not None or parts.path or parts.query or parts.fragment
    if odd or not host or port is None or "*" in host or parts.scheme not in DEFAULT_PORTS:
        return None
    return f"{parts.scheme}://{host}:{port}"
