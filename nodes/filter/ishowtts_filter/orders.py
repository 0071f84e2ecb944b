"""Does what chat commands want done."""

from collections.abc import Iterable

from ishowtts_bus import Outbox
from ishowtts_filter.commands.chat_commands import Effect, RoomOrder, Silence
from ishowtts_filter.dispatch.dispatcher import Dispatcher
from ishowtts_filter.dispatch.queue import Among
from ishowtts_filter.journal.journal import Journal
from ishowtts_filter.pump import Pump
from ishowtts_schemas import RoomControl
from ishowtts_schemas.topics import CONTROL


class OrderPerformer:
    """Carries out effects: controls go to the room, where the player hears them as well.

    Args:
        outbox: Where controls wait for the broker.
        journal: Where preferences are written.
        dispatcher: Who ends what is not to be spoken.
        pump: Does what the dispatcher wants done.
    """

    def __init__(
        self, outbox: Outbox, journal: Journal, dispatcher: Dispatcher, pump: Pump
    ) -> None:
        self._outbox = outbox
        self._journal = journal
        self._dispatcher = dispatcher
        self._pump = pump

    def perform(self, effects: Iterable[Effect], now: float) -> None:
        """Do all of it."""
        for effect in effects:
            if isinstance(effect, RoomOrder):
                control = RoomControl(action=effect.action, utterance_id=effect.utterance_id)
                self._outbox.put(CONTROL, control, room=effect.room)
            elif isinstance(effect, Silence):
                self._silence(effect.room, now)
            else:
                self._journal.prefer(effect)

    def _silence(self, room: str, now: float) -> None:
        self._dispatcher.cancel(
            lambda one: one.room == room and not one.paid,
            "chat was switched off",
            now,
            Among(room=room),
        )
        self._pump.run()
