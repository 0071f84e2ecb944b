"""What the dispatcher wants done."""

from typing import NamedTuple

from ishowtts_filter.utterance import Ended, Utterance


class Ask(NamedTuple):
    """Publish a request for a text, whose audio begins at `offset` samples."""

    utterance: Utterance
    engine: str
    voice: str
    attempt: int
    text: str
    offset: int = 0


class Cancel(NamedTuple):
    """Tell the engine's synths to stop an utterance, or only one attempt at it."""

    utterance_id: str
    engine: str
    reason: str
    attempt: int | None = None


class Reasked(NamedTuple):
    """Count that a synth did not do what it was asked."""

    cause: str


class Paused(NamedTuple):
    """A room was paused or goes on, as far as it was not known."""

    room: str
    paused: bool


Action = Ask | Cancel | Reasked | Paused | Ended
