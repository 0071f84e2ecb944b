"""Messages that came again: whoever sent one again is told again what became of it."""

import asyncio

import msgspec

from ishowtts_bus import Counters
from ishowtts_filter.journal import entries
from ishowtts_filter.journal.group_commit import Saved
from ishowtts_filter.journal.journal import Journal
from ishowtts_filter.journal.records import Known
from ishowtts_filter.reports import ChatReports

AT_ONCE = 100
PAUSE_S = 0.1


class RepeatAnswers:
    """Looks up what was decided and tells it, a bounded number at a time.

    A message that came often is answered once each time; a flood of repeats costs one look into
    the journal in `PAUSE_S`, and what is beyond `AT_ONCE` stays without an answer.

    Args:
        journal: Knows what was decided.
        reports: Tells.
        counters: The node's.
    """

    def __init__(self, journal: Journal, reports: ChatReports, counters: Counters) -> None:
        self._journal = journal
        self._reports = reports
        self._counters = counters
        self._asked: dict[str, None] = {}
        self._news = asyncio.Event()

    def on_repeat(self, utterance_id: str) -> Saved:
        """A message came again.

        Returns:
            What resolves when that is written.
        """
        self._reports.repeated()
        saved = self._journal.repeat(utterance_id)
        # By then its own row is written as well, should it have come a moment ago.
        saved.add_done_callback(lambda _: self._ask(utterance_id))
        return saved

    def _ask(self, utterance_id: str) -> None:
        if len(self._asked) >= AT_ONCE and utterance_id not in self._asked:
            self._counters.add("filter_unanswered_repeats_total")
            return
        self._asked[utterance_id] = None
        self._news.set()

    async def answer_forever(self) -> None:
        """Answer, for the node's life."""
        while True:
            await self._news.wait()
            self._news.clear()
            asked, self._asked = list(self._asked), {}
            for known in await self._journal.known(asked):
                self._answer(known)
            await asyncio.sleep(PAUSE_S)

    def _answer(self, known: Known) -> None:
        if known.utterance is None:
            self._reports.tell(known.news)
            return
        try:
            utterance = entries.utterance(known.utterance)
        except msgspec.DecodeError:
            return
        self._reports.accepted(utterance, again=True)
