"""The ports that the bridge serves on: its own, and those that stand for other systems."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass

from ishowtts_bus import NodeError
from ishowtts_bus.addresses import is_loopback
from ishowtts_player.dialects.dialect import Dialect
from ishowtts_player.dialects.registry import DIALECTS
from ishowtts_player.server import open_socket, public_url
from ishowtts_player.settings import PlayerSettings


@dataclass(frozen=True)
class OpenPort:
    """A socket that listens.

    Attributes:
        url: Where a person on this machine finds it.
        dialect: Whose clients call there; None for the bridge's own port.
    """

    socket: socket.socket
    url: str
    dialect: Dialect | None

    @property
    def number(self) -> int:
        """The port, also where a free one was taken."""
        return self.socket.getsockname()[1]


def open_ports(settings: PlayerSettings) -> list[OpenPort]:
    """Listen everywhere; the bridge's own port comes first.

    Raises:
        NodeError: One of them cannot be had; then none is kept.
    """
    found: list[OpenPort] = []
    try:
        own = open_socket(settings.host, settings.port)
        found.append(OpenPort(own, public_url(settings.host, own), None))
        for position, more in enumerate(settings.listeners):
            host = more.host or settings.host
            opened = open_socket(host, more.port, f"listeners[{position}].port")
            dialect = DIALECTS[more.dialect]
            found.append(OpenPort(opened, public_url(host, opened), dialect))
    except NodeError:
        for port in found:
            port.socket.close()
        raise
    return found


def dialects_of(ports: list[OpenPort]) -> Mapping[int, Dialect]:
    """What each port stands for."""
    return {port.number: port.dialect for port in ports if port.dialect is not None}


def check_exposure(settings: PlayerSettings) -> None:
    """Refuse to serve strangers.

    Raises:
        NodeError: Other machines would reach a bridge without a token, or two listeners share a
            port and it is not certain what that stands for.
    """
    hosts = [settings.host, *(one.host for one in settings.listeners if one.host)]
    exposed = next((host for host in hosts if not is_loopback(host)), None)
    if exposed is not None and not settings.api_token:
        raise NodeError(
            f"[player] host {exposed!r} can be reached from other machines: "
            "set [player] api_token, or serve on 127.0.0.1"
        )
    numbers = [one.port for one in settings.listeners if one.port]
    twice = next((number for number in numbers if numbers.count(number) > 1), None)
    if settings.port in numbers or twice is not None:
        number = twice or settings.port
        raise NodeError(f"[player] listeners: port {number} has two meanings; give each its own")
