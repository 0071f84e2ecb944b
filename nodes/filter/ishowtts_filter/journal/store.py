"""The journal's file: everything that blocks. Used by one thread at a time."""

import logging
import sqlite3
import time
from pathlib import Path

from ishowtts_filter.journal.batch import Batch
from ishowtts_filter.journal.lock import FileLock
from ishowtts_filter.journal.records import Known, Remembered
from ishowtts_filter.journal.recovery import forget_moderation, read_known, read_remembered
from ishowtts_filter.journal.schema import connect
from ishowtts_filter.journal.statements import apply

_LOG = logging.getLogger("ishowtts.filter")

IN_MEMORY = ":memory:"
LOCK_PATIENCE_S = 2.0
LOCK_RETRY_S = 0.05
PRUNE_ROWS = 200
VACUUM_PAGES = 64
DAY_NS = 86_400 * 1_000_000_000
MIB = 1 << 20


_PRUNE = """
DELETE FROM message WHERE seq IN (
    SELECT seq FROM (
        SELECT seq, decided_at_ns FROM message
        WHERE state = 'ended' AND seq < (SELECT max(seq) FROM message) ORDER BY seq LIMIT :rows)
    WHERE decided_at_ns < :before_ns OR :all)
"""


class JournalStore:
    """One SQLite file in WAL mode; a commit that returned survives a loss of power.

    Args:
        path: The file; None keeps everything in memory.
        keep_days: Ended messages older than that go.
        max_bytes: The oldest go where the file would be larger.
    """

    def __init__(self, path: Path | None, keep_days: float, max_bytes: int) -> None:
        self.path = path
        self._keep_ns = round(keep_days * DAY_NS)
        self._max_bytes = max_bytes
        self._lock = None if path is None else FileLock(path.with_suffix(".lock"))
        self._connection: sqlite3.Connection | None = None

    def open(self, now_ns: int) -> Remembered:
        """Open or make the file, and read what the last filter left.

        A damaged file is moved aside.

        Raises:
            LockedError: Another filter writes it.
            NewerJournalError: It is from a later release.
            sqlite3.Error, OSError: It cannot be read or written now.
        """
        self._acquire_lock()
        try:
            return read_remembered(self._open(), now_ns)
        except sqlite3.DatabaseError as error:
            if not self.replace_damaged(error):
                raise
            return read_remembered(self._open(), now_ns)

    def commit(self, batch: Batch) -> None:
        """Write a batch, all of it or nothing.

        Raises:
            LockedError, NewerJournalError, sqlite3.Error, OSError: Nothing was written.
        """
        if self._connection is None:
            self._acquire_lock()
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        try:
            apply(connection, batch)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def known(self, utterance_ids: list[str]) -> list[Known]:
        """What was decided about messages, as far as it is written.

        Raises:
            sqlite3.Error, OSError: It cannot be read now.
        """
        return read_known(self._open(), utterance_ids)

    def prune(self, now_ns: int) -> int:
        """Remove some of what is too old or too much; how many rows. Never what is open."""
        connection = self._open()
        forget_moderation(connection, now_ns)
        facts = {"before_ns": now_ns - self._keep_ns, "rows": PRUNE_ROWS}
        facts["all"] = self._size(connection) > self._max_bytes
        removed = connection.execute(_PRUNE, facts).rowcount
        connection.execute(f"PRAGMA incremental_vacuum({VACUUM_PAGES})").fetchall()
        return removed

    def replace_damaged(self, error: sqlite3.DatabaseError) -> bool:
        """Move a damaged file aside, so that the next use makes a new one; whether it was that."""
        # Its subclasses are about disks, locks and constraints; damage is the class itself.
        if type(error) is not sqlite3.DatabaseError or self.path is None:
            return False
        self._close_connection()
        aside = self.path.with_name(f"{self.path.name}.damaged-{time.time_ns()}")
        for suffix in ("", "-wal", "-shm"):
            file = Path(f"{self.path}{suffix}")
            if file.exists():
                file.rename(f"{aside}{suffix}")
        _LOG.warning("the journal is damaged (%s); it is now %s, a new one begins", error, aside)
        return True

    def close(self) -> None:
        """Close the file, and let others write it."""
        self._close_connection()
        if self._lock is not None:
            self._lock.release()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            if self.path is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = connect(IN_MEMORY if self.path is None else str(self.path))
        return self._connection

    def _acquire_lock(self) -> None:
        """A filter that was just replaced may need a moment to let go."""
        if self._lock is None or self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + LOCK_PATIENCE_S
        while not self._lock.try_acquire() and time.monotonic() < until:
            time.sleep(LOCK_RETRY_S)
        self._lock.acquire()

    def _close_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @staticmethod
    def _size(connection: sqlite3.Connection) -> int:
        """Bytes in use; free pages inside the file do not count."""
        facts = ("page_count", "freelist_count", "page_size")
        pages, free, size = (connection.execute(f"PRAGMA {one}").fetchone()[0] for one in facts)
        return (pages - free) * size
