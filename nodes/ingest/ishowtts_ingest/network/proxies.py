"""Which proxy a request goes through; reads variables, opens nothing."""

import os
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.network.addresses import LOOPBACK
from ishowtts_ingest.settings.network import NetworkSettings

_KINDS = {
    "http": "http",
    "socks5": "socks5",
    "socks5h": "socks5",
    "socks4": "socks4",
    "socks4a": "socks4",
}
_DEFAULT_PORTS = {"http": 8080, "socks5": 1080, "socks4": 1080}
_SECURE_SCHEMES = ("https", "wss")


class Proxy(NamedTuple):
    """Where a proxy listens.

    Attributes:
        kind: `http`, `socks5` or `socks4`; names are always resolved at the proxy.
    """

    kind: str
    host: str
    port: int
    username: str = ""
    password: str = ""


class Proxies(NamedTuple):
    """What the settings and the environment ask for.

    Attributes:
        secure: For `https` and `wss`; None goes straight.
        plain: For `http` and `ws`.
        no_proxy: Hosts that are reached straight, as in the variable NO_PROXY.
        spare_loopback: Whether this machine itself is reached straight.
    """

    secure: Proxy | None = None
    plain: Proxy | None = None
    no_proxy: str = ""
    spare_loopback: bool = False

    def choose(self, scheme: str, host: str) -> Proxy | None:
        """The proxy for a request; None goes straight."""
        if self.spare_loopback and host in LOOPBACK:
            return None
        if self.no_proxy and proxy_bypass_environment(host, {"no": self.no_proxy}):
            return None
        return self.secure if scheme in _SECURE_SCHEMES else self.plain


def find_proxies(network: NetworkSettings, environment: Mapping[str, str] = os.environ) -> Proxies:
    """The configured proxy for everything; without one, what the environment names.

    As in curl, a variable for the scheme counts before ALL_PROXY, and lower case before upper.
    SOCKS5_PROXY, which curl does not know, counts before both.

    Raises:
        SourceError: One of them is no address of a proxy.
    """
    if network.proxy:
        proxy = _parse(network.proxy, "ingest.network.proxy")
        return Proxies(proxy, proxy)
    return Proxies(
        secure=_first(environment, "SOCKS5_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
        plain=_first(environment, "SOCKS5_PROXY", "HTTP_PROXY", "ALL_PROXY"),
        no_proxy=_read(environment, "NO_PROXY"),
        spare_loopback=True,
    )


def _read(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name.lower()) or environment.get(name) or ""


def _first(environment: Mapping[str, str], *names: str) -> Proxy | None:
    for name in names:
        if address := _read(environment, name):
            default = "socks5" if name == "SOCKS5_PROXY" else "http"
            return _parse(address, name, default)
    return None


def _parse(address: str, origin: str, default_kind: str = "http") -> Proxy:
    """The address is not repeated in the error: it may hold a password."""
    whole = address.strip() if "://" in address else f"{default_kind}://{address.strip()}"
    try:
        parts = urlsplit(whole)
        return _proxy(parts)
    except (KeyError, ValueError):
        raise SourceError(
            f"{origin} is no proxy: write http://host:port or socks5://host:port,"
            " perhaps with user:password@ before the host"
        ) from None


def _proxy(parts: SplitResult) -> Proxy:
    kind = _KINDS[parts.scheme.lower()]
    if not parts.hostname:
        raise ValueError
    port = parts.port or _DEFAULT_PORTS[kind]
    return Proxy(
        kind, parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or "")
    )
