"""Publishes until the broker has them: their order, how many at once, and after an outage."""

import asyncio
from itertools import count

import pytest

from ishowtts_bus import BusError, BusRefusedError
from ishowtts_bus._pending import MAX_PENDING, PendingPublishes
from ishowtts_bus.transport import Packet


class Connection:
    """Takes packets, and acknowledges when told."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self._ids = count(1)

    def send(self, packet: Packet) -> int:
        if "#" in packet.address:
            raise ValueError("Publish topic cannot contain wildcards.")
        self.sent.append(packet.address)
        return next(self._ids)


class Sender:
    """Pending publishes, and a task for each."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.pending = PendingPublishes(lambda: self.now_s)
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def publish(self, *addresses: str, idempotent: bool = False) -> None:
        for address in addresses:
            work = self.pending.publish(Packet(address, b"", idempotent=idempotent))
            self.tasks[address] = asyncio.ensure_future(work)
        await asyncio.sleep(0)

    def connect(self, receive_maximum: int = 100) -> Connection:
        connection = Connection()
        self.pending.connected(connection.send, receive_maximum)
        return connection


async def test_no_more_are_in_flight_than_the_broker_takes() -> None:
    sender = Sender()
    connection = sender.connect(receive_maximum=2)
    await sender.publish("a", "b", "c", "d")
    assert connection.sent == ["a", "b"]
    sender.pending.acknowledged(1, "")
    assert connection.sent == ["a", "b", "c"]
    await asyncio.wait_for(sender.tasks["a"], 1)
    assert not sender.tasks["b"].done()
    sender.pending.close()
    await asyncio.gather(*sender.tasks.values(), return_exceptions=True)


async def test_a_lost_connection_is_made_up_for_in_order() -> None:
    sender = Sender()
    sender.connect(receive_maximum=3)
    await sender.publish("a", "b", "c", "d")
    sender.pending.acknowledged(2, "")
    sender.pending.disconnected()
    await sender.publish("e")
    connection = sender.connect()
    assert connection.sent == ["a", "c", "d", "e"]
    for packet_id in range(1, 5):
        sender.pending.acknowledged(packet_id, "")
    await asyncio.gather(*sender.tasks.values())


async def test_what_nobody_waits_for_any_more_is_not_sent_again() -> None:
    sender = Sender()
    sender.connect(receive_maximum=1)
    await sender.publish("sent", "waiting", "kept")
    for address in ("sent", "waiting"):
        sender.tasks[address].cancel()
    await asyncio.sleep(0)
    sender.pending.disconnected()
    assert sender.connect().sent == ["kept"]
    sender.pending.acknowledged(1, "")
    await sender.tasks["kept"]


async def test_what_the_broker_may_have_forgotten_goes_first_within_its_limit() -> None:
    sender = Sender()
    sender.connect()
    await sender.publish("old", "new", idempotent=True)
    for packet_id in (1, 2):
        sender.pending.acknowledged(packet_id, "")
    await sender.publish("next")
    sender.pending.disconnected()
    connection = sender.connect(receive_maximum=2)
    assert connection.sent == ["old", "new"]
    sender.pending.acknowledged(1, "")
    assert connection.sent == ["old", "new", "next"]
    sender.pending.acknowledged(3, "")
    await asyncio.gather(*sender.tasks.values())


async def test_a_refusal_is_told_and_holds_nobody_up() -> None:
    sender = Sender()
    connection = sender.connect(receive_maximum=1)
    await sender.publish("x/#", "forbidden", "fine")
    with pytest.raises(BusRefusedError, match="wildcards"):
        await sender.tasks["x/#"]
    sender.pending.acknowledged(1, "Not authorized")
    with pytest.raises(BusRefusedError, match="forbidden: Not authorized"):
        await sender.tasks["forbidden"]
    assert connection.sent == ["forbidden", "fine"]
    sender.pending.acknowledged(2, "")
    await sender.tasks["fine"]


async def test_closing_gives_up_what_is_left() -> None:
    sender = Sender()
    sender.connect(receive_maximum=1)
    await sender.publish("sent", "waiting")
    sender.pending.close()
    for task in sender.tasks.values():
        with pytest.raises(BusError, match="closed"):
            await task
    with pytest.raises(BusError, match="closed"):
        await sender.pending.publish(Packet("late", b""))


async def test_an_outage_is_waited_for_by_a_bounded_number() -> None:
    sender = Sender()
    await sender.publish(*map(str, range(MAX_PENDING)))
    with pytest.raises(BusError, match="already wait"):
        await sender.pending.publish(Packet("one more", b""))
    sender.pending.close()
    await asyncio.gather(*sender.tasks.values(), return_exceptions=True)
