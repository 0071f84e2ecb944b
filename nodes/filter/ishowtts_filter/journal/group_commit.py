"""Group commit: what comes while one transaction is written goes into the next."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

from ishowtts_bus import Counters
from ishowtts_filter.journal.batch import Batch
from ishowtts_filter.journal.store import JournalStore

_LOG = logging.getLogger("ishowtts.filter")

LAZY_S = 0.02
STALL_S = 5.0
RETRY_S = 1.0
SETTLE_TIMEOUT_S = 2.0
MAX_UNSAVED = 20_000

Saved = asyncio.Future[bool]
"""Whether what was changed is in the file; shared by all of a transaction, not to be cancelled."""


class GroupCommit:
    """Writes batches in a thread, one at a time; nothing here blocks the event loop.

    While the file cannot be written, everything is kept in memory and is not waited for;
    `trouble` says so, and it is written when that works again.

    Args:
        store: The file.
        counters: Where commits and failures are counted.
        executor: Where it is written; None for a thread of its own.
        clock_ns: Wall clock.

    Attributes:
        trouble: What is wrong, for a person; empty while all is well.
        on_trouble: Called when that changes.
    """

    def __init__(
        self,
        store: JournalStore,
        counters: Counters,
        executor: Executor | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.trouble = ""
        self.on_trouble: Callable[[], None] = _do_nothing
        self._store = store
        self._counters = counters
        self._executor = executor or ThreadPoolExecutor(1, "journal")
        self._clock_ns = clock_ns
        self._batch = Batch()
        self._saved: Saved | None = None
        self._running: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._began_s = 0.0
        self._idle = asyncio.Event()

    @property
    def lasting(self) -> bool:
        """Whether what is open now will be found again by the next filter."""
        return self._store.path is not None and not self.trouble

    async def settle(self) -> None:
        """Wait, bounded, until all is written that can be."""
        try:
            await asyncio.wait_for(self._settle(), SETTLE_TIMEOUT_S)
        except asyncio.TimeoutError:
            _LOG.warning("the disk does not answer; the journal may lack the latest changes")

    async def close(self) -> None:
        """Write what is left, and let go of the file."""
        await self.settle()
        if self._batch:
            _LOG.warning("%d changes were not written to the journal", len(self._batch))
        for timer in (self._timer, self._stall):
            if timer is not None:
                timer.cancel()
        closing = asyncio.get_running_loop().run_in_executor(self._executor, self._store.close)
        await asyncio.wait([closing], timeout=SETTLE_TIMEOUT_S)
        self._executor.shutdown(wait=False)

    async def _settle(self) -> None:
        self._flush()
        while self._running is not None or (self._batch and not self.trouble):
            self._idle.clear()
            await self._idle.wait()
            self._flush()

    def _soon(self) -> Saved:
        loop = asyncio.get_running_loop()
        if self.trouble:
            unsaved: Saved = loop.create_future()
            unsaved.set_result(False)
            self._keep_in_bounds()
            self._sometime()
            return unsaved
        if self._saved is None:
            self._saved = loop.create_future()
            if self._running is None:
                # Whatever else this turn of the loop brings goes along.
                loop.call_soon(self._flush)
        return self._saved

    def _sometime(self) -> None:
        if self._timer is None and self._running is None:
            delay_s = RETRY_S if self.trouble else LAZY_S
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._flush()

    def _flush(self) -> None:
        """Write what there is, unless that is being done."""
        if self._running is not None or not self._batch:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._batch = self._batch, Batch()
        saved, self._saved = self._saved, None
        loop = asyncio.get_running_loop()
        self._began_s = loop.time()
        self._stall = loop.call_later(STALL_S, self._on_stall, saved)
        self._running = loop.run_in_executor(self._executor, self._store.commit, batch)
        self._running.add_done_callback(partial(self._on_committed, batch, saved))

    def _on_stall(self, saved: Saved | None) -> None:
        """A disk that does not answer holds up nobody; the write goes on."""
        self._set_trouble(TimeoutError("the disk does not answer"))
        self._give_up(saved)

    def _on_committed(
        self, batch: Batch, saved: Saved | None, running: "asyncio.Future[None]"
    ) -> None:
        self._running = None
        if self._stall is not None:
            self._stall.cancel()
        error = asyncio.CancelledError() if running.cancelled() else running.exception()
        if error is None:
            self._on_saved(saved)
        else:
            self._on_failed(batch, saved, error)
        self._idle.set()

    def _on_saved(self, saved: Saved | None) -> None:
        took_s = asyncio.get_running_loop().time() - self._began_s
        self._counters.add("filter_journal_commits_total")
        self._counters.add("filter_journal_commit_ms_total", 1000 * took_s)
        if self.trouble:
            self._set_trouble(None)
        _resolve(saved, result=True)
        if self._saved is not None:
            self._flush()
        elif self._batch:
            self._sometime()

    def _on_failed(self, batch: Batch, saved: Saved | None, error: BaseException) -> None:
        batch.extend(self._batch)
        self._batch = batch
        if not isinstance(error, sqlite3.DatabaseError) or not self._replace(error):
            self._set_trouble(error)
        self._give_up(saved)
        self._keep_in_bounds()
        self._sometime()

    def _replace(self, error: sqlite3.DatabaseError) -> bool:
        try:
            return self._store.replace_damaged(error)
        except OSError:
            return False

    def _give_up(self, saved: Saved | None) -> None:
        """Nobody waits for this transaction any more, nor for the next one."""
        following, self._saved = self._saved, None
        _resolve(saved, result=False)
        _resolve(following, result=False)

    def _keep_in_bounds(self) -> None:
        lost = self._batch.shrink(MAX_UNSAVED)
        if lost:
            self._counters.add("filter_journal_lost_total", lost)
        self._counters.set("filter_journal_unsaved", len(self._batch))

    def _set_trouble(self, error: BaseException | None) -> None:
        trouble = "" if error is None else f"the journal cannot be written: {error}"
        if error is not None:
            self._counters.add("filter_journal_errors_total")
        else:
            self._counters.set("filter_journal_unsaved", 0)
        if trouble != self.trouble:
            _LOG.warning("%s", trouble or "the journal can be written again")
            self.trouble = trouble
            self.on_trouble()


def _resolve(saved: Saved | None, *, result: bool) -> None:
    if saved is not None and not saved.done():
        saved.set_result(result)


def _do_nothing() -> None:
    pass
