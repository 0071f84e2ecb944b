"""Typed publish, subscribe and request over any transport."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from ishowtts_bus._inbox import Inbox
from ishowtts_bus._packets import clearing_packet, reply_packet, to_packet
from ishowtts_bus._publisher import Publisher
from ishowtts_bus._requests import OpenRequests
from ishowtts_bus._table import SubscriptionTable
from ishowtts_bus.counters import Counters
from ishowtts_bus.errors import BusTimeoutError
from ishowtts_bus.patience import within
from ishowtts_bus.subscription import (
    ClearedHandler,
    Handler,
    Handlers,
    InvalidHandler,
    Received,
    Subscription,
)
from ishowtts_bus.transport import Inbound, ReplyTo, Transport
from ishowtts_schemas import CommandReply, Part, Topic, slugify
from ishowtts_schemas.topics import REPLY, Reply

_LOG = logging.getLogger("ishowtts.bus")

M = TypeVar("M", bound=Part)

DRAIN_TIMEOUT_S = 2.0


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
        self._subscriptions = SubscriptionTable(transport)
        self._publisher = Publisher(transport, self.counters)
        self._connection = asyncio.Event()
        self._requests = OpenRequests()
        self._inbox = Inbox(self._subscriptions, self._requests.take, self.counters)

    def set_will(self, topic: Topic[M], message: M, **ids: str) -> None:
        """What the broker publishes if this process dies; before `start`."""
        self._transport.will = to_packet(topic, message, ids)

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
        if self._publisher.fatal is not None:
            raise self._publisher.fatal

    def hold(self) -> None:
        """Keep inbound messages until `release`, while a node sets up its subscriptions.

        A session that outlives a crash delivers what it kept as soon as it is connected. What is
        held when the bus is closed was not acknowledged: the broker has it for the next session.
        """
        self._inbox.hold()

    def release(self) -> None:
        """Let held messages through, and all that follow."""
        self._inbox.release()

    async def close(self) -> None:
        """Finish handlers and publishes that are under way, bounded, and disconnect."""
        for subscription in self._subscriptions:
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
        on_cleared: ClearedHandler | None = None,
        concurrency: int = 1,
        **ids: str,
    ) -> None:
        """Hear a topic; levels that are not given are wildcards.

        Args:
            topic: A row of the topic table.
            handler: A plain function runs at once and must not block; what it returns to be
                waited for only delays the acknowledgement. A coroutine function runs as a
                task; the first statements of each run in the messages' order.
                The broker forgets a message when its handler is done, so a handler must
                bear a repeat.
            group: Share the subscription: each message goes to one member of the group.
            on_invalid: Called for payloads that the topic does not carry.
            on_cleared: Called where a retained message was taken back.
            concurrency: Coroutines at once.
            **ids: Levels to fix, `room="main"`.
        """
        plain = topic.filter(**ids)
        address_filter = f"$share/{group}/{plain}" if group else plain
        handlers = Handlers(handler, on_invalid, on_cleared)
        row = Subscription(address_filter, ids, handlers, concurrency, self.counters)
        self._subscriptions.add(topic, row)

    def unsubscribe(self, topic: Topic[Any], **ids: str) -> None:
        """Undo `subscribe` with the same ids, for every handler of them."""
        self._subscriptions.remove(topic, ids)

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
        packet = to_packet(topic, message, ids, expiry_s, reply_to)
        await self._publisher.publish(packet, topic.name, timeout_s)

    async def clear(self, topic: Topic[Any], *, timeout_s: float | None = None, **ids: str) -> None:
        """Take a retained message back; returns when the broker has forgotten it.

        Raises:
            BusTimeoutError: `timeout_s` has passed.
            BusRefusedError: The broker will not take it.
        """
        await self._publisher.publish(clearing_packet(topic, ids), topic.name, timeout_s)

    async def reply(self, to: ReplyTo, message: Reply) -> None:
        """Answer on a sender's response topic.

        Raises:
            BusError: The response topic cannot be published to.
        """
        await self._publisher.publish(reply_packet(to, message), REPLY.name)

    async def request(
        self, topic: Topic[M], message: M, *, timeout_s: float, **ids: str
    ) -> CommandReply:
        """Publish and wait for the answer.

        Raises:
            BusTimeoutError: No answer in `timeout_s`.
        """
        self._hear_replies()
        with self._requests.open() as (correlation, answer):
            reply_to = ReplyTo(REPLY.address(client=self.reply_id), correlation)
            packet = to_packet(topic, message, ids, reply_to=reply_to)
            await self._publisher.publish(packet, topic.name, timeout_s)
            try:
                return await within(timeout_s, answer)
            except asyncio.TimeoutError:
                raise BusTimeoutError(f"no answer from {topic.address(**ids)}") from None

    def _hear_replies(self) -> None:
        mine = {"client": self.reply_id}
        if all(row.ids != mine for row in self._subscriptions.of(REPLY)):
            self.subscribe(REPLY, _ignore, client=self.reply_id)

    def on_packet(self, inbound: Inbound) -> None:
        """Called by the transport."""
        self._inbox.take(inbound)

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
        self._publisher.fatal = error
        self._connection.set()
        if self.on_fatal_error is not None:
            self.on_fatal_error(error)

    async def _drain(self) -> None:
        running = [task for row in self._subscriptions for task in row.running]
        if running:
            _, late = await asyncio.wait(running, timeout=DRAIN_TIMEOUT_S)
            for task in late:
                task.cancel()
        if self.connected:
            await self._publisher.drain(DRAIN_TIMEOUT_S)


def _ignore(_received: Received[Any]) -> None:
    pass
