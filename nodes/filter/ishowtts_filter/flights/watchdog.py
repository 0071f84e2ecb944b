"""What time alone does to flights: who is overdue, and whose turn has come again. Pure policy."""

from ishowtts_filter.flights.chooser import EngineChooser
from ishowtts_filter.flights.duration import DurationModel
from ishowtts_filter.flights.flight import INFINITY, Flight, FlightTable
from ishowtts_filter.flights.retries import Retries
from ishowtts_filter.flights.transitions import TAKEN_WITHIN_S, Transitions
from ishowtts_filter.text.cleaning import has_speech

CHOICE_INTERVAL_S = 0.25
MIN_PATIENCE_S = 5.0
PATIENCE_FACTOR = 3.0


class Watchdog:
    """Sees to every flight when its time has come.

    Args:
        table: The flights.
        steps: Carries it out.
        retries: Decides about what is overdue.
        chooser: Finds an engine for what waits.
        durations: Knows how long engines take.
    """

    def __init__(
        self,
        table: FlightTable,
        steps: Transitions,
        retries: Retries,
        chooser: EngineChooser,
        durations: DurationModel,
    ) -> None:
        self._table = table
        self._steps = steps
        self._retries = retries
        self._chooser = chooser
        self._durations = durations

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

    def patience_s(self, flight: Flight, synth: tuple[str, int]) -> float:
        """How long a synth may take; it speaks first what it took before."""
        ahead = (other for other in self._table if other.taken_by == synth and other is not flight)
        audio_s = flight.estimate_s + sum(other.estimate_s for other in ahead)
        work_s = self._durations.synth_s(flight.engine, audio_s)
        return max(MIN_PATIENCE_S, PATIENCE_FACTOR * work_s)

    def _be_overdue(self, flight: Flight, now: float) -> None:
        if flight.state == "cancelled":
            self._table.remove(flight)
        elif flight.state == "taken":
            self._retries.on_hanging(flight, now, "the synth took too long")
        elif flight.utterance.expires_at <= now:
            self._steps.stop(flight, now, "expired", "no synth took it in time")
        else:
            self._retries.on_untaken(flight, now)

    def _try_waiting(self, flight: Flight, now: float) -> None:
        """Ask again where somebody has a free slot."""
        if flight.utterance.expires_at <= now:
            self._steps.stop(flight, now, "expired", "no synth could finish it in time")
            return
        choice = self._chooser.choose(flight.utterance, now, flight.avoid)
        if choice is None:
            return
        flight.change_engine(*choice)
        if has_speech(flight.text[flight.begins.chars :]):
            self._steps.ask_again(flight, now)
        else:
            self._steps.end(flight, now, "spoken")


def _due(flight: Flight, now: float) -> float:
    """When time alone changes something: an engine that is away is not waited for forever."""
    if flight.state == "waiting" and flight.due_at <= now:
        return min(flight.utterance.expires_at, now + CHOICE_INTERVAL_S)
    return flight.due_at
