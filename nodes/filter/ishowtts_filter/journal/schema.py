"""The journal's tables, and how a file of an earlier version becomes one of this version."""

import sqlite3

VERSION = 2
BUSY_TIMEOUT_S = 0.5

_TABLES = """
CREATE TABLE message (
    seq INTEGER PRIMARY KEY,
    utterance_id TEXT NOT NULL UNIQUE,
    platform TEXT NOT NULL,
    message_id TEXT NOT NULL,
    room TEXT NOT NULL,
    author TEXT NOT NULL,
    author_id TEXT,
    kind TEXT NOT NULL,
    priority TEXT NOT NULL,
    text TEXT NOT NULL,
    received_at_ns INTEGER NOT NULL,
    decided_at_ns INTEGER NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT,
    rule TEXT,
    reason TEXT NOT NULL,
    ended_at_ns INTEGER,
    spoken TEXT,
    expires_at_ns INTEGER,
    utterance TEXT,
    repeats INTEGER NOT NULL DEFAULT 0,
    told INTEGER NOT NULL DEFAULT 0,
    engine TEXT,
    voice TEXT,
    attempt INTEGER,
    asked_at_ns INTEGER,
    words TEXT,
    sample_offset INTEGER,
    carrier TEXT,
    synth TEXT,
    incarnation INTEGER
);
CREATE INDEX message_unsettled ON message (seq) WHERE state <> 'ended' OR told = 0;
CREATE TABLE moderation (heard_at_ns INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE pause (room TEXT PRIMARY KEY, since_ns INTEGER NOT NULL);
CREATE TABLE preference (kind TEXT, key TEXT, value TEXT NOT NULL, UNIQUE (kind, key));
"""

_CLAUSES = """
ALTER TABLE message ADD COLUMN clause_chars INTEGER;
ALTER TABLE message ADD COLUMN clause_samples INTEGER;
"""

_MIGRATIONS: dict[int, str] = {0: _TABLES, 1: _CLAUSES}
"""From each version the script to the next one."""


class NewerJournalError(Exception):
    """The file was written by a later release; the text says what to do."""


def connect(path: str) -> sqlite3.Connection:
    """Open the file for writing, made or brought up to date if need be.

    Raises:
        NewerJournalError: It is from a later release.
        sqlite3.Error: It cannot be read or written.
    """
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        check_version(version, path)
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_size_limit = 16777216")
        _migrate(connection, version)
    except BaseException:
        connection.close()
        raise
    return connection


def check_version(version: int, path: str) -> None:
    """Refuse what this release does not understand.

    Raises:
        NewerJournalError: It is from a later release.
    """
    if version > VERSION:
        raise NewerJournalError(
            f"{path} was written by a later release (version {version}, this one knows {VERSION}); "
            "start that release, or move the file away"
        )


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    for old in range(version, VERSION):
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{_MIGRATIONS[old]}\nPRAGMA user_version = {old + 1};\nCOMMIT;"
        )
