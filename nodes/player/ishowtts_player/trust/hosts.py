"""Names under which browsers may know the bridge."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
WILDCARD_HOSTS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not bound


class AllowedHosts:
    """Names under which browsers may know this bridge; others are DNS rebinding or forgery.

    Args:
        bound: Addresses that are served on. A wildcard adds the address that each connection
            really came in on: a number in `Host` cannot be rebound.
        configured: Names that a person added.
    """

    def __init__(self, bound: Iterable[str], configured: Iterable[str] = ()) -> None:
        names = {name.lower() for name in bound}
        self._wildcard = not names.isdisjoint(WILDCARD_HOSTS)
        self._names = LOOPBACK_HOSTS | {name.lower() for name in configured}
        self._names |= names - WILDCARD_HOSTS

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
