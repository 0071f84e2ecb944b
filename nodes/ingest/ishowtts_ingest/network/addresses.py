"""Addresses of platforms, as they stand in the settings."""

from urllib.parse import urlsplit

from ishowtts_ingest.errors import SourceError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def scheme_and_host(address: str) -> tuple[str, str]:
    """Both empty where it is no address of a host."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "", ""
    return (parts.scheme, host) if host else ("", "")


def check_address(address: str, origin: str, scheme: str) -> None:
    """Secrets go there: without TLS only on this machine.

    Args:
        address: As it is configured.
        origin: Which setting it is.
        scheme: `https` or `wss`.

    Raises:
        SourceError: It is none, or not encrypted.
    """
    found, host = scheme_and_host(address)
    plain = found == scheme.removesuffix("s") and host in LOOPBACK
    if found != scheme and not plain:
        raise SourceError(f"{origin} is no address: write {scheme}://host")
