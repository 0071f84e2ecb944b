"""paho's client, with messages and acknowledgements read shorter.

All that paho keeps private and this project touches stands here. Read as paho does, a message
costs 180 us more of a slow core and an acknowledgement 65, most of it for properties.
"""

from collections.abc import Callable
from typing import Any, Literal, cast

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import (
    MalformedPacket,  # pyright: ignore[reportPrivateImportUsage]
    MQTTException,  # pyright: ignore[reportPrivateImportUsage]
    VariableByteIntegers,
)
from paho.mqtt.reasoncodes import ReasonCode

from ishowtts_bus._properties import read_properties
from ishowtts_bus.transport import Packet

_MAX_QOS = 1
_FIRST_FAILURE = 0x80
_PUBACK_WITH_REASON = 3
_CONTINUED = 0x80

OnMessage = Callable[["QuickClient", int, Packet], None]
OnAcknowledged = Callable[[int, str], None]


def quicken(
    client: paho.Client, on_packet: OnMessage, on_acknowledged: OnAcknowledged
) -> "QuickClient":
    """Make paho's client a quick one, before it connects.

    Args:
        client: As aiomqtt made it, which leaves no choice of the class.
        on_packet: Called with the client, the packet id, 0 for QoS 0, and the message.
        on_acknowledged: Called with the packet id, and why the broker refused it, if so.
    """
    client.__class__ = QuickClient
    quick = cast("QuickClient", client)
    quick.prepare(on_packet, on_acknowledged)
    return quick


class QuickClient(paho.Client):
    """A client for MQTT 5 and up to QoS 1."""

    def prepare(self, on_packet: OnMessage, on_acknowledged: OnAcknowledged) -> None:
        self._on_packet = on_packet
        self._on_acknowledged = on_acknowledged
        self.on_publish = None
        # None of paho's: it looks through all that is in flight at each acknowledgement.
        self.max_inflight_messages_set(0)
        self.manual_ack_set(True)

    def _handle_publish(self) -> MQTTErrorCode:
        packet_id, packet = read_publish(self._in_packet["command"], self._in_packet["packet"])
        self._on_packet(self, packet_id, packet)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _handle_pubackcomp(self, cmd: Literal["PUBACK", "PUBCOMP"]) -> MQTTErrorCode:
        if cmd != "PUBACK":
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        packet_id, code = read_puback(self._in_packet["packet"])
        if self._out_messages.pop(packet_id, None) is not None:
            refused = code >= _FIRST_FAILURE
            reason = ReasonCode(PacketTypes.PUBACK, identifier=code) if refused else ""
            self._on_acknowledged(packet_id, str(reason))
        return MQTTErrorCode.MQTT_ERR_SUCCESS


def read_publish(header: int, body: bytearray) -> tuple[int, Packet]:
    """Read a PUBLISH packet.

    Args:
        header: Its first byte.
        body: What follows the length.

    Returns:
        The packet id, 0 for QoS 0, and the message.

    Raises:
        MalformedPacket: It is none, or of QoS 2, which nobody asked for.
    """
    try:
        return _read_publish(header, body)
    except (LookupError, ValueError, MQTTException) as error:
        raise MalformedPacket(str(error)) from None


def _read_publish(header: int, body: bytearray) -> tuple[int, Packet]:
    qos = header >> 1 & 3
    if qos > _MAX_QOS:
        raise MalformedPacket("QoS 2")
    end = 2 + (body[0] << 8 | body[1])
    address = body[2:end].decode()
    packet_id = 0
    if qos:
        packet_id = body[end] << 8 | body[end + 1]
        end += 2
    begin, end = end, end + _length(body[end : end + 4])
    if end > len(body):
        raise MalformedPacket("properties beyond the packet")
    properties = read_properties(bytes(body[begin:end]))
    payload = bytes(memoryview(body)[end:])
    return packet_id, Packet(address, payload, qos, bool(header & 1), *properties)


def _length(encoded: bytearray) -> int:
    """Bytes of the properties, with the number itself in front of them."""
    if encoded[0] < _CONTINUED:
        return 1 + encoded[0]
    return sum(cast("Any", VariableByteIntegers).decode(encoded))


def read_puback(body: bytearray) -> tuple[int, int]:
    """The packet id and the reason code of an acknowledgement.

    Raises:
        MalformedPacket: It is none.
    """
    try:
        packet_id = body[0] << 8 | body[1]
    except IndexError:
        raise MalformedPacket("no packet id") from None
    return packet_id, body[2] if len(body) >= _PUBACK_WITH_REASON else 0
