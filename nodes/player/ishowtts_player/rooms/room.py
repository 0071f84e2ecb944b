"""One room: its listeners, what they may still ask for, and the clock of what they hear."""

import time
from collections.abc import Callable, Iterator

from ishowtts_bus import Counters
from ishowtts_player.recent import Recent
from ishowtts_player.rooms import events
from ishowtts_player.rooms.chat_memory import Origin
from ishowtts_player.rooms.events import RETRY, Control, Hello, StreamEvent, StreamVoice, encode
from ishowtts_player.rooms.listener import Listener
from ishowtts_player.rooms.playback import PlaybackClock
from ishowtts_player.rooms.replay import from_the_oldest, from_what_is_heard
from ishowtts_player.rooms.ring import ResumeRing, RingEntry
from ishowtts_player.rooms.utterance import Stop
from ishowtts_player.settings.stream import StreamSettings
from ishowtts_schemas import AudioChunk, AudioStart, AudioStop, PlaybackState, RoomControl

MAX_WAITING = 5000
MAX_CURSORS = 200


class Room:
    """Gives each event to every listener, encoded once.

    Attributes:
        listeners: Open streams.
        playback: What they hear.
        touched_at_s: When something last happened here.
        dirty: Whether the playback state is to be told again.
        cursors: How far clients that ask for one utterance at a time have got, by their names.
    """

    def __init__(
        self,
        slug: str,
        epoch: str,
        settings: StreamSettings,
        counters: Counters,
        clock: Callable[[], float],
    ) -> None:
        self.slug = slug
        self.listeners: set[Listener] = set()
        self.playback = PlaybackClock(clock)
        self.touched_at_s = clock()
        self.dirty = False
        self.cursors: Recent[str, int] = Recent(MAX_CURSORS)
        self._epoch = epoch
        self._counters = counters
        self._clock = clock
        self._ring = ResumeRing(epoch, settings, clock)
        self._waiting: Recent[str, None] = Recent(MAX_WAITING)
        self._told_playing: str | None = None

    @property
    def queued(self) -> int:
        """Accepted messages that have not begun to sound."""
        return len(self._waiting)

    def kept(self) -> Iterator[tuple[int, RingEntry]]:
        """The events that listeners may still ask for, and their numbers."""
        return self._ring.numbered()

    @property
    def idle(self) -> bool:
        """Whether nothing would be missed if the room were forgotten."""
        return not (self.listeners or self._waiting or self.playback.paused or self.playback.queue)

    def emit(
        self, event: StreamEvent, utterance_id: str | None = None, *, begins: bool = False
    ) -> None:
        """Send an event to all listeners and keep it for those who return.

        Args:
            event: What to send.
            utterance_id: On audio: listeners that missed its start do not hear it.
            begins: Whether it is that start.
        """
        self.touched_at_s = self._clock()
        data = encode(event, self._ring.next_id)
        self._ring.append(data, utterance_id, begins=begins)
        self._counters.add("player_events_total", event=event.event)
        slow: list[Listener] = []
        for listener in self.listeners:
            if utterance_id is not None and utterance_id in listener.unseen:
                if not begins:
                    continue
                listener.unseen.discard(utterance_id)
            if not listener.offer(data):
                slow.append(listener)
        for listener in slow:
            self._counters.add("player_listeners_dropped_total")
            self.leave(listener)
            listener.end("slow")

    def join(
        self,
        listener: Listener,
        last_event_id: str | None,
        voices: list[StreamVoice],
        default_voice: str | None,
        *,
        replay: bool = False,
    ) -> bool:
        """Let a listener in: after what it missed, or from now on.

        Args:
            listener: Not in any room yet.
            last_event_id: Of the last event that it saw.
            voices: For its greeting.
            default_voice: For its greeting.
            replay: Whether it gets all whole utterances that are kept, heard or not.

        Returns:
            Whether it goes on where it was.
        """
        entries = missed = self._ring.since(last_event_id)
        if entries is None:
            begin = from_the_oldest if replay else from_what_is_heard
            entries, listener.unseen = begin(self._ring, self.playback.queue)
        hello = self._greeting(voices, default_voice, resumed=missed is not None)
        listener.prefill([RETRY, encode(hello), *(entry.data for entry in entries)])
        self.listeners.add(listener)
        self._count_listeners()
        return missed is not None

    def leave(self, listener: Listener) -> None:
        """Forget a listener; one that is not here does not matter."""
        if listener in self.listeners:
            self.listeners.discard(listener)
            self._count_listeners()

    def announce(self, utterance_id: str) -> bool:
        """An accepted message waits to be spoken; False where that is old news."""
        if self.playback.has_begun(utterance_id):
            return False
        self._waiting[utterance_id] = None
        self.dirty = True
        return True

    def conclude(self, utterance_id: str) -> None:
        """It does not wait any more."""
        if utterance_id in self._waiting:
            del self._waiting[utterance_id]
            self.dirty = True

    def audio_start(self, start: AudioStart, origin: Origin | None = None) -> None:
        self.conclude(start.utterance_id)
        self.dirty = True
        if not self.playback.start(start):
            return
        self.emit(events.audio_started(start, origin), start.utterance_id, begins=True)

    def audio_chunk(self, chunk: AudioChunk) -> bool:
        """Pass a chunk on, without what listeners already have; whether anything was new."""
        piece = self.playback.chunk(chunk)
        if piece is None:
            self._counters.add("player_chunks_dropped_total")
            return False
        if piece.lost:
            self._counters.add("player_samples_lost_total", piece.lost)
        self.emit(events.audio_piece(piece), piece.utterance_id)
        self.dirty = True
        return True

    def audio_stop(self, stop: AudioStop) -> None:
        self._tell(self.playback.stop(stop))

    def fail(self, utterance_id: str, detail: str, attempt: int | None = None) -> None:
        """Nobody will finish the utterance; news of an earlier attempt does not count."""
        self._tell(self.playback.fail(utterance_id, detail, attempt))

    def cancel(self, utterance_id: str) -> None:
        """Nobody wants to hear the utterance."""
        self.conclude(utterance_id)
        self._tell(self.playback.cancel(utterance_id))

    def expire(self) -> None:
        """Give up what nobody finishes."""
        for stop in self.playback.expire():
            self._tell(stop)

    def control(self, control: RoomControl) -> None:
        """Obey a control. A bare skip has been given its utterance before."""
        utterance_id = control.utterance_id if control.action == "skip" else None
        self.emit(Control(action=control.action, utterance_id=utterance_id))
        self.dirty = True
        if control.action in ("pause", "resume"):
            self.playback.pause(paused=control.action == "pause")
        elif control.action == "clear":
            waiting = tuple(self._waiting)
            self._waiting.clear()
            for stop in self.playback.clear(waiting):
                self._tell(stop)
        elif utterance_id is not None:
            self.cancel(utterance_id)

    def restore(self, *, paused: bool) -> None:
        """Take over the state that an earlier bridge left."""
        if self.playback.pause(paused=paused):
            self.dirty = True

    def state(self) -> PlaybackState:
        return PlaybackState(
            room=self.slug,
            at_ns=time.time_ns(),
            backlog_ms=self.playback.backlog_ms,
            paused=self.playback.paused,
            now_playing=self.playback.now_playing,
            listeners=len(self.listeners),
        )

    def take_news(self) -> PlaybackState | None:
        """The playback state where it is to be told again; listeners are told here."""
        if not self.dirty and self.playback.now_playing == self._told_playing:
            return None
        self.dirty = False
        state = self.state()
        self._told_playing = state.now_playing
        self.emit(events.playback(state, self.queued))
        return state

    def _tell(self, stop: Stop | None) -> None:
        if stop is None:
            return
        self.emit(events.audio_stopped(stop), stop.utterance_id)
        self.dirty = True

    def _greeting(
        self, voices: list[StreamVoice], default_voice: str | None, *, resumed: bool
    ) -> Hello:
        return Hello(
            room=self.slug,
            epoch=self._epoch,
            resumed=resumed,
            paused=self.playback.paused,
            now_playing=self.playback.now_playing,
            voices=voices,
            default_voice=default_voice,
        )

    def _count_listeners(self) -> None:
        self._counters.set("player_listeners", len(self.listeners), room=self.slug)
        self.touched_at_s = self._clock()
        self.dirty = True
