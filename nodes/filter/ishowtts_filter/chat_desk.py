"""Where messages are read, decided about, and written down."""

from collections.abc import Callable

from ishowtts_filter.acceptance import Acceptance
from ishowtts_filter.intake import Intake, Refusal, Repeat
from ishowtts_filter.journal import entries
from ishowtts_filter.journal.group_commit import Saved
from ishowtts_filter.journal.journal import Journal
from ishowtts_filter.journal.records import Remembered
from ishowtts_filter.orders import OrderPerformer
from ishowtts_filter.repeats import RepeatAnswers
from ishowtts_filter.reports import ChatReports
from ishowtts_schemas import ChatMessage


class ChatDesk:
    """A message is accepted or rejected when its row is safe, in the order of arrival.

    Args:
        intake: Decides.
        journal: Where rejections are written.
        acceptance: Takes what is to be spoken.
        repeats: Answers what came again.
        orders: Carries out chat commands.
        reports: Tells.
        clock: Monotonic seconds.
        clock_ns: Wall clock.
    """

    def __init__(
        self,
        *,
        intake: Intake,
        journal: Journal,
        acceptance: Acceptance,
        repeats: RepeatAnswers,
        orders: OrderPerformer,
        reports: ChatReports,
        clock: Callable[[], float],
        clock_ns: Callable[[], int],
    ) -> None:
        self._intake = intake
        self._journal = journal
        self._acceptance = acceptance
        self._repeats = repeats
        self._orders = orders
        self._reports = reports
        self._clock = clock
        self._clock_ns = clock_ns

    def restore(self, past: Remembered) -> None:
        """Go on where the last filter was."""
        self._intake.recall(past, self._clock(), self._clock_ns())
        for news in past.untold:
            self._reports.tell(news)
        self._acceptance.restore(past)

    def read(self, message: ChatMessage) -> Saved:
        """Decide on a message.

        Returns:
            What resolves when the decision is safe.
        """
        decision = self._intake.read(message, self._clock(), self._clock_ns())
        if isinstance(decision, Repeat):
            return self._repeats.on_repeat(decision.utterance_id)
        if isinstance(decision, Refusal):
            return self._refuse(message, decision)
        return self._acceptance.accept(message, decision)

    def _refuse(self, message: ChatMessage, refusal: Refusal) -> Saved:
        self._orders.perform(refusal.effects, self._clock())
        row = entries.rejected(message, refusal.rule, refusal.reason, self._clock_ns())
        saved = self._journal.record(row)
        saved.add_done_callback(
            lambda _: self._reports.rejected(message, refusal, row.utterance_id)
        )
        return saved
