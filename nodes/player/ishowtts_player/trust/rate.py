"""How often one client may ask."""

import ipaddress
import math
from collections.abc import Callable
from dataclasses import dataclass

from ishowtts_player.recent import Recent

MAX_CLIENTS = 10_000
IPV6_NETWORK_BITS = 64
"""One household has that many IPv6 addresses at least: they count as one client."""
MINUTE_S = 60.0


@dataclass
class _Bucket:
    left: float
    at_s: float


class RateLimit:
    """A bucket of requests for each client, refilled steadily. Pure.

    Args:
        per_minute: Requests, which may also come at once; 0 for no limit.
        clock: Monotonic seconds.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: Recent[str, _Bucket] = Recent(MAX_CLIENTS)

    def wait_s(self, address: str) -> int:
        """Take one request of a client: 0, or after how many whole seconds it may ask again.

        Args:
            address: The peer's.
        """
        if not self._per_minute:
            return 0
        now_s = self._clock()
        rate_hz = self._per_minute / MINUTE_S
        client = _network(address)
        bucket = self._buckets.get(client) or _Bucket(self._per_minute, now_s)
        refilled = bucket.left + (now_s - bucket.at_s) * rate_hz
        bucket = _Bucket(min(refilled, self._per_minute), now_s)
        self._buckets[client] = bucket
        if bucket.left < 1:
            return math.ceil((1 - bucket.left) / rate_hz)
        bucket.left -= 1
        return 0


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return address
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, IPV6_NETWORK_BITS), strict=False))
