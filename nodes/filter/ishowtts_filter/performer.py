"""Does what the dispatcher wants done: publishes, writes down, and tells, in this order."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from ishowtts_bus import Counters, Outbox
from ishowtts_filter.actions import Action, Ask, Cancel, Paused, Reasked
from ishowtts_filter.journal import entries
from ishowtts_filter.journal.group_commit import Saved
from ishowtts_filter.journal.journal import Journal
from ishowtts_filter.journal.records import End
from ishowtts_filter.reports import ChatReports
from ishowtts_filter.utterance import Ended
from ishowtts_schemas import SpeechCancel, SpeechRequest
from ishowtts_schemas.topics import SPEECH_CANCEL, SPEECH_REQUEST


class ActionPerformer:
    """Carries out actions. A request leaves at once; an end is told when its row is safe.

    Args:
        speech: Requests and cancels on their way to the synths.
        journal: Where asks, pauses and ends are written.
        reports: Who tells of ends.
        counters: The node's.
        clock_ns: Wall clock.
        has_profile: Whether an engine has a profile.
    """

    def __init__(
        self,
        speech: Outbox,
        journal: Journal,
        reports: ChatReports,
        counters: Counters,
        clock_ns: Callable[[], int],
        has_profile: Callable[[str, str], bool],
    ) -> None:
        self._speech = speech
        self._journal = journal
        self._reports = reports
        self._counters = counters
        self._clock_ns = clock_ns
        self._has_profile = has_profile

    def perform(self, actions: Iterable[Action], now: float) -> Saved | None:
        """Do all of it.

        Returns:
            What resolves when the last of it that must not be forgotten is written; None where
            nothing must.
        """
        saved: Saved | None = None
        for action in actions:
            if isinstance(action, Ask):
                self._ask(action, now)
            elif isinstance(action, Cancel):
                self._cancel(action)
            elif isinstance(action, Reasked):
                self._counters.add("filter_reasked_total", cause=action.cause)
            elif isinstance(action, Paused):
                saved = self._journal.pause(action.room, paused=action.paused)
            else:
                saved = self._end(action)
        return saved

    def _ask(self, ask: Ask, now: float) -> None:
        utterance = ask.utterance
        request = SpeechRequest(
            utterance_id=utterance.id,
            room=utterance.room,
            text=ask.text,
            offset=ask.offset,
            voice=ask.voice,
            deadline_at_ns=self._clock_ns() + round((utterance.expires_at - now) * 1e9),
            priority=utterance.priority,
            attempt=ask.attempt,
            options=self._options(ask),
            message_id=utterance.message_id,
            author=utterance.author or None,
            display_text=utterance.display_text,
        )
        self._speech.put(SPEECH_REQUEST, request, engine=ask.engine)
        for asked in entries.asked(ask, self._clock_ns()):
            self._journal.asked(asked)

    def _options(self, ask: Ask) -> dict[str, str | int | float | bool]:
        """A stand-in for the wanted engine need not have its profile."""
        profile = ask.utterance.profile
        if profile is None or not self._has_profile(ask.engine, profile):
            return {}
        return {"profile": profile}

    def _cancel(self, cancel: Cancel) -> None:
        message = SpeechCancel(
            utterance_id=cancel.utterance_id, reason=cancel.reason, attempt=cancel.attempt
        )
        self._speech.put(SPEECH_CANCEL, message, engine=cancel.engine)

    def _end(self, ended: Ended) -> Saved:
        end = End(
            utterance_id=ended.utterance.id,
            outcome=ended.outcome,
            reason=ended.reason,
            ended_at_ns=self._clock_ns(),
        )
        saved = self._journal.end(end)
        saved.add_done_callback(partial(self._on_saved, ended))
        return saved

    def _on_saved(self, ended: Ended, _saved: "asyncio.Future[bool]") -> None:
        self._reports.ended(ended)
