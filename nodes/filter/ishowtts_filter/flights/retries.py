"""What follows when an attempt comes to nothing: another one, or the end. Pure policy."""

from ishowtts_filter.flights.circuit import Circuit
from ishowtts_filter.flights.flight import Flight
from ishowtts_filter.flights.transitions import Transitions

MAX_FAILURES = 3


class Retries:
    """Blames whom it has to, and gives flights their next attempt.

    Args:
        steps: Carries it out.
        circuit: Told of failing engines.
    """

    def __init__(self, steps: Transitions, circuit: Circuit) -> None:
        self._steps = steps
        self._circuit = circuit

    def on_fault(self, engine: str, now: float) -> None:
        """The engine failed once, however many utterances that cost."""
        if self._circuit.on_failed(engine, now):
            self._steps.count("circuit_opened")

    def on_lost(self, flight: Flight, now: float, cause: str, reason: str) -> None:
        """Its synth will not finish it; the player leaves out what listeners have heard."""
        self._blame(flight, cause)
        if flight.failures < MAX_FAILURES:
            self._steps.begin_attempt(flight, now)
        else:
            self._steps.end(flight, now, "failed", _exhausted(reason))

    def on_hanging(self, flight: Flight, now: float, reason: str) -> None:
        """Its synth hangs: that attempt is called off, and another one speaks."""
        self.on_fault(flight.engine, now)
        if flight.failures + 1 < MAX_FAILURES:
            self._steps.call_off(flight, reason, flight.attempt)
            self.on_lost(flight, now, "watchdog", reason)
        else:
            self._blame(flight, "watchdog")
            self._steps.stop(flight, now, "failed", _exhausted(reason))

    def on_untaken(self, flight: Flight, now: float) -> None:
        """No synth answered: nobody is to blame the first time."""
        # The answer may have been lost, and not the request: both may be speaking soon.
        self._steps.count("untaken")
        self._steps.call_off(flight, "nobody took it in time", flight.attempt)
        if flight.attempt > 1:
            flight.avoid = flight.engine
        self._circuit.on_released(flight.engine, flight.utterance.id)
        self._steps.begin_attempt(flight, now)

    def _blame(self, flight: Flight, cause: str) -> None:
        """Once is an accident; an engine that hangs, or fails again, is not asked for it next."""
        self._steps.count(cause)
        flight.failures += 1
        if cause == "watchdog" or flight.failures > 1:
            flight.avoid = flight.engine


def _exhausted(reason: str) -> str:
    return f"{reason} ({MAX_FAILURES} attempts)"
