"""Who can reach an address."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server at `host`; names other than localhost: no."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
