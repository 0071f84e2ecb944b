"""Decides what is asked of which synth, and when; knows every utterance until its one end.

Pure policy: events go in with the time, `poll` hands out what is to be done. Nothing is given
to a synth before it has a free slot, so that priority and cancel hold until the last moment.
"""

from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

from ishowtts_filter.actions import Action, Paused
from ishowtts_filter.dispatch.admission import why_hopeless
from ishowtts_filter.dispatch.expected import Expected
from ishowtts_filter.dispatch.gifts import Gifts, Merge
from ishowtts_filter.dispatch.launcher import Launcher, shifted
from ishowtts_filter.dispatch.queue import EVERYWHERE, Among, SpeechQueue
from ishowtts_filter.dispatch.snapshot import take_snapshot
from ishowtts_filter.dispatch.speakers import Speakers
from ishowtts_filter.dispatch.waiting import Waiting
from ishowtts_filter.flights.controller import FlightController
from ishowtts_filter.flights.pace import Paces
from ishowtts_filter.flights.synths import SynthTable
from ishowtts_filter.journal.records import Asked, Reached, Taken
from ishowtts_filter.settings.queue import FallbackSettings, QueueSettings
from ishowtts_filter.settings.speech import GiftsSettings
from ishowtts_filter.utterance import Ended, Utterance
from ishowtts_schemas import NodeInfo, NodeState, SpeechDone, SpeechFailed, SpeechPart, SpeechTaken

SWEEP_INTERVAL_S = 0.25


class SpeechPolicy(NamedTuple):
    """How what is said depends on what was said before.

    Attributes:
        name_again_s: After so long an author's name is said again.
        gifts: For how long gifts wait for more of their kind.
        merge: Words several gifts as one.
    """

    name_again_s: float = 0.0
    gifts: GiftsSettings = GiftsSettings(window_s=0)
    merge: Merge = itemgetter(0)


