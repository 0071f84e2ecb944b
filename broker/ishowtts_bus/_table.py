"""Which handlers hear what, and the fewest filters at the broker for it."""

from collections.abc import Iterator
from typing import Any

from ishowtts_bus.subscription import Subscription
from ishowtts_bus.transport import Transport
from ishowtts_schemas import Topic


class SubscriptionTable:
    """Handlers by topic. The broker is asked once for what several of them hear."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._rows: dict[str, list[Subscription]] = {}

    def __iter__(self) -> Iterator[Subscription]:
        return (row for rows in self._rows.values() for row in rows)

    def of(self, topic: Topic[Any]) -> list[Subscription]:
        """Those of one topic, whatever ids they fix."""
        return self._rows.get(topic.name, [])

    def add(self, topic: Topic[Any], added: Subscription) -> None:
        rows = self._rows.setdefault(topic.name, [])
        covered = any(covers(row.address_filter, added.address_filter) for row in rows)
        if not covered:
            # In this order a message between the two comes twice; in the other it is lost.
            self._transport.subscribe(added.address_filter, topic.qos)
            for row in rows:
                if covers(added.address_filter, row.address_filter):
                    self._transport.unsubscribe(row.address_filter)
        rows.append(added)

    def remove(self, topic: Topic[Any], ids: dict[str, str]) -> None:
        """Forget every handler that fixes just these ids."""
        rows = self.of(topic)
        gone = [row for row in rows if row.ids == ids]
        rows[:] = [row for row in rows if row.ids != ids]
        for row in rows:
            if any(covers(other.address_filter, row.address_filter) for other in gone):
                self._transport.subscribe(row.address_filter, topic.qos)
        for row in gone:
            row.abandon()
            if not any(covers(other.address_filter, row.address_filter) for other in rows):
                self._transport.unsubscribe(row.address_filter)


def covers(wide: str, narrow: str) -> bool:
    """Whether `wide` hears all that `narrow` hears; a shared filter only covers itself."""
    if wide == narrow:
        return True
    if "$share/" in (wide[:7], narrow[:7]):
        return False
    return all(a in ("+", b) for a, b in zip(wide.split("/"), narrow.split("/"), strict=True))
