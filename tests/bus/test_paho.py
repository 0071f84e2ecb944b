"""What is read in place of paho must be what paho would read."""

import struct
from contextlib import suppress
from typing import Any

import paho.mqtt.client as paho
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import MalformedPacket, Properties

from ishowtts_bus._paho import QuickClient, quicken, read_puback, read_publish

PUBLISH = 0x30
RETAIN, QOS_1, QOS_2 = 0x01, 0x02, 0x04

words = st.text(st.characters(exclude_categories=["C"]), max_size=20)
foreign_properties = st.fixed_dictionaries(
    {},
    optional={
        "PayloadFormatIndicator": st.sampled_from([0, 1]),
        "MessageExpiryInterval": st.integers(0, 2**32 - 1),
        "ContentType": words,
        "ResponseTopic": words,
        "CorrelationData": st.binary(max_size=300),
        "SubscriptionIdentifier": st.lists(st.integers(1, 268_435_455), min_size=1, max_size=3),
        "UserProperty": st.lists(st.tuples(words, words), min_size=1, max_size=5),
    },
)


def publish_body(address: str, packet_id: int | None, given: dict[str, Any], payload: bytes) -> Any:
    properties = Properties(PacketTypes.PUBLISH)
    for name, value in given.items():
        setattr(properties, name, value)
    encoded = address.encode()
    number = b"" if packet_id is None else struct.pack("!H", packet_id)
    head = struct.pack("!H", len(encoded)) + encoded + number
    return bytearray(head + properties.pack() + payload)


@pytest.mark.parametrize("name", ["_handle_publish", "_handle_pubackcomp"])
def test_paho_still_has_what_is_done_in_its_place(name: str) -> None:
    assert callable(getattr(paho.Client, name))
    assert name in vars(QuickClient)


@settings(deadline=None, max_examples=60)
@given(foreign_properties, st.binary(max_size=100), st.booleans(), st.integers(1, 65_535))
def test_any_publishers_properties_are_read(
    given: dict[str, Any], payload: bytes, retain: bool, packet_id: int
) -> None:
    body = publish_body("ishowtts/v1/text/main", packet_id, given, payload)
    found_id, packet = read_publish(PUBLISH | QOS_1 | (RETAIN if retain else 0), body)
    assert (found_id, packet.address, packet.payload) == (
        packet_id,
        "ishowtts/v1/text/main",
        payload,
    )
    assert (packet.qos, packet.retain) == (1, retain)
    assert packet.expiry_s == given.get("MessageExpiryInterval")
    assert packet.content_type == given.get("ContentType")
    assert packet.response_topic == given.get("ResponseTopic")
    assert packet.correlation == given.get("CorrelationData")


def test_qos_0_has_no_packet_id() -> None:
    found_id, packet = read_publish(PUBLISH, publish_body("a/b", None, {}, b"x"))
    assert (found_id, packet.qos, packet.payload) == (0, 0, b"x")


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=60), st.sampled_from([0, QOS_1]))
def test_noise_is_a_packet_or_malformed_and_nothing_else(noise: bytes, flags: int) -> None:
    with suppress(MalformedPacket):
        read_publish(PUBLISH | flags, bytearray(noise))


def test_half_a_packet_is_malformed() -> None:
    given = {"ContentType": "text/plain", "UserProperty": [("a", "b")]}
    whole = publish_body("a/b", 7, given, b"")
    for size in range(len(whole)):
        with pytest.raises(MalformedPacket):
            read_publish(PUBLISH | QOS_1, whole[:size])


def test_what_the_broker_lets_through_and_paho_refuses_costs_no_connection() -> None:
    given = {"ContentType": "text/plain", "UserProperty": [("app", "\ufeff")]}
    packet_id, packet = read_publish(PUBLISH | QOS_1, publish_body("a/b", 7, given, b"hello"))
    assert (packet_id, packet.address, packet.payload) == (7, "a/b", b"hello")
    assert packet.content_type is None


def test_qos_2_is_refused_as_nobody_asked_for_it() -> None:
    with pytest.raises(MalformedPacket, match="QoS 2"):
        read_publish(PUBLISH | QOS_2, publish_body("a/b", 7, {}, b""))


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [(b"\0\x01", ""), (b"\0\x01\x10", ""), (b"\0\x01\x87\0", "Not authorized")],
)
def test_an_acknowledgement_is_passed_on_once_with_its_refusal(answer: bytes, refusal: str) -> None:
    heard: list[tuple[int, str]] = []
    plain = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client = quicken(plain, lambda *_: None, lambda *told: heard.append(told))
    packet_id = client.publish("a/b", b"x", qos=1).mid
    for _ in range(2):
        client._in_packet["packet"] = bytearray(answer)
        client._handle_pubackcomp("PUBACK")
    assert heard == [(packet_id, refusal)]


def test_an_acknowledgement_may_give_a_reason() -> None:
    assert read_puback(bytearray(b"\x01\x02")) == (258, 0)
    assert read_puback(bytearray(b"\x01\x02\x87\x00")) == (258, 0x87)
    with pytest.raises(MalformedPacket):
        read_puback(bytearray(b"\x01"))
