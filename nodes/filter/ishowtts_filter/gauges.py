"""How the dispatcher stands, as gauges with a bounded number of series."""

from collections.abc import Mapping

from ishowtts_bus import Counters
from ishowtts_filter.dispatch.dispatcher import Dispatcher

INTERVAL_S = 0.25
MAX_ROOMS = 50
OTHERS = "(others)"


class DispatchGauges:
    """Shows the gauges now and then, and at once when all is quiet or no longer is."""

    def __init__(self, counters: Counters, dispatcher: Dispatcher) -> None:
        self._counters = counters
        self._dispatcher = dispatcher
        self._depths = DepthGauges(counters)
        self._shown_at = 0.0
        self._quiet = False

    def show(self, now: float) -> None:
        """Set them, unless that was done a moment ago."""
        depths, in_flight = self._dispatcher.depths, self._dispatcher.in_flight
        quiet = not depths and not in_flight
        if quiet == self._quiet and now - self._shown_at < INTERVAL_S:
            return
        self._shown_at, self._quiet = now, quiet
        self._depths.show(depths)
        self._counters.set("filter_in_flight", in_flight)
        self._counters.set("filter_paused_engines", len(self._dispatcher.paused_engines))


class DepthGauges:
    """Queue depth: a gauge for each of the first rooms that had one, and one for all others."""

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
