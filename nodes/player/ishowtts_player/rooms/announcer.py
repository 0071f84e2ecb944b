"""Tells what rooms hear: to their listeners, and retained on the bus."""

import asyncio

from ishowtts_bus import Bus, BusError
from ishowtts_player.rooms.hub import Hub
from ishowtts_player.rooms.room import Room
from ishowtts_schemas import PlaybackState
from ishowtts_schemas.topics import PLAYBACK

INTERVAL_S = 0.2
IDLE_INTERVAL_S = 1.0
PUBLISH_TIMEOUT_S = 2.0


class PlaybackAnnouncer:
    """Publishes each room's playback state when it changes, not too often.

    Args:
        bus: Where the filter reads it.
        hub: The rooms.
    """

    def __init__(self, bus: Bus, hub: Hub) -> None:
        self._bus = bus
        self._hub = hub
        self._unpublished: set[str] = set()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something may have changed."""
        self._wake.set()

    async def run(self) -> None:
        """Tell the playback state after each change, five times a second at most."""
        while True:
            await self._until_news()
            self._wake.clear()
            for room in self._hub.rooms:
                room.expire()
                state = room.take_news()
                if state is not None or room.slug in self._unpublished:
                    await self._publish(room, state or room.state())
            await asyncio.sleep(INTERVAL_S)

    async def _until_news(self) -> None:
        if any(room.dirty for room in self._hub.rooms):
            return
        changes = (room.playback.next_change_s() for room in self._hub.rooms)
        patience_s = min((due for due in changes if due is not None), default=IDLE_INTERVAL_S)
        try:
            await asyncio.wait_for(self._wake.wait(), min(patience_s, IDLE_INTERVAL_S))
        except asyncio.TimeoutError:
            return

    async def _publish(self, room: Room, state: PlaybackState) -> None:
        """Publish, or try again when the broker is back; only the latest state matters."""
        self._unpublished.add(room.slug)
        if not self._bus.connected:
            return
        try:
            await self._bus.publish(PLAYBACK, state, room=room.slug, timeout_s=PUBLISH_TIMEOUT_S)
        except BusError:
            return
        self._unpublished.discard(room.slug)
