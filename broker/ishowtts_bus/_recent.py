"""What the broker has acknowledged and may yet forget."""

from collections import deque

from ishowtts_bus.transport import Packet

AGE_S = 3.0
"""The shipped broker saves every second, in whole seconds: killed, it forgets about two."""
MAX_BYTES = 16 * 1024 * 1024


class RecentPackets:
    """The latest acknowledged packets that may be sent again, bounded in age and size."""

    def __init__(self) -> None:
        self._packets: deque[tuple[float, Packet]] = deque()
        self._bytes = 0

    def add(self, packet: Packet, now: float) -> None:
        """The broker has acknowledged a packet."""
        if not packet.idempotent:
            return
        self._packets.append((now, packet))
        self._bytes += len(packet.payload)
        while self._packets and (self._bytes > MAX_BYTES or self._packets[0][0] < now - AGE_S):
            self._bytes -= len(self._packets.popleft()[1].payload)

    def send_again(self, lost_at: float, now: float) -> list[Packet]:
        """Those that a broker lost at that moment may have forgotten, in order.

        They count as new: the broker may be killed again before it has saved them.
        """
        forgotten = [packet for at, packet in self._packets if at >= lost_at - AGE_S]
        self._packets = deque((now, packet) for packet in forgotten)
        self._bytes = sum(len(packet.payload) for packet in forgotten)
        return forgotten
