"""The journal as the filter uses it: what happened to messages goes in and is not forgotten."""

import asyncio
import logging
import sqlite3
from functools import partial

from ishowtts_filter.journal.group_commit import GroupCommit, Saved
from ishowtts_filter.journal.lock import LockedError
from ishowtts_filter.journal.records import (
    Arrival,
    Asked,
    End,
    Known,
    Pause,
    Reached,
    Remembered,
    Taken,
)
from ishowtts_filter.journal.schema import NewerJournalError
from ishowtts_filter.journal.store import JournalStore
from ishowtts_filter.preferences import Preference
from ishowtts_schemas import ChatModeration

_LOG = logging.getLogger("ishowtts.filter")

PRUNE_INTERVAL_S = 60.0
PRUNE_PAUSE_S = 0.2


class JournalRefusedError(Exception):
    """The file is not for this process; the text says why and what to do."""


class Journal(GroupCommit):
    """Writes down what must outlive this process.

    What nobody waits for (who was asked, who was told) waits a moment for company.
    """

    async def open(self) -> Remembered:
        """Open the file and read what the last filter left; nothing where it cannot be read.

        Raises:
            JournalRefusedError: Another filter writes it, or a later release did.
        """
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, self._store.open, self._clock_ns())
        except (LockedError, NewerJournalError) as error:
            raise JournalRefusedError(_refusal(self._store, error)) from None
        except (sqlite3.Error, OSError) as error:
            self._set_trouble(error)
            return Remembered([], [], [], [], {})

    async def known(self, utterance_ids: list[str]) -> list[Known]:
        """What was decided about messages; nothing where the file cannot be read."""
        look = partial(self._store.known, utterance_ids)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, look)
        except (sqlite3.Error, OSError) as error:
            _LOG.warning("could not read the journal: %s", error)
            return []

    def record(self, arrival: Arrival) -> Saved:
        """A message was decided about.

        Returns:
            Whether its row is safe; False where the journal is in trouble and the show goes on.
        """
        self._batch.record(arrival)
        return self._soon()

    def end(self, end: End) -> Saved:
        """An accepted message has its end."""
        self._batch.ended.setdefault(end.utterance_id, end)
        return self._soon()

    def moderate(self, moderation: ChatModeration) -> Saved:
        """Something was deleted that may come later."""
        self._batch.moderate(moderation, self._clock_ns())
        return self._soon()

    def pause(self, room: str, *, paused: bool) -> Saved:
        """A room was paused or goes on."""
        self._batch.pauses.append(Pause(room=room, at_ns=self._clock_ns(), paused=paused))
        return self._soon()

    def prefer(self, preference: Preference) -> Saved:
        """Something was chosen in chat."""
        self._batch.prefer(preference)
        return self._soon()

    def repeat(self, utterance_id: str) -> Saved:
        """A message came again."""
        self._batch.repeat(utterance_id)
        return self._soon()

    def asked(self, asked: Asked) -> None:
        """A synth was asked."""
        self._batch.ask(asked)
        self._sometime()

    def taken(self, taken: Taken) -> None:
        """A synth has it."""
        self._batch.taken[taken.utterance_id] = taken
        self._sometime()

    def reached(self, reached: Reached) -> None:
        """It has come to a later clause."""
        self._batch.reached[reached.utterance_id] = reached
        self._sometime()

    def told(self, utterance_id: str) -> None:
        """The bus has the news of its rejection or its end."""
        self._batch.told[utterance_id] = None
        self._sometime()

    async def tend(self) -> None:
        """Remove what is too old or too much, a little at a time, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            removed = 0
            if not self.trouble:
                try:
                    prune = partial(self._store.prune, self._clock_ns())
                    removed = await loop.run_in_executor(self._executor, prune)
                except (sqlite3.Error, OSError) as error:
                    _LOG.warning("could not prune the journal: %s", error)
            self._counters.add("filter_journal_pruned_total", removed)
            await asyncio.sleep(PRUNE_PAUSE_S if removed else PRUNE_INTERVAL_S)


def _refusal(store: JournalStore, error: Exception) -> str:
    if isinstance(error, LockedError):
        return f"{error}: {store.path}; start this filter with another --instance"
    return str(error)
