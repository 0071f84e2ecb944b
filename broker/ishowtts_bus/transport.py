"""The seam between the typed bus and whatever moves bytes."""

from collections.abc import Callable
from typing import Protocol

import msgspec


class ReplyTo(msgspec.Struct, frozen=True):
    """Where an answer goes: MQTT 5's response topic and correlation data.

    Attributes:
        as_json: Whether the request was text or JSON; its answer is JSON then.
    """

    address: str
    correlation: bytes | None = None
    as_json: bool = False


class Packet(msgspec.Struct, frozen=True):
    """One MQTT publication.

    Attributes:
        idempotent: Receivers bear a repeat, so it may be sent again when in doubt.
    """

    address: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    expiry_s: int | None = None
    content_type: str | None = None
    response_topic: str | None = None
    correlation: bytes | None = None
    idempotent: bool = False


class Identity(msgspec.Struct, frozen=True):
    """Who connects.

    Attributes:
        client_id: Unique at the broker.
        session_expiry_s: How long the broker keeps messages for the client while it is away;
            0 forgets it at once.
    """

    client_id: str
    session_expiry_s: int = 0


class Inbound(msgspec.Struct, frozen=True):
    """A received packet; `ack` tells the broker to forget it."""

    packet: Packet
    ack: Callable[[], None]


class TransportEvents(Protocol):
    """What a transport calls, always on the event loop."""

    def on_packet(self, inbound: Inbound) -> None: ...

    def on_connect(self) -> None: ...

    def on_disconnect(self, reason: str) -> None: ...

    def on_fatal(self, error: Exception) -> None:
        """The connection cannot come back by waiting."""
        ...


class Transport(Protocol):
    """A connection that comes back by itself and remembers its subscriptions.

    Attributes:
        identity: Who connects.
        will: Published by the broker when the connection breaks; set before `start`.
    """

    identity: Identity
    will: Packet | None

    def start(self, events: TransportEvents) -> None:
        """Begin to connect, in the background."""
        ...

    async def close(self) -> None:
        """Disconnect cleanly: the last will is not sent."""
        ...

    async def publish(self, packet: Packet) -> None:
        """Return when the broker has it; wait through an outage."""
        ...

    def subscribe(self, address_filter: str, qos: int) -> None: ...

    def unsubscribe(self, address_filter: str) -> None: ...
