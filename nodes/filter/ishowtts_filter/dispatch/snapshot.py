"""The queue as `ishowtts status` shows it."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from ishowtts_filter.dispatch.queue import SpeechQueue
from ishowtts_filter.flights.flight import Flight
from ishowtts_filter.flights.pace import Paces
from ishowtts_filter.utterance import Utterance

SHOWN_WAITING = 20
SHOWN_ROOMS = 50


def take_snapshot(
    queue: SpeechQueue, flights: Iterable[Flight], paces: Paces, now: float
) -> dict[str, Any]:
    """What waits and what is being spoken, as plain values and bounded."""
    rooms = {
        room: {
            "waiting": queue.depths.get(room, 0),
            "backlog_ms": round(pace.backlog_s(now) * 1000),
            "paused": pace.paused,
        }
        for room, pace in islice(reversed(paces.items()), SHOWN_ROOMS)
    }
    return {
        "waiting_total": len(queue),
        "waiting": [_describe(utterance) for utterance in islice(queue, SHOWN_WAITING)],
        "in_flight": [_describe_flight(flight) for flight in flights],
        "rooms": rooms,
    }


def _describe(utterance: Utterance) -> dict[str, Any]:
    return {
        "utterance_id": utterance.id,
        "message_id": utterance.message_id,
        "room": utterance.room,
        "author": utterance.author,
        "text": utterance.display_text,
        "priority": utterance.priority,
    }


def _describe_flight(flight: Flight) -> dict[str, Any]:
    return _describe(flight.utterance) | {
        "engine": flight.engine,
        "voice": flight.voice,
        "state": flight.state,
        "attempt": flight.attempt,
    }
