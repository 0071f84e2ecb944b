"""When what waits is too old: found without a look at all that waits."""

import heapq
from collections.abc import Callable

SPARE = 64


class Deadlines:
    """For each room the times at which its utterances expire, soonest first.

    What was taken out meanwhile stays in here until its time comes, or until there is more of
    that than of what waits.

    Args:
        waits: Whether an utterance still waits.
    """

    def __init__(self, waits: Callable[[str], bool]) -> None:
        self._waits = waits
        self._rooms: dict[str, list[tuple[float, str]]] = {}

    def add(self, room: str, expires_at: float, utterance_id: str, depth: int) -> None:
        """An utterance waits in a room, where with it so many do."""
        heap = self._rooms.setdefault(room, [])
        heapq.heappush(heap, (expires_at, utterance_id))
        if len(heap) > 2 * depth + SPARE:
            heap[:] = [row for row in heap if self._waits(row[1])]
            heapq.heapify(heap)

    def pop(self, room_now: Callable[[str], float]) -> list[str]:
        """Utterances whose time is over, and which still wait.

        Args:
            room_now: The time in a room.
        """
        due: list[str] = []
        for room, heap in list(self._rooms.items()):
            now = room_now(room)
            while heap and heap[0][0] <= now:
                due.append(heapq.heappop(heap)[1])
            if not heap:
                del self._rooms[room]
        return [one for one in dict.fromkeys(due) if self._waits(one)]
