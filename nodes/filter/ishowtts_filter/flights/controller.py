"""Utterances on their way through the synths: taken or not, finished, failed, hanging.

Pure policy: events go in with the time; what is to be done goes into the shared `actions`.
"""

from collections.abc import Callable, Iterator

from ishowtts_filter.actions import Action
from ishowtts_filter.flights.chooser import EngineChooser
from ishowtts_filter.flights.duration import DurationModel
from ishowtts_filter.flights.flight import Flight, FlightTable, Place
from ishowtts_filter.flights.pace import Paces
from ishowtts_filter.flights.retries import Retries
from ishowtts_filter.flights.synths import Choice, SynthTable
from ishowtts_filter.flights.transitions import TAKEN_WITHIN_S, Transitions
from ishowtts_filter.flights.watchdog import Watchdog
from ishowtts_filter.journal.records import Asked, Reached, Taken
from ishowtts_filter.settings.queue import FallbackSettings
from ishowtts_filter.utterance import Utterance
from ishowtts_schemas import SpeechDone, SpeechFailed, SpeechPart, SpeechTaken

OVERLOAD_PAUSE_S = 0.5


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
        self._table = FlightTable()
        self._durations = DurationModel()
        self._chooser = EngineChooser(fallback or FallbackSettings(), synths, self.free)
        self._circuit = self._chooser.circuit
        self._steps = Transitions(self._table, paces, self._circuit, actions)
        self._retries = Retries(self._steps, self._circuit)
        self._watchdog = Watchdog(
            self._table, self._steps, self._retries, self._chooser, self._durations
        )

    def __len__(self) -> int:
        """Flights that take a slot or wait for one, ended ones included."""
        return len(self._table)

    def __iter__(self) -> Iterator[Flight]:
        """A snapshot of flights that have not ended."""
        return (flight for flight in self._table if flight.state != "cancelled")

    def any_slot(self) -> bool:
        """Whether any engine can be given work now."""
        return any(slots > self._table.busy(name) for name, slots in self._synths.slots.items())

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
    def paused_engines(self) -> tuple[str, ...]:
        """Engines that failed too often and get no more than a trial."""
        return self._circuit.open_engines()

    @property
    def soonest(self) -> float:
        """When time alone may change something; infinite for never."""
        return self._table.soonest

    @property
    def in_flight(self) -> int:
        """Flights that have not ended."""
        return len(self._table) - self._table.ended

    def attend(self, now: float) -> None:
        """See to what time alone has changed."""
        self._watchdog.attend(now)

    def be_patient(self, now: float) -> None:
        """After an outage answers may still be on their way."""
        self._watchdog.be_patient(now)

    def launch(
        self, utterance: Utterance, choice: Choice, text: str, spacing_s: float, now: float
    ) -> None:
        """Ask for an utterance for the first time, in these words."""
        estimate_s = self._durations.estimate_s(choice.engine, text)
        flight = Flight(utterance, *choice, text, estimate_s, now + TAKEN_WITHIN_S)
        self._steps.launch(flight, spacing_s, now)

    def restore(
        self,
        utterance: Utterance,
        asked: Asked,
        taken: Taken | None,
        now: float,
        reached: Reached | None = None,
    ) -> None:
        """Take over what was asked for before a restart: its synth may have finished it.

        News of it may be on its way. Without any it is asked for again: a synth that has
        finished says so, one that is speaking begins anew, unheard up to where it was.
        """
        text = utterance.spoken if asked.words is None else asked.words
        begins = Place(0, asked.offset)
        flight = Flight(
            utterance,
            asked.engine,
            asked.voice,
            text,
            self._durations.estimate_s(asked.engine, text),
            now + TAKEN_WITHIN_S,
            asked.attempt,
            begins=begins,
            spoken=begins if reached is None else Place(reached.chars, reached.samples),
        )
        self._steps.take_over(flight, 0.0, now)
        if taken is not None:
            self._be_taken(flight, (taken.synth, taken.incarnation), now)

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
                self._retries.on_lost(flight, now, "lost", "the synth died with it")
        for engine in deaths.values():
            self._retries.on_fault(engine, now)

    def on_taken(self, taken: SpeechTaken, now: float) -> None:
        """A synth has the utterance."""
        flight = self._table.get(taken.utterance_id)
        if flight is None or taken.attempt != flight.attempt:
            return
        synth = (taken.instance, taken.incarnation)
        if flight.state == "cancelled":
            self._steps.call_off(flight, "cancelled before it was taken")
            flight.taken_by = synth
        elif not self._synths.gone(*synth):
            self._be_taken(flight, synth, now)

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
            self._steps.end(flight, now, "spoken", audio_s=audio_s)
        elif done.attempt == flight.attempt:
            self._steps.end(flight, now, "cancelled", "stopped on request")

    def on_failed(self, failed: SpeechFailed, now: float) -> None:
        """A synth could not speak it."""
        flight = self._table.get(failed.utterance_id)
        if flight is None or flight.state == "cancelled":
            self._forget(flight)
        elif failed.attempt != flight.attempt or flight.state == "waiting":
            return
        elif failed.code == "expired":
            self._steps.end(flight, now, "expired", failed.text)
        elif not failed.retryable:
            self._steps.end(flight, now, "failed", failed.text)
        elif failed.code == "overloaded":
            self._steps.count("overloaded")
            self._steps.wait(flight, now + OVERLOAD_PAUSE_S)
        else:
            self._retries.on_fault(flight.engine, now)
            self._retries.on_lost(flight, now, "failed", failed.text)

    def cancel(self, chosen: Callable[[Utterance], bool], reason: str, now: float) -> None:
        """End what is chosen, here and at its synth."""
        for flight in self:
            if chosen(flight.utterance):
                self._steps.stop(flight, now, "cancelled", reason)

    def abandon(self, reason: str, now: float) -> None:
        """End all as failed; the synths are not told and finish on their own."""
        for flight in self:
            self._steps.end(flight, now, "failed", reason)

    def _be_taken(self, flight: Flight, synth: tuple[str, int], now: float) -> None:
        self._steps.take(flight, synth, now + self._watchdog.patience_s(flight, synth))

    def _learn(self, flight: Flight, audio_s: float, synth_s: float) -> None:
        self._circuit.on_worked(flight.engine)
        self._durations.learn_speed(flight.engine, audio_s, synth_s)
        self._durations.learn(flight.engine, flight.text[flight.begins.chars :], audio_s)

    def _forget(self, flight: Flight | None) -> None:
        """A cancelled flight is confirmed; a stranger's utterance is not ours."""
        if flight is not None:
            self._table.remove(flight)
