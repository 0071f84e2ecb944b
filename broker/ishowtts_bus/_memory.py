"""An MQTT broker in memory, for tests: the same bus without I/O.

It keeps what nodes rely on: order per topic, retained messages, shared subscriptions,
sessions that outlive a connection, last wills, and outages on demand.
"""

import asyncio
import itertools
from collections import deque
from dataclasses import dataclass, field

from msgspec.structs import replace

from ishowtts_bus.bus import Bus
from ishowtts_bus.errors import BusError
from ishowtts_bus.transport import Identity, Inbound, Packet, TransportEvents

MAX_QUEUED = 10_000


@dataclass
class _Session:
    filters: dict[str, int] = field(default_factory=dict[str, int])
    queued: deque[Packet] = field(default_factory=lambda: deque[Packet](maxlen=MAX_QUEUED))
    transport: "MemoryTransport | None" = None


class MemoryBroker:
    """Hands packets from bus to bus within one event loop."""

    def __init__(self) -> None:
        self._retained: dict[str, Packet] = {}
        self._sessions: dict[str, _Session] = {}
        self._turns: dict[str, itertools.count[int]] = {}
        self.available = True

    def bus(self, client_id: str = "test", *, session_expiry_s: int = 0) -> Bus:
        """A bus of its own client, to be started and closed by the caller."""
        return Bus(MemoryTransport(self, Identity(client_id, session_expiry_s)))

    def go_down(self) -> None:
        """Break every connection and refuse new ones."""
        self.available = False
        for session in list(self._sessions.values()):
            if session.transport is not None:
                session.transport.connection_lost("broker went away")

    def come_back(self) -> None:
        self.available = True
        for session in list(self._sessions.values()):
            if session.transport is not None:
                session.transport.connect()

    def attach(self, transport: "MemoryTransport") -> _Session:
        identity = transport.identity
        session = self._sessions.get(identity.client_id)
        if session is None or identity.session_expiry_s == 0:
            session = self._sessions[identity.client_id] = _Session()
        session.transport = transport
        return session

    def detach(self, transport: "MemoryTransport", *, clean: bool) -> None:
        identity = transport.identity
        session = self._sessions.get(identity.client_id)
        if session is not None and session.transport is transport:
            session.transport = None
            if identity.session_expiry_s == 0:
                del self._sessions[identity.client_id]
        if not clean and transport.will is not None:
            self.route(transport.will)

    def route(self, packet: Packet) -> None:
        if packet.retain:
            if packet.payload:
                self._retained[packet.address] = packet
            else:
                self._retained.pop(packet.address, None)
        live = replace(packet, retain=False)
        groups: dict[str, list[tuple[_Session, int]]] = {}
        for session in self._sessions.values():
            for address_filter, qos in session.filters.items():
                group, pattern = _split_shared(address_filter)
                if not _matches(pattern, packet.address):
                    continue
                if group:
                    groups.setdefault(address_filter, []).append((session, qos))
                else:
                    self._deliver(session, live, qos)
        for shared, members in groups.items():
            turn = next(self._turns.setdefault(shared, itertools.count()))
            self._deliver(members[turn % len(members)][0], live, members[0][1])

    def send_retained(self, session: _Session, address_filter: str, qos: int) -> None:
        group, pattern = _split_shared(address_filter)
        for packet in [] if group else list(self._retained.values()):
            if _matches(pattern, packet.address):
                self._deliver(session, packet, qos)

    def _deliver(self, session: _Session, packet: Packet, qos: int) -> None:
        packet = replace(packet, qos=min(packet.qos, qos))
        if packet.qos or (session.transport is not None and session.transport.connected):
            session.queued.append(packet)
        if session.transport is not None:
            session.transport.flush()


class MemoryTransport:
    """One client's connection to a `MemoryBroker`."""

    def __init__(self, broker: MemoryBroker, identity: Identity) -> None:
        self.identity = identity
        self.will: Packet | None = None
        self.connected = False
        self._closed = False
        self._broker = broker
        self._session: _Session | None = None
        self._filters: dict[str, int] = {}
        self._events: TransportEvents | None = None
        self._back = asyncio.Event()
        self._unacked: dict[int, Packet] = {}
        self._numbers = itertools.count()

    def start(self, events: TransportEvents) -> None:
        self._events = events
        self._session = self._broker.attach(self)
        if self._broker.available:
            asyncio.get_running_loop().call_soon(self.connect)

    def connect(self) -> None:
        if self._session is None or self._events is None or self.connected:
            return
        self.connected = True
        self._events.on_connect()
        for address_filter, qos in self._filters.items():
            self._subscribed(address_filter, qos)
        self._back.set()
        self.flush()

    def connection_lost(self, reason: str) -> None:
        """End the connection; what was not acknowledged is delivered again after the next."""
        if self._session is None or self._events is None or not self.connected:
            return
        self.connected = False
        self._back.clear()
        self._put_back(self._session)
        self._events.on_disconnect(reason)

    def crash(self) -> None:
        """End like a killed process: the last will is published."""
        self.connection_lost("crashed")
        self._session = None
        self._broker.detach(self, clean=False)

    async def close(self) -> None:
        if self._session is None:
            return
        self.connected = False
        self._put_back(self._session)
        self._session = None
        self._closed = True
        self._back.set()
        self._broker.detach(self, clean=True)

    async def publish(self, packet: Packet) -> None:
        if packet.qos == 0 and not self.connected:
            raise BusError("not connected")
        while not self.connected:
            if self._closed:
                raise BusError("the bus was closed")
            await self._back.wait()
        self._broker.route(packet)
        if packet.qos:
            await asyncio.sleep(0)

    def subscribe(self, address_filter: str, qos: int) -> None:
        self._filters[address_filter] = qos
        if self.connected:
            self._subscribed(address_filter, qos)

    def unsubscribe(self, address_filter: str) -> None:
        self._filters.pop(address_filter, None)
        if self._session is not None:
            self._session.filters.pop(address_filter, None)

    def flush(self) -> None:
        if self._session is None:
            return
        while self.connected and self._session.queued:
            self._hand_over(self._session.queued.popleft())

    def _put_back(self, session: _Session) -> None:
        session.queued.extendleft(reversed(self._unacked.values()))
        self._unacked.clear()

    def _subscribed(self, address_filter: str, qos: int) -> None:
        if self._session is not None:
            self._session.filters[address_filter] = qos
            self._broker.send_retained(self._session, address_filter, qos)

    def _hand_over(self, packet: Packet) -> None:
        number = next(self._numbers)
        self._unacked[number] = packet
        inbound = Inbound(packet, lambda: self._unacked.pop(number, None) and None)
        asyncio.get_running_loop().call_soon(self._arrive, number, inbound)

    def _arrive(self, number: int, inbound: Inbound) -> None:
        if number in self._unacked and self._events is not None:
            if inbound.packet.qos == 0:
                inbound.ack()
            self._events.on_packet(inbound)


def _split_shared(address_filter: str) -> tuple[str, str]:
    if address_filter.startswith("$share/"):
        _, group, pattern = address_filter.split("/", 2)
        return group, pattern
    return "", address_filter


def _matches(pattern: str, address: str) -> bool:
    wanted, levels = pattern.split("/"), address.split("/")
    if wanted[-1] == "#":
        wanted, levels = wanted[:-1], levels[: len(wanted) - 1]
    return len(wanted) == len(levels) and all(
        want in ("+", level) for want, level in zip(wanted, levels, strict=True)
    )
