"""MQTT 5 properties of a publication, read and packed by paho once for each different set.

Packing takes paho 150 us of a slow core, and most messages carry one of a few sets.
"""

import struct
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, cast

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import (
    MQTTException,  # pyright: ignore[reportPrivateImportUsage]
    Properties,
)

from ishowtts_bus.transport import Packet

MAX_SETS = 1024
MAX_SET_BYTES = 128
"""Longer ones are not remembered: strangers choose what they send, and we hold it."""


class PackedProperties(Properties):
    """Properties that nobody changes any more."""

    def pack(self) -> bytes:
        return self._packed

    @cached_property
    def _packed(self) -> bytes:
        return cast("Any", super()).pack()


class PublishProperties(NamedTuple):
    """What we read of them, in the order of `Packet`."""

    expiry_s: int | None = None
    content_type: str | None = None
    response_topic: str | None = None
    correlation: bytes | None = None


def publish_properties(packet: Packet) -> Properties:
    """For paho; not to be changed, others may have the same."""
    if packet.response_topic is None and packet.correlation is None:
        return _usual(packet.expiry_s, packet.content_type)
    return _fill(Properties(PacketTypes.PUBLISH), packet)


def will_properties(packet: Packet) -> Properties:
    return _fill(Properties(PacketTypes.WILLMESSAGE), packet)


def read_properties(block: bytes) -> PublishProperties:
    """Read properties as they stand in a PUBLISH packet, their length in front.

    None of them where paho refuses what the broker let through, U+FEFF in a text for one: to
    end the connection for it would have the broker send it again over each following one.
    """
    return _remembered(block) if len(block) <= MAX_SET_BYTES else _read(block)


@lru_cache(maxsize=MAX_SETS)
def _usual(expiry_s: int | None, content_type: str | None) -> Properties:
    packet = Packet("", b"", expiry_s=expiry_s, content_type=content_type)
    return _fill(PackedProperties(PacketTypes.PUBLISH), packet)


def _fill(properties: Properties, packet: Packet) -> Properties:
    if packet.content_type is not None:
        properties.ContentType = packet.content_type
    if packet.expiry_s is not None:
        properties.MessageExpiryInterval = packet.expiry_s
    if packet.response_topic is not None:
        properties.ResponseTopic = packet.response_topic
    if packet.correlation is not None:
        properties.CorrelationData = packet.correlation
    return properties


def _read(block: bytes) -> PublishProperties:
    properties = Properties(PacketTypes.PUBLISH)
    try:
        properties.unpack(block)  # pyright: ignore[reportUnknownMemberType]
    except (LookupError, ValueError, struct.error, MQTTException):
        return PublishProperties()
    found = vars(properties)
    return PublishProperties(
        found.get("MessageExpiryInterval"),
        found.get("ContentType"),
        found.get("ResponseTopic"),
        found.get("CorrelationData"),
    )


_remembered = lru_cache(maxsize=MAX_SETS)(_read)
