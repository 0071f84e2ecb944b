"""What synths say: who is there, and how far they are."""

from collections.abc import Awaitable, Callable
from typing import Any

from ishowtts_bus import Received
from ishowtts_filter.dispatch.dispatcher import Dispatcher
from ishowtts_filter.journal import entries
from ishowtts_filter.journal.journal import Journal
from ishowtts_filter.pump import Pump
from ishowtts_schemas import (
    NodeInfo,
    NodeState,
    SpeechFailed,
    SpeechPart,
    SpeechProgress,
    SpeechTaken,
)


class SynthDesk:
    """Hears synths.

    Args:
        journal: Where it is written who has what.
        dispatcher: Draws the conclusions.
        pump: Does what the dispatcher wants done.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        journal: Journal,
        dispatcher: Dispatcher,
        pump: Pump,
        clock: Callable[[], float],
    ) -> None:
        self._journal = journal
        self._dispatcher = dispatcher
        self._pump = pump
        self._clock = clock

    def on_progress(self, received: Received[SpeechProgress]) -> Awaitable[Any] | None:
        """A synth took an utterance, came to a clause, or is done."""
        progress = received.message
        if isinstance(progress, SpeechPart):
            self._on_part(progress)
            return None
        if not isinstance(progress, SpeechTaken):
            self._dispatcher.on_done(progress, self._clock())
            return self._pump.handle()
        self._dispatcher.on_taken(progress, self._clock())
        self._journal.taken(entries.taken(progress))
        # That frees no slot: most often there is nothing to be done.
        return self._pump.handle() if self._dispatcher.unheard else None

    def _on_part(self, part: SpeechPart) -> None:
        self._dispatcher.on_part(part)
        if part.chars:
            self._journal.reached(entries.reached(part))

    def on_failed(self, received: Received[SpeechFailed]) -> Awaitable[Any] | None:
        """A synth could not speak it."""
        self._dispatcher.on_failed(received.message, self._clock())
        return self._pump.handle()

    def on_state(self, received: Received[NodeState]) -> Awaitable[Any] | None:
        """A synth came, went or was replaced."""
        self._dispatcher.on_synth_state(received.message, self._clock())
        return self._pump.handle()

    def on_info(self, received: Received[NodeInfo]) -> Awaitable[Any] | None:
        """A synth said what it can do."""
        self._dispatcher.on_synth_info(received.message)
        return self._pump.handle()
