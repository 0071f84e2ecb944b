"""Tells the local network that the service is there: Home Assistant then offers to add it."""

import ipaddress
import logging
from collections.abc import Sequence

import ifaddr
from zeroconf import Error, InterfaceChoice
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

_LOG = logging.getLogger("ishowtts.player")

SERVICE_TYPE = "_wyoming._tcp.local."


class Announcement:
    """One mDNS service.

    Args:
        name: As people see it. Where another box has it already, a number is put behind it.
        host: Address that is served on.
        port: Its port.
        interfaces: Addresses of this machine to speak from; all of them unless given.
    """

    def __init__(
        self, name: str, host: str, port: int, interfaces: Sequence[str] | None = None
    ) -> None:
        self._name = name
        self._host = host
        self._port = port
        self._interfaces = interfaces
        self._zeroconf: AsyncZeroconf | None = None

    async def start(self) -> None:
        """Announce it; where that cannot be, say so and go on."""
        try:
            await self._register()
        except (OSError, Error) as error:
            # A machine without a network serves its own programs all the same.
            _LOG.warning("the Wyoming service is not announced: %s", error)

    async def _register(self) -> None:
        chosen = InterfaceChoice.All if self._interfaces is None else list(self._interfaces)
        self._zeroconf = AsyncZeroconf(interfaces=chosen)
        info = AsyncServiceInfo(
            SERVICE_TYPE,
            f"{self._name}.{SERVICE_TYPE}",
            parsed_addresses=served_addresses(self._host, _own_addresses()),
            port=self._port,
        )
        await self._zeroconf.async_register_service(info, allow_name_change=True)

    async def close(self) -> None:
        """Take it back."""
        if self._zeroconf is not None:
            await self._zeroconf.async_unregister_all_services()
            await self._zeroconf.async_close()


def served_addresses(host: str, own: Sequence[str]) -> list[str]:
    """Where others reach a server on `host`: the address itself, or all of this machine's."""
    address = ipaddress.ip_address(host)
    if not address.is_unspecified:
        return [host]
    return [one for one in own if not ipaddress.ip_address(one).is_loopback]


def _own_addresses() -> list[str]:
    return [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