class Dispatcher:
    """The queue, the pace of each room, and the flights; all times are monotonic seconds."""

    def __init__(
        self,
        settings: QueueSettings,
        synths: SynthTable,
        fallback: FallbackSettings | None = None,
        speech: SpeechPolicy | None = None,
    ) -> None:
        speech = speech or SpeechPolicy()
        self._lead_s = settings.lead_s
        self._synths = synths
        self._queue = SpeechQueue(settings.capacity)
        self._paces = Paces()
        self._actions: list[Action] = []
        self._flights = FlightController(synths, self._paces, self._actions, fallback)
        self._speakers = Speakers(speech.name_again_s)
        self._gifts = Gifts(
            speech.gifts, speech.merge, lambda carrier: self._queue.get(carrier) is not None
        )
        self._waiting = Waiting(self._queue, self._gifts, self._flights.estimate_s)
        self._expected = Expected()
        self._launcher = Launcher(
            settings,
            queue=self._queue,
            gifts=self._gifts,
            speakers=self._speakers,
            synths=synths,
            paces=self._paces,
            flights=self._flights,
            actions=self._actions,
        )
        self._sweep_at = 0.0
        self._online = True
        self._closing = False

    @property
    def depths(self) -> dict[str, int]:
        """Waiting utterances of every room that has any."""
        return self._queue.depths

    @property
    def in_flight(self) -> int:
        """Utterances that left the queue and have not ended."""
        return self._flights.in_flight

    @property
    def full(self) -> bool:
        """Whether the next one that waits costs one its place."""
        return self._queue.full

    @property
    def unheard(self) -> bool:
        """Whether `poll` has news, whatever the time."""
        return bool(self._actions)

    @property
    def paused_engines(self) -> tuple[str, ...]:
        """Engines that failed too often and get no more than a trial."""
        return self._flights.paused_engines

    def expect(self, utterance: Utterance) -> None:
        """An utterance will be submitted; until then it can be called off like any other."""
        self._expected.add(utterance)

    def submit(self, utterance: Utterance, now: float) -> None:
        """An utterance begins to wait, or ends at once where waiting is in vain."""
        called_off = self._expected.take(utterance)
        hopeless = why_hopeless(utterance, self._ahead_s(utterance, now), now)
        if called_off is not None:
            self._actions.append(Ended(utterance, "cancelled", called_off))
        elif hopeless is not None:
            self._actions.append(Ended(utterance, "shed", hopeless))
        else:
            self.restore(utterance, now)

    def restore(self, utterance: Utterance, now: float) -> None:
        """An utterance that was admitted before waits on."""
        local = shifted(utterance, self._paces[utterance.room].local_time(now) - now)
        self._actions += self._waiting.put(local, now)

    def restore_flight(
        self,
        utterance: Utterance,
        asked: Asked,
        taken: Taken | None,
        now: float,
        reached: Reached | None = None,
    ) -> None:
        """An utterance was asked for before a restart: its synth may be speaking it."""
        self._flights.restore(utterance, asked, taken, now, reached)

    def restore_merged(self, utterance: Utterance, carrier_id: str, now: float) -> None:
        """A gift was part of what was asked for before a restart; it ends with that."""
        if any(flight.utterance.id == carrier_id for flight in self._flights):
            self._gifts.restore(carrier_id, utterance)
        else:
            self.restore(utterance, now)

    def restore_pause(self, room: str, now: float) -> None:
        """A room was paused before a restart."""
        self._paces[room].pause(now, paused=True)

    def on_synth_state(self, state: NodeState, now: float) -> None:
        """A synth came, went or was replaced."""
        self._synths.on_state(state)
        self._flights.on_synths_changed(now)

    def on_synth_info(self, info: NodeInfo) -> None:
        """A synth said what it can do."""
        self._synths.on_info(info)

    def on_taken(self, taken: SpeechTaken, now: float) -> None:
        self._flights.on_taken(taken, now)

    def on_part(self, part: SpeechPart) -> None:
        self._flights.on_part(part)

    def on_done(self, done: SpeechDone, now: float) -> None:
        """A synth has finished, perhaps what was asked for just before a restart."""
        finished = self._queue.remove(done.utterance_id) if done.outcome == "done" else None
        if finished is not None:
            self._actions.append(Ended(finished, "spoken"))
        else:
            self._flights.on_done(done, now)

    def on_failed(self, failed: SpeechFailed, now: float) -> None:
        self._flights.on_failed(failed, now)

    def on_playback(self, room: str, backlog_s: float, now: float, *, paused: bool) -> None:
        """The player says how much of what it has is not yet played."""
        self._note_pause(room, paused=paused)
        self._paces[room].measure(backlog_s, now, paused=paused)

    def pause(self, room: str, now: float, *, paused: bool) -> None:
        """Stop or resume a room: while paused, speech is made up to the lead and no further.

        What waits there does not grow older meanwhile.
        """
        self._note_pause(room, paused=paused)
        self._paces[room].pause(now, paused=paused)

    def clear(self, room: str, now: float) -> None:
        """End all that waits or is being spoken in a room."""
        self.cancel(lambda one: one.room == room, "the room was cleared", now, Among(room=room))
        pace = self._paces[room]
        pace.measure(0.0, now, paused=pace.paused)

    def cancel(
        self,
        chosen: Callable[[Utterance], bool],
        reason: str,
        now: float,
        among: Among = EVERYWHERE,
    ) -> None:
        """End what is chosen, whether it is expected, waits or is being spoken.

        Args:
            chosen: Whether an utterance has to go.
            reason: Why, for a person.
            now: Monotonic seconds.
            among: Where anything can be chosen; spares a look at all that wait.
        """
        self._expected.call_off(chosen, reason)
        self._actions += self._waiting.cancel(chosen, reason, among)
        self._flights.cancel(lambda one: self._gifts.carries(one, chosen), reason, now)

    def close(self) -> None:
        """Ask for nothing more of what waits."""
        self._closing = True

    def cancel_waiting(self, reason: str) -> None:
        """End all that no synth has been asked for."""
        self._actions += self._queue.cancel(lambda _: True, reason)

    def abandon(self, reason: str, now: float) -> None:
        """End as failed what synths have; they are not told and finish on their own."""
        self._flights.abandon(reason, now)

    def poll(self, now: float, *, online: bool = True) -> list[Action]:
        """What is to be done now, each thing handed out once.

        Args:
            now: Never less than before.
            online: Whether requests can be published; without a broker nothing is asked for
                and nobody is blamed for not answering.
        """
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_INTERVAL_S
            self._actions += self._queue.expire(lambda room: self._paces[room].local_time(now))
        if online:
            if not self._online:
                self._flights.be_patient(now)
            self._flights.attend(now)
            if not self._closing:
                self._launcher.launch(now)
        self._online = online
        return self._hand_out()

    def next_wake(self, now: float) -> float | None:
        """When `poll` has something to do without any event; None for never."""
        if not self._queue and not self._flights:
            return None
        if not self._online:
            return now + SWEEP_INTERVAL_S
        at = max(now, self._flights.soonest)
        return min(at, self._sweep_at, self._launcher.next_at(now)) if self._queue else at

    def snapshot(self, now: float) -> dict[str, Any]:
        """What waits and what is being spoken, for `status`."""
        slots = {engine: self._flights.free(engine) for engine in self._synths.slots}
        return take_snapshot(self._queue, self._flights, self._paces, now) | {"free_slots": slots}

    def _ahead_s(self, utterance: Utterance, now: float) -> float:
        """How much speech listeners hear before it; unknown, and so 0, where nothing is paced."""
        if not self._lead_s:
            return 0.0
        return self._paces[utterance.room].backlog_s(now) + self._queue.ahead_s(utterance)

    def _hand_out(self) -> list[Action]:
        """All that is to be done, each end with the ends of what was spoken with it."""
        actions: list[Action] = []
        for action in self._actions:
            if isinstance(action, Ended):
                self._speakers.on_ended(action)
                actions += self._gifts.ends(action)
            else:
                actions.append(action)
        self._actions.clear()
        return actions

    def _note_pause(self, room: str, *, paused: bool) -> None:
        if self._paces[room].paused != paused:
            self._actions.append(Paused(room, paused))
