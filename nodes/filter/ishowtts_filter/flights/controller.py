"""Utterances on their way through the synths: taken or not, finished, failed, hanging.

Pure policy: events go in with the time; what is to be done goes into the shared `actions`.
"""

from collections.abc import Callable, Iterator

from ishowtts_filter.actions import Action, Ask, Cancel, Reasked
from ishowtts_filter.flights.chooser import EngineChooser
from ishowtts_filter.flights.duration import DurationModel
from ishowtts_filter.flights.flight import INFINITY, Flight, FlightTable, Place
from ishowtts_filter.flights.pace import Paces
from ishowtts_filter.flights.synths import Choice, SynthTable
from ishowtts_filter.journal.records import Asked, Taken
from ishowtts_filter.settings.queue import FallbackSettings
from ishowtts_filter.text.cleaning import has_speech
from ishowtts_filter.utterance import Ended, Utterance
from ishowtts_schemas import Outcome, SpeechDone, SpeechFailed, SpeechPart, SpeechTaken

MAX_FAILURES = 3
TAKEN_WITHIN_S = 2.0
CANCELLED_WITHIN_S = 2.0
OVERLOAD_PAUSE_S = 0.5
CHOICE_INTERVAL_S = 0.25
WATCHDOG_MIN_S = 5.0
WATCHDOG_FACTOR = 3.0


