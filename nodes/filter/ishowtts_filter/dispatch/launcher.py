"""Gives what waits to the engines that have a slot, when its room may have more speech.

Pure policy; times are monotonic seconds from the caller.
"""

from collections.abc import Callable

from msgspec.structs import replace

from ishowtts_filter.actions import Action
from ishowtts_filter.dispatch.gifts import Gifts
from ishowtts_filter.dispatch.queue import SpeechQueue
from ishowtts_filter.dispatch.speakers import Speakers
from ishowtts_filter.flights.controller import FlightController
from ishowtts_filter.flights.flight import INFINITY
from ishowtts_filter.flights.pace import Paces
from ishowtts_filter.flights.synths import SynthTable
from ishowtts_filter.settings.queue import QueueSettings
from ishowtts_filter.utterance import Ended, Utterance


class Launcher:
    """Takes utterances out of the queue, in turn, as long as they can be asked for.

    Args:
        settings: The rate and the lead of each room.
        queue: What waits.
        gifts: Holds some of it back.
        speakers: Chooses the words when its turn has come.
        synths: Knows which wishes nobody will ever meet.
        paces: Tell which rooms may have more.
        flights: Has the slots.
        actions: Where ends go.
    """

    def __init__(
        self,
        settings: QueueSettings,
        *,
        queue: SpeechQueue,
        gifts: Gifts,
        speakers: Speakers,
        synths: SynthTable,
        paces: Paces,
        flights: FlightController,
        actions: list[Action],
    ) -> None:
        rate = settings.rate_limit_per_sec
        self._spacing_s = 1 / rate if rate else 0.0
        self._lead_s = settings.lead_s
        self._queue = queue
        self._gifts = gifts
        self._speakers = speakers
        self._synths = synths
        self._paces = paces
        self._flights = flights
        self._actions = actions

    def launch(self, now: float) -> None:
        """Ask for all that can be asked for now."""
        while self._queue and self._flights.any_slot():
            utterance = self._queue.take(
                lambda room: self._paces[room].ready_at(now, self._lead_s) <= now,
                self._decidable(now),
            )
            if utterance is None:
                return
            past_s = now - self._paces[utterance.room].local_time(now)
            self._decide(shifted(utterance, past_s), now)

    def next_at(self, now: float) -> float:
        """When time alone lets more be asked for; infinite where it needs an event."""
        if not self._queue or not self._flights.any_slot():
            return INFINITY
        rooms = (self._paces[room].ready_at(now, self._lead_s) for room in self._queue.depths)
        ready_at = min((at for at in rooms if at > now), default=INFINITY)
        return min(ready_at, self._gifts.release_at(now))

    def _decidable(self, now: float) -> Callable[[Utterance], bool]:
        """Tells whether an utterance can be asked for now, or never will be.

        Those that wait have few wishes between them: each is looked at once.
        """
        known: dict[tuple[str | None, str | None], bool] = {}

        def decidable(utterance: Utterance) -> bool:
            if self._gifts.held(utterance, now):
                return False
            wish = (utterance.voice, utterance.engine)
            if wish not in known:
                choice = self._flights.free_choice(utterance, now)
                known[wish] = choice is not None or self._synths.unknown(*wish) is not None
            return known[wish]

        return decidable

    def _decide(self, utterance: Utterance, now: float) -> None:
        choice = self._flights.free_choice(utterance, now)
        if utterance.expires_at <= now:
            self._actions.append(Ended(utterance, "expired", "waited too long"))
        elif choice is None:
            reason = self._synths.unknown(utterance.voice, utterance.engine) or ""
            self._actions.append(Ended(utterance, "failed", reason))
        else:
            self._gifts.on_asked(utterance)
            words = self._speakers.words(utterance, now)
            self._flights.launch(utterance, choice, words, self._spacing_s, now)


def shifted(utterance: Utterance, seconds: float) -> Utterance:
    """With its time to live in terms of another clock."""
    if not seconds:
        return utterance
    return replace(utterance, expires_at=utterance.expires_at + seconds)
