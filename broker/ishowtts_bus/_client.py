"""MQTT 5 through aiomqtt: the only file that imports it.

aiomqtt opens and closes connections. Messages and acknowledgements go straight to paho's
callbacks: one task and one wait less per message, which is most of what a message costs.
"""

import asyncio
import logging
import random
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiomqtt
import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ishowtts_bus._recent import RecentPackets
from ishowtts_bus.errors import BusError, BusRefusedError, BusTakenOverError
from ishowtts_bus.settings import BrokerSettings
from ishowtts_bus.transport import Identity, Inbound, Packet, TransportEvents

_LOG = logging.getLogger("ishowtts.bus")

MAX_OUTBOX = 10_000
RECEIVE_MAXIMUM = 200
CONNECT_TIMEOUT_S = 5
CONNECT_PATIENCE_S = 2
BACKOFF_FIRST_S = 0.05
BACKOFF_MAX_S = 2.0
_SESSION_TAKEN_OVER = 142
_REFUSED_CODES = frozenset({132, 133, 134, 135, 140, 144})


@dataclass
class _Outgoing:
    packet: Packet
    done: asyncio.Future[None]


class MqttTransport:
    """A connection that comes back by itself; unacknowledged messages are sent again, in order.

    So are the latest acknowledged ones that bear it: a killed broker has forgotten them.
    """

    def __init__(self, settings: BrokerSettings, identity: Identity) -> None:
        self.identity = identity
        self.will: Packet | None = None
        self._settings = settings
        self._events: TransportEvents | None = None
        self._task: asyncio.Task[None] | None = None
        self._client: paho.Client | None = None
        self._filters: dict[str, int] = {}
        self._outbox: dict[int, _Outgoing] = {}
        self._next_key = 0
        self._closed = False
        self._connecting = False
        self._keys: dict[int, int] = {}
        self._recent = RecentPackets()
        self._lost_at: float | None = None

    def start(self, events: TransportEvents) -> None:
        self._events = events
        self._task = asyncio.create_task(self._run(), name="mqtt")
        self._task.add_done_callback(self._ended)

    async def close(self) -> None:
        self._closed = True
        if self._task is not None:
            if self._connecting:  # cancelled now, aiomqtt would leave its socket behind
                await asyncio.wait([self._task], timeout=CONNECT_PATIENCE_S)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        for outgoing in self._outbox.values():
            _settle(outgoing.done, BusError("the bus was closed"))
        self._outbox.clear()

    async def publish(self, packet: Packet) -> None:
        if packet.qos == 0:
            self._send_unacknowledged(packet)
            return
        if self._closed:
            raise BusError("the bus was closed")
        if len(self._outbox) >= MAX_OUTBOX:
            raise BusError(f"{MAX_OUTBOX} messages already wait for the broker")
        key = self._next_key
        self._next_key += 1
        outgoing = _Outgoing(packet, asyncio.get_running_loop().create_future())
        self._outbox[key] = outgoing
        self._send(key, outgoing)
        try:
            await outgoing.done
        finally:
            self._outbox.pop(key, None)

    def subscribe(self, address_filter: str, qos: int) -> None:
        self._filters[address_filter] = qos
        if self._client is not None:
            self._client.subscribe(address_filter, qos)

    def unsubscribe(self, address_filter: str) -> None:
        self._filters.pop(address_filter, None)
        if self._client is not None:
            self._client.unsubscribe(address_filter)

    def _send_unacknowledged(self, packet: Packet) -> None:
        if self._client is None or self._client.publish(*_publication(packet)).rc:
            raise BusError("not connected")

    def _send(self, key: int, outgoing: _Outgoing) -> None:
        if self._client is None:
            return
        try:
            info = self._client.publish(*_publication(outgoing.packet))
        except ValueError as error:
            _settle(outgoing.done, BusRefusedError(str(error)))
            return
        self._keys[info.mid] = key

    async def _run(self) -> None:
        backoff_s = BACKOFF_FIRST_S
        while not self._closed:
            try:
                await self._connection()
            except aiomqtt.MqttError as error:
                fatal = _fatal(error, self.identity.client_id)
                if fatal is not None:
                    self._handler.on_fatal(fatal)
                    return
                if self._client is not None:
                    backoff_s = BACKOFF_FIRST_S
                self._disconnected(str(error.__cause__ or error))
            await asyncio.sleep(backoff_s * random.uniform(0.5, 1.5))
            backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._handler.on_fatal(error)

    @property
    def _handler(self) -> TransportEvents:
        if self._events is None:
            raise RuntimeError("start() comes first")
        return self._events

    async def _connection(self) -> None:
        """Connect and serve until the connection breaks, which raises `MqttError`."""
        connection = self._new_connection()
        client = connection._client  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        client.manual_ack_set(True)
        client.on_message = partial(self._on_message, client)
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = None
        self._connecting = True
        try:
            async with connection:
                self._connecting = False
                if not self._closed:
                    await self._serve(connection, client)
        finally:
            self._connecting = False

    async def _serve(self, connection: aiomqtt.Client, client: paho.Client) -> None:
        self._connected(client)
        # Nothing is ever put into aiomqtt's own queue: this only ends with the connection.
        async for _ in connection.messages:
            pass

    def _new_connection(self) -> aiomqtt.Client:
        settings, identity = self._settings, self.identity
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = identity.session_expiry_s
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        return aiomqtt.Client(
            settings.host,
            settings.port,
            username=settings.username or None,
            password=settings.password or None,
            identifier=identity.client_id,
            protocol=aiomqtt.ProtocolVersion.V5,
            will=_will(self.will),
            clean_start=identity.session_expiry_s == 0,
            keepalive=settings.keepalive_s,
            timeout=CONNECT_TIMEOUT_S,
            properties=properties,
            tls_context=_tls_context(settings),
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            logger=_LOG,
        )

    def _connected(self, client: paho.Client) -> None:
        self._client = client
        if self._filters:
            client.subscribe(list(self._filters.items()))
        if self._lost_at is not None:
            now = asyncio.get_running_loop().time()
            for packet in self._recent.send_again(self._lost_at, now):
                client.publish(*_publication(packet))
        for key, outgoing in list(self._outbox.items()):
            self._send(key, outgoing)
        self._handler.on_connect()

    def _disconnected(self, reason: str) -> None:
        if self._client is not None:
            self._client = None
            self._lost_at = asyncio.get_running_loop().time()
            self._keys.clear()
            self._handler.on_disconnect(reason)

    def _on_publish(
        self, _client: Any, _userdata: Any, mid: int, reason: ReasonCode, _properties: Any
    ) -> None:
        outgoing = self._outbox.get(self._keys.pop(mid, -1))
        if outgoing is not None:
            failed = BusRefusedError(f"{outgoing.packet.address}: {reason}")
            _settle(outgoing.done, failed if reason.is_failure else None)
            if not reason.is_failure:
                self._recent.add(outgoing.packet, asyncio.get_running_loop().time())

    def _on_subscribe(
        self, _client: Any, _userdata: Any, _mid: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        for reason in reasons:
            if reason.is_failure:
                self._handler.on_fatal(
                    BusRefusedError(f"the broker refused to subscribe: {reason}")
                )

    def _on_message(
        self, client: paho.Client, _client: Any, _userdata: Any, message: paho.MQTTMessage
    ) -> None:
        ack: Callable[[], Any] = partial(self._ack, client, message.mid, message.qos)
        self._handler.on_packet(Inbound(_received(message), ack))

    def _ack(self, client: paho.Client, mid: int, qos: int) -> None:
        """Acknowledge, unless the message came over a connection that is gone."""
        if client is self._client:
            client.ack(mid, qos)


def _settle(future: asyncio.Future[None], error: BusError | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


def _fatal(error: aiomqtt.MqttError, client_id: str) -> BusError | None:
    """The error to give up with, where waiting cannot help."""
    code = getattr(error.__cause__ or error, "rc", None)
    value = getattr(code, "value", None)
    if value == _SESSION_TAKEN_OVER:
        return BusTakenOverError(
            f"another process connected as {client_id}; start one of them with another --instance"
        )
    if value in _REFUSED_CODES:
        return BusRefusedError(f"the broker refused the connection: {code}")
    return None


def _publication(packet: Packet) -> tuple[str, bytes, int, bool, Properties | None]:
    return packet.address, packet.payload, packet.qos, packet.retain, _properties(packet)


def _properties(packet: Packet, kind: int = PacketTypes.PUBLISH) -> Properties:
    properties = Properties(kind)
    if packet.content_type is not None:
        properties.ContentType = packet.content_type
    if packet.expiry_s is not None:
        properties.MessageExpiryInterval = packet.expiry_s
    if packet.response_topic is not None:
        properties.ResponseTopic = packet.response_topic
    if packet.correlation is not None:
        properties.CorrelationData = packet.correlation
    return properties


def _will(packet: Packet | None) -> aiomqtt.Will | None:
    if packet is None:
        return None
    properties = _properties(packet, PacketTypes.WILLMESSAGE)
    return aiomqtt.Will(packet.address, packet.payload, packet.qos, packet.retain, properties)


def _tls_context(settings: BrokerSettings) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=settings.ca_file or None) if settings.tls else None


def _received(message: paho.MQTTMessage) -> Packet:
    properties = vars(message.properties) if message.properties is not None else {}
    return Packet(
        address=message.topic,
        payload=bytes(message.payload),
        qos=message.qos,
        retain=bool(message.retain),
        expiry_s=properties.get("MessageExpiryInterval"),
        content_type=properties.get("ContentType"),
        response_topic=properties.get("ResponseTopic"),
        correlation=properties.get("CorrelationData"),
    )
