"""A node's numbers, as they change."""

import asyncio
import time

from ishowtts_bus.bus import Bus
from ishowtts_schemas import NodeKind, NodeStats
from ishowtts_schemas.topics import NODE_STATS

INTERVAL_S = 1.0


async def publish_stats(bus: Bus, kind: NodeKind, instance: str, incarnation: int) -> None:
    """Publish a node's counters, for its life."""
    published = -1
    while True:
        if bus.connected and bus.counters.version != published:
            published = bus.counters.version
            stats = NodeStats(
                node=kind,
                instance=instance,
                incarnation=incarnation,
                at_ns=time.time_ns(),
                samples=bus.counters.samples(),
            )
            await bus.publish(NODE_STATS, stats, node=kind, instance=instance)
        await asyncio.sleep(INTERVAL_S)
