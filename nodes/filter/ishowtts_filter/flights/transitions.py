"""What each step of a flight brings with it: slots, the room's pace, and news for others.

Pure policy: what is to be done goes into the shared `actions`.
"""

from ishowtts_filter.actions import Action, Ask, Cancel, Reasked
from ishowtts_filter.flights.circuit import Circuit
from ishowtts_filter.flights.flight import Flight, FlightTable
from ishowtts_filter.flights.pace import Paces
from ishowtts_filter.utterance import Ended
from ishowtts_schemas import Outcome

TAKEN_WITHIN_S = 2.0
CANCELLED_WITHIN_S = 2.0


class Transitions:
    """Takes flights from state to state; who decides about them is elsewhere.

    Args:
        table: The flights.
        paces: Told how much a room was promised, and what it got.
        circuit: Told what engines were given.
        actions: Where asks, cancels and ends go.
    """

    def __init__(
        self, table: FlightTable, paces: Paces, circuit: Circuit, actions: list[Action]
    ) -> None:
        self._table = table
        self._paces = paces
        self._circuit = circuit
        self._actions = actions

    def launch(self, flight: Flight, spacing_s: float, now: float) -> None:
        """Ask for the first time."""
        self.take_over(flight, spacing_s, now)
        self._ask(flight)

    def take_over(self, flight: Flight, spacing_s: float, now: float) -> None:
        """It was asked for: its room gets that much speech."""
        self._paces[flight.utterance.room].ask(flight.estimate_s, spacing_s, now)
        self._table.add(flight)

    def take(self, flight: Flight, synth: tuple[str, int], due_at: float) -> None:
        """A synth has it, and should be done by then."""
        self._table.move(flight, "taken", due_at)
        flight.taken_by = synth

    def ask_again(self, flight: Flight, now: float) -> None:
        """Ask for what was waiting for a slot."""
        self._table.move(flight, "asked", now + TAKEN_WITHIN_S)
        self._ask(flight)

    def wait(self, flight: Flight, until: float) -> None:
        """Nobody has it; from then on the same attempt may be asked for again."""
        self._circuit.on_released(flight.engine, flight.utterance.id)
        self._table.move(flight, "waiting", until)

    def begin_attempt(self, flight: Flight, now: float) -> None:
        """The attempt before is over: another one waits for a slot."""
        flight.attempt += 1
        self._table.move(flight, "waiting", now)

    def stop(self, flight: Flight, now: float, outcome: Outcome, reason: str) -> None:
        """End it here and at its synth, whose slot is free when it has confirmed."""
        was_asked = flight.state != "waiting"
        taken_by = flight.taken_by
        self.end(flight, now, outcome, reason)
        if was_asked or flight.attempt > 1:
            self.call_off(flight, reason)
        if was_asked:
            flight.state, flight.due_at = "cancelled", now + CANCELLED_WITHIN_S
            flight.taken_by = taken_by
            self._table.add(flight)

    def end(
        self, flight: Flight, now: float, outcome: Outcome, reason: str = "", audio_s: float = 0.0
    ) -> None:
        """It has its one end."""
        self._table.remove(flight)
        self._circuit.on_released(flight.engine, flight.utterance.id)
        self._paces[flight.utterance.room].settle(flight.estimate_s, audio_s, now)
        self._actions.append(Ended(flight.utterance, outcome, reason))

    def call_off(self, flight: Flight, reason: str, attempt: int | None = None) -> None:
        """Tell its synth to stop it, or only one attempt at it."""
        self._actions.append(Cancel(flight.utterance.id, flight.engine, reason, attempt))

    def count(self, cause: str) -> None:
        """A synth did not do what it was asked."""
        self._actions.append(Reasked(cause))

    def _ask(self, flight: Flight) -> None:
        begins = flight.begins
        self._circuit.on_asked(flight.engine, flight.utterance.id)
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
