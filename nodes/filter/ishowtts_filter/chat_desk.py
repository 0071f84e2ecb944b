"""Where messages are read and written down, and where those of the last filter come back."""

from collections.abc import Callable
from typing import Any

import msgspec

from ishowtts_filter.dispatch.dispatcher import Dispatcher
from ishowtts_filter.intake import Intake, Refusal, Repeat
from ishowtts_filter.journal import entries
from ishowtts_filter.journal.group_commit import Saved
from ishowtts_filter.journal.journal import Journal
from ishowtts_filter.journal.records import OpenRow, Remembered
from ishowtts_filter.orders import OrderPerformer
from ishowtts_filter.reports import ChatReports
from ishowtts_filter.utterance import Utterance
from ishowtts_schemas import ChatMessage


class ChatDesk:
    """A message is accepted or rejected when its row is safe, in the order of arrival.

    Args:
        intake: Decides.
        journal: Where the row goes.
        dispatcher: Takes what is accepted.
        reports: Tells.
        orders: Carries out chat commands.
        pump: Does what the dispatcher wants done.
        clock: Monotonic seconds.
        clock_ns: Wall clock.
    """

    def __init__(
        self,
        *,
        intake: Intake,
        journal: Journal,
        dispatcher: Dispatcher,
        reports: ChatReports,
        orders: OrderPerformer,
        pump: Callable[[], Any],
        clock: Callable[[], float],
        clock_ns: Callable[[], int],
    ) -> None:
        self._intake = intake
        self._journal = journal
        self._dispatcher = dispatcher
        self._reports = reports
        self._orders = orders
        self._pump = pump
        self._clock = clock
        self._clock_ns = clock_ns

    def restore(self, past: Remembered) -> None:
        """Go on where the last filter was."""
        now, now_ns = self._clock(), self._clock_ns()
        self._intake.recall(past, now, now_ns)
        for room in past.paused:
            self._dispatcher.restore_pause(room, now)
        for news in past.untold:
            self._reports.tell(news)
        for row in past.open:
            self._restore(row, past, now, now_ns)

    def read(self, message: ChatMessage) -> Saved:
        """Decide on a message.

        Returns:
            What resolves when the decision is safe.
        """
        now_ns = self._clock_ns()
        decision = self._intake.read(message, self._clock(), now_ns)
        if isinstance(decision, Repeat):
            self._reports.repeated()
            return self._journal.repeat(decision.utterance_id)
        if isinstance(decision, Refusal):
            return self._refuse(message, decision, now_ns)
        return self._accept(message, decision, now_ns)

    def _restore(self, row: OpenRow, past: Remembered, now: float, now_ns: int) -> None:
        try:
            utterance = entries.restored(row, past.paused, now, now_ns)
        except msgspec.DecodeError as error:
            self._journal.end(entries.unreadable(row, str(error), now_ns))
            return
        if row.asked is not None and row.asked.carrier is not None:
            self._dispatcher.restore_merged(utterance, row.asked.carrier, now)
        elif row.asked is not None:
            self._dispatcher.restore_flight(utterance, row.asked, row.taken, now)
        else:
            self._dispatcher.restore(utterance, now)
            self._reports.accepted(utterance, again=True)

    def _refuse(self, message: ChatMessage, refusal: Refusal, now_ns: int) -> Saved:
        if refusal.effects:
            self._orders.perform(refusal.effects, self._clock())
            self._pump()
        arrival = entries.rejected(message, refusal.rule, refusal.reason, now_ns)
        saved = self._journal.record(arrival)
        saved.add_done_callback(
            lambda _: self._reports.rejected(message, refusal, arrival.utterance_id)
        )
        return saved

    def _accept(self, message: ChatMessage, utterance: Utterance, now_ns: int) -> Saved:
        left_s = utterance.expires_at - self._clock()
        self._dispatcher.expect(utterance)
        saved = self._journal.record(entries.accepted(message, utterance, left_s, now_ns))
        saved.add_done_callback(lambda _: self._admit(utterance))
        return saved

    def _admit(self, utterance: Utterance) -> None:
        """The message is accepted: from here it has exactly one end."""
        self._dispatcher.submit(utterance, self._clock())
        self._pump()
        self._reports.accepted(utterance)
