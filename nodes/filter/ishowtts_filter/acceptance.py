"""Messages that are to be spoken: accepted now, or by the last filter."""

from collections.abc import Callable
from functools import partial

import msgspec

from ishowtts_filter.dispatch.dispatcher import Dispatcher
from ishowtts_filter.journal import entries
from ishowtts_filter.journal.group_commit import Saved
from ishowtts_filter.journal.journal import Journal
from ishowtts_filter.journal.records import OpenRow, Remembered
from ishowtts_filter.pump import Pump
from ishowtts_filter.reports import ChatReports
from ishowtts_filter.utterance import Utterance
from ishowtts_schemas import ChatMessage


class Acceptance:
    """Gives messages to the dispatcher when their rows are safe, all of a transaction at once.

    Args:
        journal: Where the rows go.
        dispatcher: Takes what is accepted.
        reports: Tells.
        pump: Does what the dispatcher wants done.
        clock: Monotonic seconds.
        clock_ns: Wall clock.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        dispatcher: Dispatcher,
        reports: ChatReports,
        pump: Pump,
        clock: Callable[[], float],
        clock_ns: Callable[[], int],
    ) -> None:
        self._journal = journal
        self._dispatcher = dispatcher
        self._reports = reports
        self._pump = pump
        self._clock = clock
        self._clock_ns = clock_ns
        self._saving: Saved | None = None
        self._unsaved: list[Utterance] = []

    def accept(self, message: ChatMessage, utterance: Utterance) -> Saved:
        """A message is to be spoken; until its row is safe it can only be called off."""
        left_s = utterance.expires_at - self._clock()
        self._dispatcher.expect(utterance)
        row = entries.accepted(message, utterance, left_s, self._clock_ns())
        saved = self._journal.record(row)
        if saved is not self._saving:
            self._saving, self._unsaved = saved, []
            saved.add_done_callback(partial(self._admit, self._unsaved))
        self._unsaved.append(utterance)
        return saved

    def restore(self, past: Remembered) -> None:
        """Go on with what the last filter had accepted."""
        now, now_ns = self._clock(), self._clock_ns()
        for room in past.paused:
            self._dispatcher.restore_pause(room, now)
        for row in past.open:
            self._restore(row, past, now, now_ns)

    def _admit(self, utterances: list[Utterance], _saved: Saved) -> None:
        """They are accepted: from here each has exactly one end."""
        for utterance in utterances:
            if self._dispatcher.full:
                # Those before it may go to a synth first, and make room.
                self._pump.run()
            self._dispatcher.submit(utterance, self._clock())
        self._pump.run()
        for utterance in utterances:
            self._reports.accepted(utterance)

    def _restore(self, row: OpenRow, past: Remembered, now: float, now_ns: int) -> None:
        try:
            utterance = entries.restored(row, past.paused, now, now_ns)
        except msgspec.DecodeError as error:
            self._journal.end(entries.unreadable(row, str(error), now_ns))
            return
        if row.asked is None:
            self._dispatcher.restore(utterance, now)
            self._reports.accepted(utterance, again=True)
        elif row.asked.carrier is not None:
            self._dispatcher.restore_merged(utterance, row.asked.carrier, now)
        else:
            self._dispatcher.restore_flight(utterance, row.asked, row.taken, now, row.reached)
