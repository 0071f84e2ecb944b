"""What the last filter left: rows without an end, and what it remembered."""

import sqlite3
from typing import Any

import msgspec

from ishowtts_filter.journal.records import (
    Asked,
    Known,
    News,
    OpenRow,
    Reached,
    Remembered,
    SeenRow,
    Taken,
    to_json,
)
from ishowtts_filter.preferences import Preference
from ishowtts_schemas import ChatModeration

MEMORY_S = 600
MAX_SEEN = 10_000
MAX_UNTOLD = 10_000
NS = 1_000_000_000

_OPEN = """
SELECT utterance_id, utterance, expires_at_ns, decided_at_ns, state, engine, voice, attempt,
    asked_at_ns, words, sample_offset, carrier, synth, incarnation,
    clause_chars, clause_samples FROM message
WHERE (state <> 'ended' OR told = 0) AND state <> 'ended' ORDER BY seq
"""
_UNTOLD = """
SELECT utterance_id, platform, message_id, room, outcome, rule, reason FROM message
WHERE (state <> 'ended' OR told = 0) AND state = 'ended' ORDER BY seq DESC LIMIT ?
"""
_SEEN = """
SELECT platform, message_id, utterance_id, decided_at_ns FROM message ORDER BY seq DESC LIMIT ?
"""
_KNOWN = """
SELECT utterance, utterance_id, platform, message_id, room, outcome, rule, reason FROM message
WHERE utterance_id IN (SELECT value FROM json_each(?))
"""
# A choice that is made anew gets a new number.
_PREFERENCES = "SELECT kind, key, value FROM preference ORDER BY rowid"


def read_remembered(connection: sqlite3.Connection, now_ns: int) -> Remembered:
    """Everything that a new filter goes on with.

    Raises:
        sqlite3.Error: The file cannot be read.
    """
    since_ns = now_ns - MEMORY_S * NS
    untold = connection.execute(_UNTOLD, (MAX_UNTOLD,)).fetchall()
    seen = connection.execute(_SEEN, (MAX_SEEN,)).fetchall()
    moderation = connection.execute(
        "SELECT heard_at_ns, body FROM moderation WHERE heard_at_ns >= ? ORDER BY rowid",
        (since_ns,),
    )
    return Remembered(
        open=[_open_row(row) for row in connection.execute(_OPEN)],
        untold=[News(*row) for row in reversed(untold)],
        seen=[one for one in (SeenRow(*row) for row in reversed(seen)) if _fresh(one, since_ns)],
        moderation=[
            (at, msgspec.json.decode(body, type=ChatModeration)) for at, body in moderation
        ],
        paused=dict(connection.execute("SELECT room, since_ns FROM pause").fetchall()),
        preferences=[Preference(*row) for row in connection.execute(_PREFERENCES)],
    )


def read_known(connection: sqlite3.Connection, utterance_ids: list[str]) -> list[Known]:
    """What was decided about messages, as far as it is written.

    Raises:
        sqlite3.Error: The file cannot be read.
    """
    rows = connection.execute(_KNOWN, (to_json(utterance_ids).decode(),)).fetchall()
    return [Known(row[0], News(*row[1:])) for row in rows]


def forget_moderation(connection: sqlite3.Connection, now_ns: int) -> None:
    """Deletions that no message can meet any more."""
    connection.execute("DELETE FROM moderation WHERE heard_at_ns < ?", (now_ns - MEMORY_S * NS,))


def _fresh(row: SeenRow, since_ns: int) -> bool:
    return row.decided_at_ns >= since_ns


def _open_row(row: tuple[Any, ...]) -> OpenRow:
    utterance_id, utterance, expires_at_ns, decided_at_ns, state, *facts = row
    *asked, synth, incarnation, chars, samples = facts
    if state != "asked":
        return OpenRow(utterance_id, utterance, expires_at_ns, decided_at_ns, None, None, None)
    taken = (utterance_id, asked[2], synth, incarnation)
    reached = (utterance_id, asked[2], chars, samples)
    return OpenRow(
        utterance_id,
        utterance,
        expires_at_ns,
        decided_at_ns,
        msgspec.convert((utterance_id, *asked), Asked),
        None if synth is None else msgspec.convert(taken, Taken),
        None if chars is None else msgspec.convert(reached, Reached),
    )
