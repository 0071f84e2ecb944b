"""Utterances that were given to synths, until they end.

Pure bookkeeping: who has what, how many slots are taken, what is overdue, what was spoken.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from msgspec import Struct

from ishowtts_filter.utterance import Utterance

INFINITY = float("inf")

FlightState = Literal["asked", "taken", "waiting", "cancelled"]
"""`asked`: published, no synth has answered. `taken`: a synth has it. `waiting`: to be asked
again when a slot is free. `cancelled`: already ended, its synth has not confirmed."""


class Place(NamedTuple):
    """A point in an utterance: so many characters of its text, and the samples they took."""

    chars: int = 0
    samples: int = 0


class Flight(Struct):
    """One utterance on its way.

    Attributes:
        text: All that is to be spoken; every attempt speaks it, or the rest of it.
        due_at: When its state is overdue; for `waiting`, when it may be asked again.
        attempt: Number of the request; a request that nobody took has one too.
        failures: Attempts that a synth began and did not finish.
        taken_by: Instance and incarnation.
        begins: Where the present attempt begins.
        spoken: How far the engines have come, in whole clauses.
        avoid: The engine that failed with it last.
    """

    utterance: Utterance
    engine: str
    voice: str
    text: str
    estimate_s: float
    due_at: float
    attempt: int = 1
    failures: int = 0
    state: FlightState = "asked"
    taken_by: tuple[str, int] | None = None
    begins: Place = Place()
    spoken: Place = Place()
    avoid: str | None = None

    def change_engine(self, engine: str, voice: str) -> None:
        """Another voice goes on where the last one began a clause.

        The same engine repeats all of it in the same time; another one would not, so what was
        heard must not be in its text.
        """
        if engine != self.engine:
            self.begins = self.spoken
        self.engine, self.voice = engine, voice


class FlightTable:
    """Flights by utterance id, bounded by the synths' slots.

    Attributes:
        soonest: No flight is due before; it may be too early, never too late.
        waiting: Flights that wait for a slot.
        ended: Flights that have ended and still take one.
    """

    def __init__(self) -> None:
        self.soonest = INFINITY
        self.waiting = 0
        self.ended = 0
        self._flights: dict[str, Flight] = {}
        self._busy: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def __iter__(self) -> Iterator[Flight]:
        """A snapshot, so that flights may be changed on the way."""
        return iter(list(self._flights.values()))

    def get(self, utterance_id: str) -> Flight | None:
        return self._flights.get(utterance_id)

    def busy(self, engine: str) -> int:
        """Slots of the engine that are taken."""
        return self._busy.get(engine, 0)

    def add(self, flight: Flight) -> None:
        self._flights[flight.utterance.id] = flight
        self._count(flight, 1)

    def move(self, flight: Flight, state: FlightState, due_at: float) -> None:
        """Change the state, and with it the slots that are taken."""
        self._count(flight, -1)
        flight.state, flight.due_at = state, due_at
        if state in ("asked", "waiting"):
            flight.taken_by = None
        self._count(flight, 1)

    def remove(self, flight: Flight) -> None:
        if self._flights.pop(flight.utterance.id, None) is not None:
            self._count(flight, -1)

    def _count(self, flight: Flight, change: int) -> None:
        if flight.state == "waiting":
            self.waiting += change
        else:
            self._busy[flight.engine] = self._busy.get(flight.engine, 0) + change
        if flight.state == "cancelled":
            self.ended += change
        self.soonest = min(self.soonest, flight.due_at)
