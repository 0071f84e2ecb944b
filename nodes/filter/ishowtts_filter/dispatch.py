"""Decides what is asked of which synth, and when; knows every utterance until its one end.

Pure policy: events go in with the time, `poll` hands out what is to be done. Nothing is given
to a synth before it has a free slot, so that priority and cancel hold until the last moment.
"""

from collections.abc import Callable
from typing import Any

from ishowtts_filter.actions import Action
from ishowtts_filter.flights import FlightController
from ishowtts_filter.pace import Paces
from ishowtts_filter.queue import SpeechQueue
from ishowtts_filter.settings.queue import FallbackSettings, QueueSettings
from ishowtts_filter.snapshot import take_snapshot
from ishowtts_filter.synths import SynthTable
from ishowtts_filter.utterance import Ended, Utterance
from ishowtts_schemas import NodeInfo, NodeState, SpeechDone, SpeechFailed, SpeechPart, SpeechTaken

SWEEP_INTERVAL_S = 0.25


class Dispatcher:
    """The queue, the pace of each room, and the flights; all times are monotonic seconds."""

    def __init__(
        self,
        settings: QueueSettings,
        synths: SynthTable,
        fallback: FallbackSettings | None = None,
    ) -> None:
        rate = settings.rate_limit_per_sec
        self._spacing_s = 1 / rate if rate else 0.0
        self._lead_s = settings.lead_s
        self._synths = synths
        self._queue = SpeechQueue(settings.capacity)
        self._paces = Paces()
        self._actions: list[Action] = []
        self._flights = FlightController(synths, self._paces, self._actions, fallback)
        self._sweep_at = 0.0
        self._online = True

    @property
    def depths(self) -> dict[str, int]:
        """Waiting utterances of every room that has any."""
        return self._queue.depths

    @property
    def in_flight(self) -> int:
        """Utterances that left the queue and have not ended."""
        return self._flights.in_flight

    def submit(self, utterance: Utterance) -> None:
        """An utterance begins to wait."""
        self._actions += self._queue.put(utterance)

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
        self._flights.on_done(done, now)

    def on_failed(self, failed: SpeechFailed, now: float) -> None:
        self._flights.on_failed(failed, now)

    def on_playback(self, room: str, backlog_s: float, now: float, *, paused: bool) -> None:
        """The player says how much of what it has is not yet played."""
        self._paces[room].measure(backlog_s, now, paused=paused)

    def pause(self, room: str, now: float, *, paused: bool) -> None:
        """Stop or resume a room: while paused, speech is made up to the lead and no further."""
        self._paces[room].pause(now, paused=paused)

    def clear(self, room: str, now: float) -> None:
        """End all that waits or is being spoken in a room."""
        self.cancel(lambda utterance: utterance.room == room, "the room was cleared", now)
        pace = self._paces[room]
        pace.measure(0.0, now, paused=pace.paused)

    def cancel(self, chosen: Callable[[Utterance], bool], reason: str, now: float) -> None:
        """End what is chosen, whether it waits or is being spoken."""
        self._actions += self._queue.cancel(chosen, reason)
        self._flights.cancel(chosen, reason, now)

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
            self._actions += self._queue.expire(now)
        if online:
            if not self._online:
                self._flights.be_patient(now)
            self._flights.attend(now)
            self._dispatch(now)
        self._online = online
        actions = self._actions.copy()
        self._actions.clear()
        return actions

    def next_wake(self, now: float) -> float | None:
        """When `poll` has something to do without any event; None for never."""
        if not self._queue and not self._flights:
            return None
        if not self._online:
            return now + SWEEP_INTERVAL_S
        times = [max(now, self._flights.soonest)]
        if self._queue:
            times.append(self._sweep_at)
            if self._flights.any_slot():
                ready = (self._paces[room].ready_at(now, self._lead_s) for room in self.depths)
                times += [at for at in ready if at > now]
        return min(times)

    def snapshot(self, now: float) -> dict[str, Any]:
        """What waits and what is being spoken, for `status`."""
        slots = {engine: self._flights.free(engine) for engine in self._synths.slots}
        return take_snapshot(self._queue, self._flights, self._paces, now) | {"free_slots": slots}

    def _dispatch(self, now: float) -> None:
        while self._flights.any_slot():
            utterance = self._queue.take(
                lambda room: self._paces[room].ready_at(now, self._lead_s) <= now,
                lambda waiting: self._decidable(waiting, now),
            )
            if utterance is None:
                return
            self._decide(utterance, now)

    def _decidable(self, utterance: Utterance, now: float) -> bool:
        """Whether it can be asked for now, or will never be."""
        if utterance.expires_at <= now or self._flights.free_choice(utterance, now):
            return True
        return self._synths.unknown(utterance.voice, utterance.engine) is not None

    def _decide(self, utterance: Utterance, now: float) -> None:
        choice = self._flights.free_choice(utterance, now)
        if utterance.expires_at <= now:
            self._actions.append(Ended(utterance, "expired", "waited too long"))
        elif choice is None:
            reason = self._synths.unknown(utterance.voice, utterance.engine) or ""
            self._actions.append(Ended(utterance, "failed", reason))
        else:
            self._flights.launch(utterance, choice, utterance.spoken, self._spacing_s, now)
