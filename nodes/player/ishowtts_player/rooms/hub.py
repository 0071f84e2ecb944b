"""All rooms and listeners of one bridge, within limits."""

import time
from collections.abc import Callable

from ishowtts_bus import Counters
from ishowtts_player.errors import InputError, UnavailableError
from ishowtts_player.rooms.events import KEEP_ALIVE, StreamVoice
from ishowtts_player.rooms.listener import Listener
from ishowtts_player.rooms.room import Room
from ishowtts_player.settings import PlayerSettings
from ishowtts_schemas import is_slug


class Hub:
    """Rooms by name. They come with the first listener or message and go when they are idle.

    Args:
        settings: Limits.
        counters: Where what happens is counted.
        epoch: Distinguishes this bridge's event ids from those of an earlier one.
    """

    def __init__(self, settings: PlayerSettings, counters: Counters, epoch: str) -> None:
        self._settings = settings
        self._counters = counters
        self._epoch = epoch
        self._rooms: dict[str, Room] = {}
        self._closed = False

    @property
    def rooms(self) -> list[Room]:
        return list(self._rooms.values())

    @property
    def listener_count(self) -> int:
        return sum(len(room.listeners) for room in self._rooms.values())

    def find(self, slug: str) -> Room | None:
        """The room, if anything happens in it."""
        return self._rooms.get(slug)

    def open(self, slug: str) -> Room:
        """The room, new if need be.

        Raises:
            InputError: That is no room's name.
            UnavailableError: There are too many rooms.
        """
        room = self._rooms.get(slug)
        if room is not None:
            return room
        check_room(slug)
        if len(self._rooms) >= self._settings.max_rooms:
            self._make_way()
        room = Room(slug, self._epoch, self._settings.stream, self._counters, time.monotonic)
        self._rooms[slug] = room
        self._counters.set("player_rooms", len(self._rooms))
        return room

    def hear(self, slug: str) -> Room | None:
        """The room for a message from the bus; None, counted, where there are too many."""
        try:
            return self._rooms.get(slug) or self.open(slug)
        except (InputError, UnavailableError):
            self._counters.add("player_rooms_refused_total")
            return None

    def join(
        self,
        slug: str,
        last_event_id: str | None,
        voices: list[StreamVoice],
        default_voice: str | None,
        abort: Callable[[], None] | None = None,
        *,
        replay: bool = False,
    ) -> Listener:
        """Open a stream; `leave` it in the end.

        Raises:
            InputError: That is no room's name.
            UnavailableError: There are too many rooms or listeners, or the bridge stops.
        """
        if self._closed:
            raise UnavailableError("the bridge is shutting down")
        if self.listener_count >= self._settings.max_listeners:
            raise UnavailableError("too many listeners", "TOO_MANY_LISTENERS", retry_after_s=5)
        room = self.open(slug)
        limits = self._settings.stream
        listener = Listener(limits.queue_events, limits.queue_bytes, abort)
        resumed = room.join(listener, last_event_id, voices, default_voice, replay=replay)
        self._counters.add("player_streams_total", resumed=str(resumed).lower())
        return listener

    def leave(self, slug: str, listener: Listener) -> None:
        """A stream is over."""
        listener.end("left")
        room = self._rooms.get(slug)
        if room is not None:
            room.leave(listener)

    def keep_alive(self) -> None:
        """Show every connection, and what stands between, that the stream lives."""
        for room in self.rooms:
            for listener in list(room.listeners):
                listener.offer(KEEP_ALIVE)

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        for room in self.rooms:
            for listener in list(room.listeners):
                listener.end("shutdown")

    def _make_way(self) -> None:
        """Forget the idle room that was quiet longest."""
        idle = [room for room in self._rooms.values() if room.idle]
        if not idle:
            raise UnavailableError("too many rooms", "TOO_MANY_ROOMS", retry_after_s=5)
        quiet = min(idle, key=lambda room: room.touched_at_s)
        del self._rooms[quiet.slug]


def check_room(slug: str) -> None:
    """Refuse what cannot be a room.

    Raises:
        InputError: It is not a slug.
    """
    if not is_slug(slug):
        raise InputError("a room is named by a-z, 0-9, _ and -, up to 64 of them", "BAD_ROOM")
