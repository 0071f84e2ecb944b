"""MQTT 5 through aiomqtt, the only file that imports it.

aiomqtt opens and closes connections. Messages and acknowledgements go straight to paho
(`_paho`): one task and one wait less for each, and most of what paho spends on them.
"""

import asyncio
import logging
import random
import socket
import ssl
import struct
from functools import partial
from typing import Any

import aiomqtt
import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ishowtts_bus._paho import QuickClient, quicken
from ishowtts_bus._pending import MAX_IN_FLIGHT, PendingPublishes
from ishowtts_bus._properties import publish_properties, will_properties
from ishowtts_bus.errors import BusError, BusRefusedError, BusTakenOverError
from ishowtts_bus.settings import BrokerSettings
from ishowtts_bus.transport import Identity, Inbound, Packet, TransportEvents

_LOG = logging.getLogger("ishowtts.bus")

RECEIVE_MAXIMUM = 200
CONNECT_TIMEOUT_S = 5
CONNECT_PATIENCE_S = 2
BACKOFF_FIRST_S = 0.05
BACKOFF_MAX_S = 2.0
_SESSION_TAKEN_OVER = 142
_REFUSED_CODES = frozenset({132, 133, 134, 135, 140, 144})


class MqttTransport:
    """A connection that comes back by itself, with what it had not yet delivered."""

    def __init__(self, settings: BrokerSettings, identity: Identity) -> None:
        self.identity = identity
        self.will: Packet | None = None
        self._settings = settings
        self._events: TransportEvents | None = None
        self._task: asyncio.Task[None] | None = None
        self._client: QuickClient | None = None
        self._receive_maximum = MAX_IN_FLIGHT
        self._filters: dict[str, int] = {}
        self._pending = PendingPublishes()
        self._closed = False
        self._connecting = False

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
        self._pending.close()

    async def publish(self, packet: Packet) -> None:
        if packet.qos:
            await self._pending.publish(packet)
        elif self._client is None or _publish(self._client, packet).rc:
            raise BusError("not connected")

    def subscribe(self, address_filter: str, qos: int) -> None:
        self._filters[address_filter] = qos
        if self._client is not None:
            self._client.subscribe(address_filter, qos)

    def unsubscribe(self, address_filter: str) -> None:
        self._filters.pop(address_filter, None)
        if self._client is not None:
            self._client.unsubscribe(address_filter)

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
        client = self._hear(connection._client)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        self._connecting = True
        try:
            async with connection:
                self._connecting = False
                if not self._closed:
                    await self._serve(connection, client)
        finally:
            self._connecting = False

    def _hear(self, client: paho.Client) -> QuickClient:
        accepted: Any = client.on_connect

        def on_connect(*args: Any) -> None:
            self._receive_maximum = getattr(args[-1], "ReceiveMaximum", MAX_IN_FLIGHT)
            accepted(*args)

        client.on_connect = on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = None
        return quicken(client, self._on_packet, self._pending.acknowledged)

    async def _serve(self, connection: aiomqtt.Client, client: QuickClient) -> None:
        if client.socket() is None:
            # aiomqtt forgets an end that comes right behind the broker's answer.
            raise aiomqtt.MqttError("the connection ended as it began")
        self._client = client
        if self._filters:
            client.subscribe(list(self._filters.items()))
        self._pending.connected(partial(_send, client), self._receive_maximum)
        self._handler.on_connect()
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

    def _disconnected(self, reason: str) -> None:
        if self._client is not None:
            self._client = None
            self._pending.disconnected()
            self._handler.on_disconnect(reason)

    def _on_subscribe(
        self, _client: Any, _userdata: Any, _mid: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        for reason in reasons:
            if reason.is_failure:
                self._handler.on_fatal(
                    BusRefusedError(f"the broker refused to subscribe: {reason}")
                )

    def _on_packet(self, client: QuickClient, packet_id: int, packet: Packet) -> None:
        # A resumed session delivers before `_serve` begins: each client acknowledges its own.
        self._handler.on_packet(Inbound(packet, partial(_ack, client, packet_id, packet.qos)))


def _ack(client: QuickClient, packet_id: int, qos: int) -> None:
    """Acknowledge; over a connection that is gone this does nothing."""
    client.ack(packet_id, qos)


def _publish(client: paho.Client, packet: Packet) -> paho.MQTTMessageInfo:
    properties = publish_properties(packet)
    return client.publish(packet.address, packet.payload, packet.qos, packet.retain, properties)


def _send(client: paho.Client, packet: Packet) -> int:
    try:
        return _publish(client, packet).mid
    except struct.error as error:  # a number beyond its field
        raise ValueError(str(error)) from None


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


def _will(packet: Packet | None) -> aiomqtt.Will | None:
    if packet is None:
        return None
    properties = will_properties(packet)
    return aiomqtt.Will(packet.address, packet.payload, packet.qos, packet.retain, properties)


def _tls_context(settings: BrokerSettings) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=settings.ca_file or None) if settings.tls else None
