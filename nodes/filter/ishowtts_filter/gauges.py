"""Queue depth per room as gauges, with a bounded number of series."""

from collections.abc import Mapping

from ishowtts_bus import Counters

MAX_ROOMS = 50
OTHERS = "(others)"


class DepthGauges:
    """A gauge for each of the first rooms that had a queue, and one for all others."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._shown: dict[str, int] = {}

    def show(self, depths: Mapping[str, int]) -> None:
        """Set the gauges that have changed."""
        current = dict.fromkeys(self._shown, 0)
        for room, depth in depths.items():
            known = room in current or len(current) < MAX_ROOMS
            label = room if known else OTHERS
            current[label] = current.get(label, 0) + depth
        for room, depth in current.items():
            if self._shown.get(room) != depth:
                self._counters.set("filter_queue_depth", depth, room=room)
        self._shown = current
