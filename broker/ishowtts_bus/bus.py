"""Typed publish, subscribe and request over any transport."""

import asyncio
import logging
import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from ishowtts_bus.counters import Counters
from ishowtts_bus.errors import BusError, BusTimeoutError
from ishowtts_bus.subscription import (
    Handler,
    Invalid,
    InvalidHandler,
    Received,
    Subscription,
    covers,
)
from ishowtts_bus.transport import Inbound, Packet, ReplyTo, Transport
from ishowtts_schemas import CommandReply, InvalidMessageError, Part, Topic, find_topic, slugify
from ishowtts_schemas.topic import MSGPACK
from ishowtts_schemas.topics import REPLY, Reply

_LOG = logging.getLogger("ishowtts.bus")

M = TypeVar("M", bound=Part)

MAX_HELD = 10_000
DRAIN_TIMEOUT_S = 2.0
MAX_REPLY_ADDRESS = 512

_find_topic = lru_cache(maxsize=4096)(find_topic)


class Bus:
    """What nodes see of MQTT.

    Attributes:
        counters: The node's numbers; the bus adds its own.
        reply_id: This client's level in the `reply` topic.
        connected: Whether the broker is reached now.
        on_connected: Called after each connect.
        on_fatal_error: Called when the connection cannot come back by waiting.
    """

    def __init__(self, transport: Transport) -> None:
        self.counters = Counters()
        self.reply_id = slugify(transport.identity.client_id)
        self.connected = False
        self.on_connected: Callable[[], None] | None = None
        self.on_fatal_error: Callable[[Exception], None] | None = None
        self._transport = transport
        self._subscriptions: dict[str, list[Subscription]] = {}
        self._held: list[Inbound] | None = None
        self._connection = asyncio.Event()
        self._fatal: Exception | None = None
        self._publishing = 0
        self._idle = asyncio.Event()
        self._requests: dict[bytes, asyncio.Future[CommandReply]] = {}
        self._logged: set[tuple[str, str]] = set()

    def set_will(self, topic: Topic[M], message: M, **ids: str) -> None:
        """What the broker publishes if this process dies; before `start`."""
        self._transport.will = _packet(topic, message, ids)

    async def start(self) -> None:
        """Begin to connect; returns at once, with or without a broker."""
        self._transport.start(self)

    async def wait_connected(self, timeout_s: float) -> None:
        """Wait for the broker.

        Raises:
            BusTimeoutError: It cannot be reached.
            BusError: It refuses us.
        """
        try:
            await asyncio.wait_for(self._connection.wait(), timeout_s)
        except asyncio.TimeoutError:
            raise BusTimeoutError("the broker cannot be reached") from None
        if self._fatal is not None:
            raise self._fatal

    def hold(self) -> None:
        """Keep inbound messages until `release`, while a node sets up its subscriptions.

        A session that outlives a crash delivers what it kept as soon as it is connected.
        """
        self._held = []

    def release(self) -> None:
        """Let held messages through, and all that follow."""
        held, self._held = self._held, None
        for inbound in held or ():
            self.on_packet(inbound)

    async def close(self) -> None:
        """Finish handlers and publishes that are under way, bounded, and disconnect."""
        for subscription in self._all_subscriptions():
            subscription.abandon()
        await self._drain()
        await self._transport.close()
        self.connected = False

    def subscribe(
        self,
        topic: Topic[M],
        handler: Handler[M],
        *,
        group: str | None = None,
        on_invalid: InvalidHandler | None = None,
        concurrency: int = 1,
        **ids: str,
    ) -> None:
        """Hear a topic; levels that are not given are wildcards.

        Args:
            topic: A row of the topic table.
            handler: A plain function runs at once and must not block. A coroutine function
                runs as a task; the first statements of each run in the messages' order.
                The broker forgets a message when its handler is done, so a handler must
                bear a repeat.
            group: Share the subscription: each message goes to one member of the group.
            on_invalid: Called for payloads that the topic does not carry.
            concurrency: Coroutines at once.
            **ids: Levels to fix, `room="main"`.
        """
        plain = topic.filter(**ids)
        address_filter = f"$share/{group}/{plain}" if group else plain
        rows = self._subscriptions.setdefault(topic.name, [])
        covered = any(covers(row.address_filter, address_filter) for row in rows)
        rows.append(
            Subscription(address_filter, ids, handler, on_invalid, concurrency, self.counters)
        )
        if not covered:
            for row in rows[:-1]:
                if covers(address_filter, row.address_filter):
                    self._transport.unsubscribe(row.address_filter)
            self._transport.subscribe(address_filter, topic.qos)

    def unsubscribe(self, topic: Topic[Any], **ids: str) -> None:
        """Undo `subscribe` with the same ids, for every handler of them."""
        rows = self._subscriptions.get(topic.name, [])
        gone = [row for row in rows if row.ids == ids]
        rows[:] = [row for row in rows if row.ids != ids]
        for row in gone:
            row.abandon()
            if not any(covers(other.address_filter, row.address_filter) for other in rows):
                self._transport.unsubscribe(row.address_filter)
        for row in rows:
            if any(covers(other.address_filter, row.address_filter) for other in gone):
                self._transport.subscribe(row.address_filter, topic.qos)

    async def publish(
        self,
        topic: Topic[M],
        message: M,
        *,
        expiry_s: float | None = None,
        reply_to: ReplyTo | None = None,
        timeout_s: float | None = None,
        **ids: str,
    ) -> None:
        """Publish, and return when the broker has it; waits through an outage.

        With QoS 0 nothing waits: without a broker the message is dropped and counted.
        Publishes that were started in order arrive in order.

        Raises:
            BusTimeoutError: `timeout_s` has passed.
            BusRefusedError: The broker will not take it.
        """
        packet = _packet(topic, message, ids, expiry_s, reply_to)
        await self._publish(packet, timeout_s, topic.name)

    async def clear_retained(self, topic: Topic[Any], **ids: str) -> None:
        """Make the broker forget a retained message."""
        packet = Packet(topic.address(**ids), b"", topic.qos, retain=True)
        await self._publish(packet, None, topic.name)

    async def reply(self, to: ReplyTo, message: Reply) -> None:
        """Answer on a sender's response topic.

        Raises:
            BusError: The response topic cannot be published to.
        """
        if not 0 < len(to.address) <= MAX_REPLY_ADDRESS or set("+#\0") & set(to.address):
            raise BusError(f"{to.address[:80]!r} is not a response topic")
        packet = Packet(
            to.address,
            REPLY.encode(message),
            REPLY.qos,
            False,
            REPLY.expiry_s,
            MSGPACK,
            correlation=to.correlation,
        )
        await self._publish(packet, None, REPLY.name)

    async def request(
        self, topic: Topic[M], message: M, *, timeout_s: float, **ids: str
    ) -> CommandReply:
        """Publish and wait for the answer.

        Raises:
            BusTimeoutError: No answer in `timeout_s`.
        """
        self._hear_replies()
        correlation = uuid.uuid4().bytes
        answer: asyncio.Future[CommandReply] = asyncio.get_running_loop().create_future()
        self._requests[correlation] = answer
        reply_to = ReplyTo(REPLY.address(client=self.reply_id), correlation)
        try:
            packet = _packet(topic, message, ids, reply_to=reply_to)
            await self._publish(packet, timeout_s, topic.name)
            return await asyncio.wait_for(answer, timeout_s)
        except asyncio.TimeoutError:
            raise BusTimeoutError(f"no answer from {topic.address(**ids)}") from None
        finally:
            del self._requests[correlation]

    def _hear_replies(self) -> None:
        mine = {"client": self.reply_id}
        if all(row.ids != mine for row in self._subscriptions.get(REPLY.name, [])):
            self.subscribe(REPLY, _ignore, client=self.reply_id)

    def on_packet(self, inbound: Inbound) -> None:
        """Called by the transport."""
        if self._held is not None:
            if len(self._held) < MAX_HELD:
                self._held.append(inbound)
            else:
                self.counters.add("bus_overflow_total", topic="held")
            return
        found = _find_topic(inbound.packet.address)
        rows = [] if found is None else self._subscriptions.get(found[0].name, [])
        if found is None or not rows:
            self.counters.add("bus_unexpected_total")
            inbound.ack()
            return
        topic, ids = found
        wanted = [row for row in rows if row.wants(ids)]
        event = self._decode(topic, ids, inbound.packet)
        if event is None or not wanted:
            inbound.ack()
            return
        self._answer(event)
        for row in wanted[1:]:
            row.offer(event, _do_nothing)
        wanted[0].offer(event, inbound.ack)

    def on_connect(self) -> None:
        """Called by the transport."""
        self.connected = True
        self._connection.set()
        self.counters.add("bus_connections_total")
        if self.on_connected is not None:
            self.on_connected()

    def on_disconnect(self, reason: str) -> None:
        """Called by the transport."""
        self.connected = False
        self._connection.clear()
        _LOG.warning("lost the broker: %s", reason)

    def on_fatal(self, error: Exception) -> None:
        """Called by the transport."""
        self.connected = False
        self._fatal = error
        self._connection.set()
        if self.on_fatal_error is not None:
            self.on_fatal_error(error)

    def _decode(
        self, topic: Topic[Any], ids: dict[str, str], packet: Packet
    ) -> Received[Any] | Invalid | None:
        """The event for handlers; None for a cleared retained message."""
        if not packet.payload and topic.retain:
            return None
        try:
            message = topic.decode(packet.payload, packet.content_type)
        except InvalidMessageError as error:
            self._count_invalid(topic, packet.address, error)
            return Invalid(topic, ids, error, _reply_to(packet))
        reply_to = _reply_to(packet)
        return Received(message, topic, ids, reply_to, packet.retain, packet.correlation)

    def _count_invalid(self, topic: Topic[Any], address: str, error: InvalidMessageError) -> None:
        self.counters.add("bus_invalid_total", topic=topic.name, reason=error.reason)
        if (topic.name, error.reason) not in self._logged:
            self._logged.add((topic.name, error.reason))
            _LOG.warning("refused a message on %s: %s (further ones are counted)", address, error)

    def _answer(self, event: Received[Any] | Invalid) -> None:
        if isinstance(event, Invalid) or event.correlation is None:
            return
        waiting = self._requests.get(event.correlation)
        if waiting and not waiting.done() and isinstance(event.message, CommandReply):
            waiting.set_result(event.message)

    async def _publish(self, packet: Packet, timeout_s: float | None, name: str) -> None:
        if self._fatal is not None:
            raise self._fatal
        self._publishing += 1
        try:
            work = self._transport.publish(packet)
            await (work if timeout_s is None else asyncio.wait_for(work, timeout_s))
        except asyncio.TimeoutError:
            raise BusTimeoutError("the broker did not take the message in time") from None
        except BusError:
            if packet.qos:
                raise
            self.counters.add("bus_dropped_total", topic=name)
        finally:
            self._publishing -= 1
            if not self._publishing:
                self._idle.set()

    async def _drain(self) -> None:
        running = [task for row in self._all_subscriptions() for task in row.running]
        if running:
            _, late = await asyncio.wait(running, timeout=DRAIN_TIMEOUT_S)
            for task in late:
                task.cancel()
        if self._publishing and self.connected:
            self._idle.clear()
            try:
                await asyncio.wait_for(self._idle.wait(), DRAIN_TIMEOUT_S)
            except asyncio.TimeoutError:
                _LOG.warning("%d messages were not acknowledged at close", self._publishing)

    def _all_subscriptions(self) -> list[Subscription]:
        return [row for rows in self._subscriptions.values() for row in rows]


def _packet(
    topic: Topic[M],
    message: M,
    ids: dict[str, str],
    expiry_s: float | None = None,
    reply_to: ReplyTo | None = None,
) -> Packet:
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


def _reply_to(packet: Packet) -> ReplyTo | None:
    topic = packet.response_topic
    return ReplyTo(topic, packet.correlation) if topic else None


def _ignore(_received: Received[Any]) -> None:
    pass


def _do_nothing() -> None:
    pass


def _expiry(seconds: float | None) -> int | None:
    """Whole seconds, at least one: an expiry of 0 would drop the message at once."""
    return None if seconds is None else max(1, round(seconds))
