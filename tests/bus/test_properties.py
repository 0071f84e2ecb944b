from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ishowtts_bus import _properties
from ishowtts_bus._properties import (
    MAX_SET_BYTES,
    publish_properties,
    read_properties,
    will_properties,
)
from ishowtts_bus.transport import Packet


def packet(**properties: object) -> Packet:
    return Packet("a/b", b"", **properties)  # type: ignore[arg-type]


def test_what_is_packed_once_is_what_paho_packs() -> None:
    usual = publish_properties(packet(content_type="application/msgpack", expiry_s=600))
    fresh = Properties(PacketTypes.PUBLISH)
    fresh.ContentType = "application/msgpack"
    fresh.MessageExpiryInterval = 600
    assert usual.pack() == fresh.pack()
    assert publish_properties(packet()).pack() == b"\0"


def test_each_request_keeps_its_own_correlation() -> None:
    for correlation in (b"one", b"two"):
        asked = packet(response_topic="replies/me", correlation=correlation, expiry_s=5)
        read = read_properties(publish_properties(asked).pack())
        assert read == (5, None, "replies/me", correlation)


def test_a_will_has_its_properties() -> None:
    assert will_properties(packet(expiry_s=7)).MessageExpiryInterval == 7


def test_what_a_stranger_sends_at_length_is_not_remembered() -> None:
    properties = Properties(PacketTypes.PUBLISH)
    properties.UserProperty = ("note", "x" * MAX_SET_BYTES)
    before = _properties._remembered.cache_info()
    read_properties(properties.pack())
    assert _properties._remembered.cache_info() == before
