"""What was received, read once and offered to every handler that wants it."""

from collections.abc import Callable

from ishowtts_bus._packets import PacketReader, topic_of
from ishowtts_bus._table import SubscriptionTable
from ishowtts_bus.counters import Counters
from ishowtts_bus.subscription import Event
from ishowtts_bus.transport import Inbound

MAX_HELD = 10_000


class Inbox:
    """Between the transport and the handlers.

    Args:
        subscriptions: The handlers.
        answered: Hears every event that is wanted: it may answer a request.
        counters: The node's.
    """

    def __init__(
        self,
        subscriptions: SubscriptionTable,
        answered: Callable[[Event], None],
        counters: Counters,
    ) -> None:
        self._subscriptions = subscriptions
        self._answered = answered
        self._counters = counters
        self._reader = PacketReader(counters)
        self._held: list[Inbound] | None = None

    def hold(self) -> None:
        """Keep what comes until `release`."""
        self._held = []

    def release(self) -> None:
        """Let it through, and all that follows."""
        held, self._held = self._held, None
        for inbound in held or ():
            self.take(inbound)

    def take(self, inbound: Inbound) -> None:
        """Offer it to who wants it; the first of them has it acknowledged."""
        if self._held is None:
            self._offer(inbound)
        elif len(self._held) < MAX_HELD:
            self._held.append(inbound)
        else:
            self._counters.add("bus_overflow_total", topic="held")

    def _offer(self, inbound: Inbound) -> None:
        found = topic_of(inbound.packet.address)
        rows = self._subscriptions.of(found[0]) if found else []
        if found is None or not rows:
            self._counters.add("bus_unexpected_total")
            inbound.ack()
            return
        topic, ids = found
        wanted = [row for row in rows if row.wants(ids)]
        event = self._reader.read(topic, ids, inbound.packet)
        if not wanted:
            inbound.ack()
            return
        self._answered(event)
        for row in wanted[1:]:
            row.offer(event, _do_nothing)
        wanted[0].offer(event, inbound.ack)


def _do_nothing() -> None:
    pass
