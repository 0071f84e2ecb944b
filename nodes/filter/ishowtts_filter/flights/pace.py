"""How fast a room may be given speech: a rate limit, and the backlog of its playback.

Pure policy; times are monotonic seconds from the caller.
"""

from collections import OrderedDict

from msgspec import Struct

MAX_ROOMS = 1024


class RoomPace(Struct):
    """One room's playback as far as it is known here.

    Attributes:
        next_at: When the rate limit lets the next utterance through.
        asked_s: Audio that was asked for and is not done: an estimate.
        level_s: Audio made and not yet played, at `level_at`; it drains unless paused.
        paused_at: Since when it is paused, if it is.
        held_s: How long it was paused before that, all in all.
    """

    next_at: float = 0.0
    asked_s: float = 0.0
    level_s: float = 0.0
    level_at: float = 0.0
    paused: bool = False
    paused_at: float = 0.0
    held_s: float = 0.0

    def local_time(self, now: float) -> float:
        """The room's own time, which stands still while it is paused: nothing expires then."""
        return (self.paused_at if self.paused else now) - self.held_s

    def backlog_s(self, now: float) -> float:
        """Seconds of speech ahead of the listeners."""
        return self.asked_s + self._level(now)

    def ready_at(self, now: float, lead_s: float) -> float:
        """When the next utterance may go; infinite where time alone will not do it."""
        if self.paused and (not lead_s or self.backlog_s(now) >= lead_s):
            return float("inf")
        if not lead_s or self.backlog_s(now) < lead_s:
            return self.next_at
        if self.asked_s >= lead_s:
            return float("inf")
        # Just past the moment: at the very moment the backlog still equals the lead.
        return max(self.next_at, now + self.backlog_s(now) - lead_s + 0.001)

    def ask(self, estimate_s: float, spacing_s: float, now: float) -> None:
        """An utterance was asked for."""
        self.asked_s += estimate_s
        self.next_at = max(now, self.next_at) + spacing_s

    def settle(self, estimate_s: float, audio_s: float, now: float) -> None:
        """What was asked for ended with so much audio, perhaps none."""
        self.asked_s = max(0.0, self.asked_s - estimate_s)
        self._set_level(self._level(now) + audio_s, now)

    def measure(self, backlog_s: float, now: float, *, paused: bool) -> None:
        """The player says how much of what it has is not yet played."""
        self._set_level(backlog_s, now)
        self._switch(now, paused=paused)

    def pause(self, now: float, *, paused: bool) -> None:
        self._set_level(self._level(now), now)
        self._switch(now, paused=paused)

    def _switch(self, now: float, *, paused: bool) -> None:
        if paused and not self.paused:
            self.paused_at = now
        elif self.paused and not paused:
            self.held_s += now - self.paused_at
        self.paused = paused

    def _level(self, now: float) -> float:
        drained = 0.0 if self.paused else now - self.level_at
        return max(0.0, self.level_s - drained)

    def _set_level(self, level_s: float, now: float) -> None:
        self.level_s, self.level_at = max(0.0, level_s), now


class Paces:
    """The pace of every room, bounded: the room that was quiet longest is forgotten."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[str, RoomPace] = OrderedDict()

    def __getitem__(self, room: str) -> RoomPace:
        pace = self._rooms.get(room)
        if pace is None:
            pace = self._rooms[room] = RoomPace()
            if len(self._rooms) > MAX_ROOMS:
                self._rooms.popitem(last=False)
        else:
            self._rooms.move_to_end(room)
        return pace

    def items(self) -> list[tuple[str, RoomPace]]:
        return list(self._rooms.items())
