"""Reads a journal without disturbing who writes it; also while nobody does."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from ishowtts_filter.journal.schema import BUSY_TIMEOUT_S, check_version

PAGE_ROWS = 500
OPEN = "open"
OUTCOMES = ("spoken", "expired", "cancelled", "shed", "failed", "rejected", OPEN)

COLUMNS = (
    "seq",
    "platform",
    "message_id",
    "room",
    "author",
    "author_id",
    "kind",
    "priority",
    "text",
    "received_at_ns",
    "decided_at_ns",
    "utterance_id",
    "spoken",
    "state",
    "outcome",
    "rule",
    "reason",
    "engine",
    "voice",
    "attempt",
    "asked_at_ns",
    "ended_at_ns",
    "repeats",
)

Row = dict[str, Any]


class Wanted(Struct, frozen=True, kw_only=True):
    """Which messages; a field at its default does not choose.

    Attributes:
        author: Name or id.
        outcome: One of `OUTCOMES`.
        since_ns: Decided about at that time or later.
    """

    room: str | None = None
    author: str | None = None
    outcome: str | None = None
    since_ns: int | None = None

    def conditions(self) -> tuple[list[str], list[Any]]:
        """As SQL, with its values."""
        rows: list[tuple[str, list[Any]]] = []
        if self.room is not None:
            rows.append(("room = ?", [self.room]))
        if self.author is not None:
            rows.append(("(author = ? COLLATE NOCASE OR author_id = ?)", [self.author] * 2))
        if self.outcome == OPEN:
            rows.append(("state <> 'ended'", []))
        elif self.outcome is not None:
            rows.append(("outcome = ?", [self.outcome]))
        if self.since_ns is not None:
            rows.append(("decided_at_ns >= ?", [self.since_ns]))
        return [sql for sql, _ in rows], [value for _, values in rows for value in values]


class Counts(Struct, frozen=True, kw_only=True):
    """What became of everything that came in, as far as the journal reaches back.

    Attributes:
        inputs: All of it; `messages` and `repeats`.
        messages: Different messages; `accepted` and `rejected`.
        repeats: Messages that came again.
        ended: Accepted messages by outcome; with `open` they are `accepted`.
        open: Accepted messages that wait or are being spoken.
        rejected_by: Rejections by rule.
        since_ns: When the first of them was decided about; None where there is none.
    """

    inputs: int
    messages: int
    repeats: int
    accepted: int
    rejected: int
    open: int
    ended: dict[str, int]
    rejected_by: dict[str, int]
    since_ns: int | None


class JournalReader:
    """Answers questions about a journal.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def last(self, wanted: Wanted, limit: int) -> list[Row]:
        """The latest messages, oldest first.

        Raises:
            sqlite3.Error: The file cannot be read.
            NewerJournalError: It is from a later release.
        """
        return self._select(wanted, "ORDER BY seq DESC", limit)[::-1]

    def all(self, wanted: Wanted, after_seq: int = 0) -> Iterator[Row]:
        """Every message, oldest first, read in pages: a writer is never kept waiting.

        Raises:
            sqlite3.Error: The file cannot be read.
            NewerJournalError: It is from a later release.
        """
        while page := self._select(wanted, "ORDER BY seq", PAGE_ROWS, ("seq > ?", after_seq)):
            yield from page
            after_seq = page[-1]["seq"]

    def find(self, seqs: list[int]) -> list[Row]:
        """Messages by number."""
        numbers = ", ".join(map(str, map(int, seqs)))
        return self._select(Wanted(), "ORDER BY seq", len(seqs), (f"seq IN ({numbers})", None))

    def counts(self) -> Counts:
        """Count everything, at one moment."""
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT state = 'ended', outcome, rule, count(*), sum(repeats), "
                "min(decided_at_ns) FROM message GROUP BY 1, 2, 3"
            ).fetchall()
        return _count(rows)

    def _select(
        self, wanted: Wanted, order: str, limit: int, more: tuple[str, int | None] | None = None
    ) -> list[Row]:
        conditions, values = wanted.conditions()
        if more is not None:
            conditions.append(more[0])
            values += [] if more[1] is None else [more[1]]
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        names = ", ".join(COLUMNS)
        query = f"SELECT {names} FROM message {where} {order} LIMIT ?"  # noqa: S608 - our own names
        with self._connected() as connection:
            found = connection.execute(query, [*values, limit]).fetchall()
        return [dict(zip(COLUMNS, row, strict=True)) for row in found]

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """A connection for one question: one that stays open would make the file grow."""
        address = f"{self._path.absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, BUSY_TIMEOUT_S, uri=True)) as connection:
            try:
                (version,) = connection.execute("PRAGMA user_version").fetchone()
            except sqlite3.OperationalError:
                # In a folder that cannot be written; who could change the file there?
                yield from self._frozen(address)
                return
            check_version(version, str(self._path))
            yield connection

    def _frozen(self, address: str) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(f"{address}&immutable=1", uri=True)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            check_version(version, str(self._path))
            yield connection


def _count(rows: list[tuple[Any, ...]]) -> Counts:
    ended: dict[str, int] = {}
    rejected: dict[str, int] = {}
    open_ = 0
    for has_ended, outcome, rule, count, _, _ in rows:
        if not has_ended:
            open_ += count
        elif outcome == "rejected":
            rejected[rule] = rejected.get(rule, 0) + count
        else:
            ended[outcome] = ended.get(outcome, 0) + count
    messages, repeats = (sum(row[column] for row in rows) for column in (3, 4))
    return Counts(
        inputs=messages + repeats,
        messages=messages,
        repeats=repeats,
        accepted=open_ + sum(ended.values()),
        rejected=sum(rejected.values()),
        open=open_,
        ended=dict(sorted(ended.items())),
        rejected_by=dict(sorted(rejected.items())),
        since_ns=min((row[5] for row in rows), default=None),
    )
