"""Messages as packets, and packets as messages."""

import logging
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from ishowtts_bus.counters import Counters
from ishowtts_bus.errors import BusError
from ishowtts_bus.subscription import Cleared, Invalid, Received
from ishowtts_bus.transport import Packet, ReplyTo
from ishowtts_schemas import InvalidMessageError, Part, Topic, find_topic
from ishowtts_schemas.topic import JSON, MSGPACK
from ishowtts_schemas.topics import REPLY, Reply

_LOG = logging.getLogger("ishowtts.bus")

M = TypeVar("M", bound=Part)

MAX_REPLY_ADDRESS = 512

topic_of = lru_cache(maxsize=4096)(find_topic)


def to_packet(
    topic: Topic[M],
    message: M,
    ids: dict[str, str],
    expiry_s: float | None = None,
    reply_to: ReplyTo | None = None,
) -> Packet:
    """A message as it is published.

    Raises:
        ValueError: The ids are not those of the topic.
    """
    return Packet(
        topic.address(**ids),
        topic.encode(message),
        topic.qos,
        topic.retain,
        _expiry(expiry_s if expiry_s is not None else topic.expiry_s),
        topic.sent_as,
        reply_to.address if reply_to else None,
        reply_to.correlation if reply_to else None,
        topic.idempotent,
    )


def clearing_packet(topic: Topic[Any], ids: dict[str, str]) -> Packet:
    """What makes the broker forget a retained message.

    Raises:
        ValueError: The ids are not those of the topic.
    """
    return Packet(topic.address(**ids), b"", topic.qos, topic.retain, idempotent=topic.idempotent)


def reply_packet(to: ReplyTo, message: Reply) -> Packet:
    """An answer.

    Raises:
        BusError: The response topic cannot be published to.
    """
    if not 0 < len(to.address) <= MAX_REPLY_ADDRESS or set("+#\0") & set(to.address):
        raise BusError(f"{to.address[:80]!r} is not a response topic")
    return Packet(
        to.address,
        msgspec.json.encode(message) if to.as_json else REPLY.encode(message),
        REPLY.qos,
        expiry_s=REPLY.expiry_s,
        content_type=JSON if to.as_json else MSGPACK,
        correlation=to.correlation,
    )


class PacketReader:
    """Reads packets; what is unreadable is counted, and logged once of each kind."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._logged: set[tuple[str, str]] = set()

    def read(
        self, topic: Topic[Any], ids: dict[str, str], packet: Packet
    ) -> Received[Any] | Invalid | Cleared:
        """The event for handlers."""
        if not packet.payload and topic.retain:
            return Cleared(topic, ids)
        reply_to = _reply_to(topic, packet)
        try:
            message = topic.decode(packet.payload, packet.content_type)
        except InvalidMessageError as error:
            self._count(topic, packet.address, error)
            return Invalid(topic, ids, error, reply_to)
        return Received(message, topic, ids, reply_to, packet.retain, packet.correlation)

    def _count(self, topic: Topic[Any], address: str, error: InvalidMessageError) -> None:
        self._counters.add("bus_invalid_total", topic=topic.name, reason=error.reason)
        if (topic.name, error.reason) not in self._logged:
            self._logged.add((topic.name, error.reason))
            _LOG.warning("refused a message on %s: %s (further ones are counted)", address, error)


def _reply_to(topic: Topic[Any], packet: Packet) -> ReplyTo | None:
    if not packet.response_topic:
        return None
    as_json = topic.format_of(packet.payload, packet.content_type) != MSGPACK
    return ReplyTo(packet.response_topic, packet.correlation, as_json)


def _expiry(seconds: float | None) -> int | None:
    """Whole seconds, at least one: an expiry of 0 would drop the message at once."""
    return None if seconds is None else max(1, round(seconds))
