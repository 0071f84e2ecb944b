"""A room's playback clock: what listeners hear now and how much they have in hand.

Pure: audio events and the time go in, what listeners have to be told comes out. Utterances are
heard one after the other, in the order of their starts, as the page plays them.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ishowtts_player.dedupe import Piece, new_part
from ishowtts_player.recent import Recent
from ishowtts_player.rooms.utterance import RoomUtterance, Stop, StopReason
from ishowtts_schemas import SAMPLE_BYTES, AudioChunk, AudioStart, AudioStop

GRACE_S = 8.0
"""How long an utterance that lost its synth waits for another attempt."""
STALL_S = 120.0
"""An utterance without any news for this long is given up; the broker keeps audio no longer."""
ROUNDING_S = 1e-6
MAX_UTTERANCES = 1000
MAX_REMEMBERED = 2000


@dataclass(frozen=True)
class _Past:
    reason: StopReason
    attempt: int
    next_offset: int


class PlaybackClock:
    """The audio of one room.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._at_s = clock()
        self._queue: deque[RoomUtterance] = deque()
        self._open: dict[str, RoomUtterance] = {}
        self._past: Recent[str, _Past] = Recent(MAX_REMEMBERED)
        self.paused = False

    @property
    def queue(self) -> tuple[RoomUtterance, ...]:
        """What is heard now, and what comes after it."""
        self._advance()
        return tuple(self._queue)

    @property
    def now_playing(self) -> str | None:
        self._advance()
        return self._queue[0].id if self._queue else None

    @property
    def backlog_ms(self) -> float:
        """Audio that listeners have and have not heard."""
        self._advance()
        return 1000 * sum(utterance.left_s for utterance in self._queue)

    def has_begun(self, utterance_id: str) -> bool:
        """Whether any of it was heard of, over or not."""
        return utterance_id in self._open or utterance_id in self._past

    def next_change_s(self) -> float | None:
        """Seconds until `now_playing` changes by itself; None if it does not."""
        self._advance()
        if self.paused or not self._queue or not self._queue[0].ended:
            return None
        return self._queue[0].left_s

    def start(self, start: AudioStart) -> bool:
        """Take an utterance's start; whether listeners have to be told.

        They are not told a repeat, another attempt at what they are hearing, or something that
        was skipped before it began.
        """
        self._advance()
        known = self._open.get(start.utterance_id)
        if known is not None:
            known.attempt = max(known.attempt, start.attempt)
            known.orphaned_at_s = None
            known.news_at_s = self._at_s
            return False
        past = self._past.get(start.utterance_id)
        if past is not None and (past.reason != "failed" or start.attempt <= past.attempt):
            return False
        if len(self._queue) >= MAX_UTTERANCES or start.sample_rate_hz < 1:
            return False
        self._add(start, past.next_offset if past else 0)
        return True

    def chunk(self, chunk: AudioChunk) -> Piece | None:
        """Take a chunk; what of it listeners were not sent before, None if nothing."""
        utterance = self._open.get(chunk.utterance_id)
        if utterance is None:
            return None
        self._advance()
        piece = new_part(chunk, utterance.next_offset)
        if piece is None:
            return None
        samples = len(piece.pcm) // SAMPLE_BYTES
        utterance.next_offset = piece.offset + samples
        utterance.sent += samples
        utterance.news_at_s = self._at_s
        return piece

    def stop(self, stop: AudioStop) -> Stop | None:
        """Take an attempt's end; the end of the utterance, None where it is not over.

        A failed attempt is not the end: another synth may be asked for the rest.
        """
        utterance = self._open.get(stop.utterance_id)
        if utterance is None or stop.attempt < utterance.attempt:
            return None
        if stop.reason == "cancelled":
            return self.cancel(utterance.id)
        if stop.reason == "failed":
            self.orphan(utterance.id, stop.detail)
            return None
        return self._close(utterance, "done", stop.detail)

    def cancel(self, utterance_id: str) -> Stop | None:
        """End an utterance, heard or not; what comes of it later is left out.

        Returns:
            The end to be told; None where listeners have nothing of it.
        """
        self._advance()
        found = [utterance for utterance in self._queue if utterance.id == utterance_id]
        self._open.pop(utterance_id, None)
        if not found:
            if utterance_id not in self._past:
                self._past[utterance_id] = _Past("cancelled", 0, 0)
            return None
        for utterance in found:
            self._queue.remove(utterance)
        last = found[-1]
        self._past[utterance_id] = _Past("cancelled", last.attempt, last.next_offset)
        return Stop(utterance_id, "cancelled", last.next_offset)

    def clear(self, waiting: Iterable[str] = ()) -> list[Stop]:
        """End everything, and what is announced and has not begun."""
        ids = dict.fromkeys([*(utterance.id for utterance in self.queue), *waiting])
        return [stop for stop in map(self.cancel, ids) if stop is not None]

    def orphan(self, utterance_id: str, detail: str, attempt: int | None = None) -> None:
        """Nobody works on it now; news of an earlier attempt does not count."""
        utterance = self._current(utterance_id, attempt)
        if utterance is not None and utterance.orphaned_at_s is None:
            utterance.orphaned_at_s = self._clock()
            utterance.detail = detail

    def fail(self, utterance_id: str, detail: str, attempt: int | None = None) -> Stop | None:
        """Nobody will work on it any more. What listeners have of it is still heard."""
        utterance = self._current(utterance_id, attempt)
        return None if utterance is None else self._close(utterance, "failed", detail)

    def expire(self) -> list[Stop]:
        """Give up what has been orphaned or silent for too long."""
        self._advance()
        return [
            self._close(utterance, "failed", utterance.detail or "its synth went silent")
            for utterance in list(self._open.values())
            if self._hopeless(utterance)
        ]

    def pause(self, *, paused: bool) -> bool:
        """Stop or resume the clock; whether that is a change."""
        self._advance()
        changed = self.paused != paused
        self.paused = paused
        return changed

    def _current(self, utterance_id: str, attempt: int | None) -> RoomUtterance | None:
        utterance = self._open.get(utterance_id)
        if utterance is None or (attempt is not None and attempt < utterance.attempt):
            return None
        return utterance

    def _add(self, start: AudioStart, next_offset: int) -> None:
        utterance = RoomUtterance(
            id=start.utterance_id,
            message_id=start.message_id,
            rate_hz=start.sample_rate_hz,
            attempt=start.attempt,
            news_at_s=self._at_s,
            next_offset=next_offset,
        )
        self._queue.append(utterance)
        self._open[utterance.id] = utterance
        self._past.pop(utterance.id, None)

    def _close(self, utterance: RoomUtterance, reason: StopReason, detail: str) -> Stop:
        self._advance()
        utterance.ended = True
        del self._open[utterance.id]
        self._past[utterance.id] = _Past(reason, utterance.attempt, utterance.next_offset)
        return Stop(utterance.id, reason, utterance.next_offset, detail)

    def _hopeless(self, utterance: RoomUtterance) -> bool:
        since = utterance.orphaned_at_s
        if since is not None and self._at_s - since >= GRACE_S:
            return True
        return self._at_s - utterance.news_at_s >= STALL_S

    def _advance(self) -> None:
        """Let time pass: the head is heard, and makes way when it is over.

        Time that the head spends waiting for its next chunk is lost, not owed.
        """
        now_s = self._clock()
        elapsed_s, self._at_s = now_s - self._at_s, now_s
        while self._queue and not self.paused:
            head = self._queue[0]
            step_s = min(elapsed_s, head.left_s)
            head.played_s += step_s
            elapsed_s -= step_s
            if head.left_s > ROUNDING_S or not head.ended:
                return
            self._queue.popleft()
