"""Messages as packets, and packets as messages."""

import logging
from functools import lru_cache
from typing import Any, TypeVar

from ishowtts_bus.counters import Counters
from ishowtts_bus.errors import BusError
from ishowtts_bus.subscription import Invalid, Received
from ishowtts_bus.transport import Packet, ReplyTo
from ishowtts_schemas import InvalidMessageError, Part, Topic, find_topic
from ishowtts_schemas.topic import MSGPACK
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
        MSGPACK,
        reply_to.address if reply_to else None,
        reply_to.correlation if reply_to else None,
        topic.idempotent,
    )


def reply_packet(to: ReplyTo, message: Reply) -> Packet:
    """An answer.

    Raises:
        BusError: The response topic cannot be published to.
    """
    if not 0 < len(to.address) <= MAX_REPLY_ADDRESS or set("+#\0") & set(to.address):
        raise BusError(f"{to.address[:80]!r} is not a response topic")
    return Packet(
        to.address,
        REPLY.encode(message),
        REPLY.qos,
        expiry_s=REPLY.expiry_s,
        content_type=MSGPACK,
        correlation=to.correlation,
    )


class PacketReader:
    """Reads packets; what is unreadable is counted, and logged once of each kind."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._logged: set[tuple[str, str]] = set()

    def read(
        self, topic: Topic[Any], ids: dict[str, str], packet: Packet
    ) -> Received[Any] | Invalid | None:
        """The event for handlers; None for a cleared retained message."""
        if not packet.payload and topic.retain:
            return None
        to = packet.response_topic
        reply_to = ReplyTo(to, packet.correlation) if to else None
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


def _expiry(seconds: float | None) -> int | None:
    """Whole seconds, at least one: an expiry of 0 would drop the message at once."""
    return None if seconds is None else max(1, round(seconds))