class FlightController:
    """Sees every flight to its one end, and knows which slots are free."""

    def __init__(
        self,
        synths: SynthTable,
        paces: Paces,
        actions: list[Action],
        fallback: FallbackSettings | None = None,
    ) -> None:
        self._synths = synths
        self._paces = paces
        self._actions = actions
        self._table = FlightTable()
        self._durations = DurationModel()
        self._chooser = EngineChooser(fallback or FallbackSettings(), synths, self.free)

    def __len__(self) -> int:
        """Flights that take a slot or wait for one, ended ones included."""
        return len(self._table)

    def __iter__(self) -> Iterator[Flight]:
        """A snapshot of flights that have not ended."""
        return (flight for flight in self._table if flight.state != "cancelled")

    def any_slot(self) -> bool:
        return any(self.free(engine) > 0 for engine in self._synths.slots)

    def free(self, engine: str) -> int:
        """Slots of an engine that can be given work now."""
        return self._synths.slots.get(engine, 0) - self._table.busy(engine)

    def free_choice(self, utterance: Utterance, now: float) -> Choice | None:
        """The best engine and voice with a free slot."""
        return self._chooser.choose(utterance, now)

    def estimate_s(self, utterance: Utterance) -> float:
        """Seconds of audio that an utterance will be."""
        choices = self._synths.choices(utterance.voice, utterance.engine)
        return self._durations.estimate_s(choices[0].engine if choices else "", utterance.spoken)

    @property
    def paused_engines(self) -> list[str]:
        """Engines that failed too often and get no work now."""
        return self._chooser.circuit.open_engines()

    def launch(
        self, utterance: Utterance, choice: Choice, text: str, spacing_s: float, now: float
    ) -> None:
        """Ask for an utterance for the first time, in these words."""
        estimate_s = self._durations.estimate_s(choice.engine, text)
        self._paces[utterance.room].ask(estimate_s, spacing_s, now)
        flight = Flight(utterance, *choice, text, estimate_s, now + TAKEN_WITHIN_S)
        self._table.add(flight)
        self._ask(flight)

    def restore(self, utterance: Utterance, asked: Asked, taken: Taken | None, now: float) -> None:
        """Take over what was asked for before a restart: its synth may have finished it.

        News of it may be on its way. Without any it is asked for again: a synth that has
        finished says so, one that is speaking begins anew, unheard up to where it was.
        """
        text = utterance.spoken if asked.words is None else asked.words
        estimate_s = self._durations.estimate_s(asked.engine, text)
        self._paces[utterance.room].ask(estimate_s, 0.0, now)
        place = Place(0, asked.offset)
        flight = Flight(
            utterance,
            asked.engine,
            asked.voice,
            text,
            estimate_s,
            now + TAKEN_WITHIN_S,
            asked.attempt,
            begins=place,
            spoken=place,
        )
        self._table.add(flight)
        if taken is not None:
            synth = (taken.synth, taken.incarnation)
            self._table.move(flight, "taken", now + self._patience_s(flight, synth))
            flight.taken_by = synth

    def on_synths_changed(self, now: float) -> None:
        """What synths had that are gone is asked for again."""
        deaths: dict[tuple[str, int], str] = {}
        for flight in self._table:
            if flight.taken_by is None or not self._synths.gone(*flight.taken_by):
                continue
            deaths[flight.taken_by] = flight.engine
            if flight.state == "cancelled":
                self._table.remove(flight)
            else:
                self._ask_again(flight, now, "lost", "the synth died with it")
        for engine in deaths.values():
            self._fault(engine, now)

    def on_taken(self, taken: SpeechTaken, now: float) -> None:
        """A synth has the utterance."""
        flight = self._table.get(taken.utterance_id)
        if flight is None or taken.attempt != flight.attempt:
            return
        if flight.state == "cancelled":
            self._cancel_at_synth(flight, "cancelled before it was taken")
        elif self._synths.gone(taken.instance, taken.incarnation):
            return
        else:
            patience_s = self._patience_s(flight, (taken.instance, taken.incarnation))
            self._table.move(flight, "taken", now + patience_s)
        flight.taken_by = (taken.instance, taken.incarnation)

    def on_part(self, part: SpeechPart) -> None:
        """A synth has come to a clause."""
        flight = self._table.get(part.utterance_id)
        if flight is not None and part.attempt == flight.attempt:
            flight.spoken = Place(flight.begins.chars + part.chars, part.samples)

    def on_done(self, done: SpeechDone, now: float) -> None:
        """A synth has finished, or stopped as it was told."""
        flight = self._table.get(done.utterance_id)
        if flight is None or flight.state == "cancelled":
            self._forget(flight)
        elif done.outcome == "done":
            audio_s = done.audio_ms / 1000
            self._learn(flight, audio_s, done.synth_ms / 1000)
            self._end(flight, now, "spoken", audio_s=audio_s)
        elif done.attempt == flight.attempt:
            self._end(flight, now, "cancelled", "stopped on request")

    def on_failed(self, failed: SpeechFailed, now: float) -> None:
        """A synth could not speak it."""
        flight = self._table.get(failed.utterance_id)
        if flight is None or flight.state == "cancelled":
            self._forget(flight)
        elif failed.attempt != flight.attempt or flight.state == "waiting":
            return
        elif failed.code == "expired":
            self._end(flight, now, "expired", failed.text)
        elif not failed.retryable:
            self._end(flight, now, "failed", failed.text)
        elif failed.code == "overloaded":
            self._count("overloaded")
            self._chooser.circuit.on_released(flight.engine)
            self._table.move(flight, "waiting", now + OVERLOAD_PAUSE_S)
        else:
            self._fault(flight.engine, now)
            self._ask_again(flight, now, "failed", failed.text)

    def cancel(self, chosen: Callable[[Utterance], bool], reason: str, now: float) -> None:
        """End what is chosen, here and at its synth."""
        for flight in self:
            if chosen(flight.utterance):
                self._stop(flight, now, "cancelled", reason)

    def abandon(self, reason: str, now: float) -> None:
        """End all as failed; the synths are not told and finish on their own."""
        for flight in self:
            self._end(flight, now, "failed", reason)

    def attend(self, now: float) -> None:
        """See to every flight that is overdue, then to those that wait for a slot."""
        if now < self._table.soonest and not self._table.waiting:
            return
        for flight in self._table:
            if flight.state != "waiting" and flight.due_at <= now:
                self._be_overdue(flight, now)
        for flight in self._table:
            if flight.state == "waiting" and min(flight.due_at, flight.utterance.expires_at) <= now:
                self._try_waiting(flight, now)
        self._table.soonest = min((_due(flight, now) for flight in self._table), default=INFINITY)

    def be_patient(self, now: float) -> None:
        """After an outage answers may still be on their way."""
        for flight in self._table:
            flight.due_at = max(flight.due_at, now + TAKEN_WITHIN_S)

    @property
    def soonest(self) -> float:
        """When time alone may change something; infinite for never."""
        return self._table.soonest

    @property
    def in_flight(self) -> int:
        """Flights that have not ended."""
        return len(self._table) - self._table.ended

    def _be_overdue(self, flight: Flight, now: float) -> None:
        if flight.state == "cancelled":
            self._table.remove(flight)
        elif flight.state == "taken":
            self._give_up_attempt(flight, now, "the synth took too long")
        elif flight.utterance.expires_at <= now:
            self._stop(flight, now, "expired", "no synth took it in time")
        else:
            # The answer may have been lost, and not the request: both may be speaking soon.
            self._count("untaken")
            self._cancel_at_synth(flight, "nobody took it in time", flight.attempt)
            if flight.attempt > 1:
                flight.avoid = flight.engine
            flight.attempt += 1
            self._chooser.circuit.on_released(flight.engine)
            self._table.move(flight, "waiting", now)

    def _try_waiting(self, flight: Flight, now: float) -> None:
        """Ask again where somebody has a free slot."""
        if flight.utterance.expires_at <= now:
            self._stop(flight, now, "expired", "no synth could finish it in time")
            return
        choice = self._chooser.choose(flight.utterance, now, flight.avoid)
        if choice is None:
            return
        flight.change_engine(*choice)
        if not has_speech(flight.text[flight.begins.chars :]):
            self._end(flight, now, "spoken")
            return
        self._table.move(flight, "asked", now + TAKEN_WITHIN_S)
        self._ask(flight)

    def _ask(self, flight: Flight) -> None:
        begins = flight.begins
        self._chooser.circuit.on_asked(flight.engine)
        self._actions.append(
            Ask(
                flight.utterance,
                flight.engine,
                flight.voice,
                flight.attempt,
                flight.text[begins.chars :],
                begins.samples,
            )
        )

    def _ask_again(self, flight: Flight, now: float, cause: str, reason: str) -> None:
        """Another attempt: listeners may have heard a part, the player leaves that out."""
        self._blame(flight, cause)
        if flight.failures < MAX_FAILURES:
            flight.attempt += 1
            self._table.move(flight, "waiting", now)
        else:
            self._end(flight, now, "failed", _exhausted(reason))

    def _give_up_attempt(self, flight: Flight, now: float, reason: str) -> None:
        """Its synth hangs: that attempt is called off, and another one speaks."""
        self._fault(flight.engine, now)
        if flight.failures + 1 < MAX_FAILURES:
            self._cancel_at_synth(flight, reason, flight.attempt)
            self._ask_again(flight, now, "watchdog", reason)
        else:
            self._blame(flight, "watchdog")
            self._stop(flight, now, "failed", _exhausted(reason))

    def _fault(self, engine: str, now: float) -> None:
        """The engine failed once, however many utterances that cost."""
        if self._chooser.circuit.on_failed(engine, now):
            self._count("circuit_opened")

    def _blame(self, flight: Flight, cause: str) -> None:
        """Once is an accident; an engine that hangs, or fails again, is not asked for it next."""
        self._count(cause)
        flight.failures += 1
        if cause == "watchdog" or flight.failures > 1:
            flight.avoid = flight.engine

    def _learn(self, flight: Flight, audio_s: float, synth_s: float) -> None:
        self._chooser.circuit.on_worked(flight.engine)
        self._durations.learn_speed(flight.engine, audio_s, synth_s)
        self._durations.learn(flight.engine, flight.text[flight.begins.chars :], audio_s)

    def _patience_s(self, flight: Flight, synth: tuple[str, int]) -> float:
        """How long a synth may take; it speaks first what it took before."""
        ahead = (other for other in self._table if other.taken_by == synth and other is not flight)
        audio_s = flight.estimate_s + sum(other.estimate_s for other in ahead)
        work_s = self._durations.synth_s(flight.engine, audio_s)
        return max(WATCHDOG_MIN_S, WATCHDOG_FACTOR * work_s)

    def _stop(self, flight: Flight, now: float, outcome: Outcome, reason: str) -> None:
        """End it here and at its synth, whose slot is free when it has confirmed."""
        was_asked = flight.state != "waiting"
        taken_by = flight.taken_by
        self._end(flight, now, outcome, reason)
        if was_asked or flight.attempt > 1:
            self._cancel_at_synth(flight, reason)
        if was_asked:
            flight.state, flight.due_at = "cancelled", now + CANCELLED_WITHIN_S
            flight.taken_by = taken_by
            self._table.add(flight)

    def _end(
        self, flight: Flight, now: float, outcome: Outcome, reason: str = "", audio_s: float = 0.0
    ) -> None:
        self._table.remove(flight)
        self._chooser.circuit.on_released(flight.engine)
        self._paces[flight.utterance.room].settle(flight.estimate_s, audio_s, now)
        self._actions.append(Ended(flight.utterance, outcome, reason))

    def _forget(self, flight: Flight | None) -> None:
        """A cancelled flight is confirmed; a stranger's utterance is not ours."""
        if flight is not None:
            self._table.remove(flight)

    def _cancel_at_synth(self, flight: Flight, reason: str, attempt: int | None = None) -> None:
        self._actions.append(Cancel(flight.utterance.id, flight.engine, reason, attempt))

    def _count(self, cause: str) -> None:
        self._actions.append(Reasked(cause))


def _exhausted(reason: str) -> str:
    return f"{reason} ({MAX_FAILURES} attempts)"


def _due(flight: Flight, now: float) -> float:
    """When time alone changes something: an engine that is away is not waited for forever."""
    if flight.state == "waiting" and flight.due_at <= now:
        return min(flight.utterance.expires_at, now + CHOICE_INTERVAL_S)
    return flight.due_at
