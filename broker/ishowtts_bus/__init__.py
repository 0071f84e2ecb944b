"""The bus between nodes, the chassis of a node, and its configuration."""

from ishowtts_bus._client import MqttTransport
from ishowtts_bus._memory import MemoryBroker
from ishowtts_bus.bus import Bus
from ishowtts_bus.counters import Counters
from ishowtts_bus.errors import (
    BusError,
    BusRefusedError,
    BusTakenOverError,
    BusTimeoutError,
    CommandError,
    NodeError,
    SettingsError,
)
from ishowtts_bus.node import Node
from ishowtts_bus.outbox import Outbox
from ishowtts_bus.process import run_node
from ishowtts_bus.settings import BrokerSettings, Settings
from ishowtts_bus.subscription import Cleared, Invalid, Received
from ishowtts_bus.transport import Identity, ReplyTo

__all__ = [
    "BrokerSettings",
    "Bus",
    "BusError",
    "BusRefusedError",
    "BusTakenOverError",
    "BusTimeoutError",
    "Cleared",
    "CommandError",
    "Counters",
    "Identity",
    "Invalid",
    "MemoryBroker",
    "Node",
    "NodeError",
    "Outbox",
    "Received",
    "ReplyTo",
    "Settings",
    "SettingsError",
    "connect",
    "run_node",
]


def connect(settings: BrokerSettings, client_id: str, *, session_expiry_s: int = 0) -> Bus:
    """A bus over MQTT 5, not yet started.

    Args:
        settings: The broker.
        client_id: Unique at the broker; nodes use `ishowtts-<kind>-<instance>`.
        session_expiry_s: How long the broker keeps messages for this client while it is away.
    """
    return Bus(MqttTransport(settings, Identity(client_id, session_expiry_s)))
