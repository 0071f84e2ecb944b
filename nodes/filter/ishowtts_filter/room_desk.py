"""What is wanted of rooms: what is deleted, skipped, paused, and how far listeners are."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ishowtts_bus import Received
from ishowtts_filter.dispatch.dispatcher import Dispatcher
from ishowtts_filter.dispatch.queue import Among
from ishowtts_filter.intake import Intake
from ishowtts_filter.journal.journal import Journal
from ishowtts_filter.moderation import concerns
from ishowtts_filter.pump import Pump
from ishowtts_schemas import ChatModeration, PlaybackState, RoomControl


class RoomDesk:
    """Hears moderators, the page and the player.

    Args:
        intake: Remembers deletions for messages that come later.
        journal: Where deletions are written.
        dispatcher: Ends what is not to be spoken.
        pump: Does what the dispatcher wants done.
        clock: Monotonic seconds.
        clock_ns: Wall clock.
    """

    def __init__(
        self,
        *,
        intake: Intake,
        journal: Journal,
        dispatcher: Dispatcher,
        pump: Pump,
        clock: Callable[[], float],
        clock_ns: Callable[[], int],
    ) -> None:
        self._intake = intake
        self._journal = journal
        self._dispatcher = dispatcher
        self._pump = pump
        self._clock = clock
        self._clock_ns = clock_ns

    def on_moderation(self, received: Received[ChatModeration]) -> Awaitable[Any]:
        """Something was deleted, or somebody timed out."""
        moderation, now = received.message, self._clock()
        self._intake.moderate(moderation, now)
        saved = self._journal.moderate(moderation)
        self._dispatcher.cancel(
            lambda utterance: concerns(moderation, utterance),
            "removed by moderation",
            now,
            _among(moderation),
        )
        return self._pump.handle() or asyncio.shield(saved)

    def on_control(self, received: Received[RoomControl]) -> Awaitable[Any] | None:
        """Somebody skips, clears, pauses or resumes."""
        control, room, now = received.message, received.ids["room"], self._clock()
        if control.action == "clear":
            self._dispatcher.clear(room, now)
        elif control.action == "skip":
            # Without an id only the player knows what is heard now; it says so and we hear that.
            if control.utterance_id is not None:
                skipped = control.utterance_id
                among = Among(utterance_id=skipped)
                self._dispatcher.cancel(lambda one: one.id == skipped, "skipped", now, among)
        else:
            self._dispatcher.pause(room, now, paused=control.action == "pause")
        return self._pump.handle()

    def on_playback(self, received: Received[PlaybackState]) -> Awaitable[Any] | None:
        """The player says what is heard and how much is not yet."""
        state, room = received.message, received.ids["room"]
        self._intake.playing.on_playback(room, state.now_playing)
        age_ms = 0.0 if state.paused else max(0.0, (self._clock_ns() - state.at_ns) / 1e6)
        backlog_s = max(0.0, state.backlog_ms - age_ms) / 1000
        self._dispatcher.on_playback(room, backlog_s, self._clock(), paused=state.paused)
        return self._pump.handle()


def _among(moderation: ChatModeration) -> Among:
    """Where what it concerns can be: a message may be spoken in another room than it was in."""
    if moderation.action == "message_deleted" and moderation.message_id is not None:
        return Among(message=(moderation.platform, moderation.message_id))
    return Among(room=moderation.room)
