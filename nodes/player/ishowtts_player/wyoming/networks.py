"""Who may connect. Wyoming knows no token: the address a connection comes from has to do."""

import ipaddress
from collections.abc import Iterable

from ishowtts_bus import NodeError
from ishowtts_bus.addresses import is_loopback

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",  # also what VPNs between one's own machines use
        "127.0.0.0/8",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)
"""Nobody comes from these out of the internet."""


class AllowedNetworks:
    """Addresses that are let in; this machine always is."""

    def __init__(self, networks: Iterable[_Network]) -> None:
        self._networks = tuple(networks)

    def allows(self, peer: str) -> bool:
        """Whether a connection from this address is let in."""
        try:
            address = _plain(ipaddress.ip_address(peer.partition("%")[0]))
        except ValueError:
            return False
        return address.is_loopback or any(address in network for network in self._networks)


def check_networks(host: str, networks: Iterable[str]) -> AllowedNetworks:
    """Read `[player.wyoming]`, and refuse to serve strangers.

    Raises:
        NodeError: Other machines would reach it and nobody says which may, or it would be half
            of the internet.
    """
    listed = [_parse(text) for text in networks]
    if not listed and not is_loopback(host):
        raise NodeError(
            f"[player.wyoming] host {host!r} can be reached from other machines, and Wyoming has "
            "no token: set allowed_networks to whom you trust, or serve on 127.0.0.1"
        )
    return AllowedNetworks(listed)


def _parse(text: str) -> _Network:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise NodeError(
            f"[player.wyoming] allowed_networks: {text!r} is no address and no network"
        ) from None
    if network.num_addresses > 1 and not any(_within(network, known) for known in PRIVATE):
        raise NodeError(
            f"[player.wyoming] allowed_networks: {text} is a public network; "
            "name single addresses there"
        )
    return network


def _within(network: _Network, known: _Network) -> bool:
    if isinstance(network, ipaddress.IPv4Network):
        return isinstance(known, ipaddress.IPv4Network) and network.subnet_of(known)
    return isinstance(known, ipaddress.IPv6Network) and network.subnet_of(known)


def _plain(address: _Address) -> _Address:
    """A socket for both IP versions shows IPv4 addresses inside IPv6."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
