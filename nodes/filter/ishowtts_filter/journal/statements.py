"""A batch of changes as SQL."""

import sqlite3
from typing import Any

import msgspec

from ishowtts_filter.journal.batch import Batch
from ishowtts_filter.journal.records import Arrival, Pause
from ishowtts_filter.preferences import Preference


def _values(kind: type[msgspec.Struct]) -> str:
    return ", ".join(f"json_extract(new.value, '$[{n}]')" for n in range(len(_fields(kind))))


def _fields(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    return kind.__struct_fields__


def _insert(kind: type[msgspec.Struct]) -> str:
    # One statement for a whole batch: sqlite3 gives up the interpreter's lock at every row
    # that it is handed, and beside a busy loop gets it back after 5 ms. Measured there,
    # 20 rows: 10 ms as one statement, up to 190 ms with executemany.
    names = ", ".join(_fields(kind))
    return (
        f"INSERT OR IGNORE INTO message ({names}) "  # noqa: S608 - our own names
        f"SELECT {_values(kind)} FROM json_each(?) AS new"
    )


def _update(changes: str, where: str) -> str:
    return (
        f"UPDATE message SET {changes} FROM json_each(?) AS new "  # noqa: S608 - our own names
        f"WHERE utterance_id = json_extract(new.value, '$[0]') AND {where}"
    )


_RECORD = _insert(Arrival)
_REPEAT = _update("repeats = repeats + json_extract(new.value, '$[1]')", "TRUE")
_ASK = _update(
    "state = 'asked', engine = json_extract(new.value, '$[1]'), "
    "voice = json_extract(new.value, '$[2]'), attempt = json_extract(new.value, '$[3]'), "
    "asked_at_ns = json_extract(new.value, '$[4]'), words = json_extract(new.value, '$[5]'), "
    "sample_offset = json_extract(new.value, '$[6]'), "
    "carrier = json_extract(new.value, '$[7]'), synth = NULL, incarnation = NULL, "
    "clause_chars = NULL, clause_samples = NULL",
    "state <> 'ended'",
)
_TAKE = _update(
    "synth = json_extract(new.value, '$[2]'), incarnation = json_extract(new.value, '$[3]')",
    "state = 'asked' AND attempt = json_extract(new.value, '$[1]')",
)
_REACH = _update(
    "clause_chars = json_extract(new.value, '$[2]'), "
    "clause_samples = json_extract(new.value, '$[3]')",
    "state = 'asked' AND attempt = json_extract(new.value, '$[1]')",
)
_END = _update(
    "state = 'ended', outcome = json_extract(new.value, '$[1]'), "
    "reason = json_extract(new.value, '$[2]'), ended_at_ns = json_extract(new.value, '$[3]'), "
    "utterance = NULL",
    "state <> 'ended'",
)
_TELL = (
    "UPDATE message SET told = 1 FROM json_each(?) AS new WHERE utterance_id = new.value "
    "AND state = 'ended'"
)
_GO_ON = """
UPDATE message SET expires_at_ns = expires_at_ns + :at_ns - max(decided_at_ns,
    (SELECT since_ns FROM pause WHERE pause.room = message.room))
WHERE (state <> 'ended' OR told = 0) AND state = 'waiting' AND room = :room
    AND room IN (SELECT room FROM pause)
"""


def apply(connection: sqlite3.Connection, batch: Batch) -> None:
    """Write a batch, within the caller's transaction.

    Raises:
        sqlite3.Error: It cannot be written.
    """
    if batch.arrivals:
        connection.execute(_RECORD, ("[" + b",".join(batch.arrivals.values()).decode() + "]",))
    for statement, rows in (
        (_REPEAT, list(batch.repeats.items())),
        (_ASK, list(batch.asked.values())),
        (_TAKE, list(batch.taken.values())),
        (_REACH, list(batch.reached.values())),
        (_END, list(batch.ended.values())),
        (_TELL, list(batch.told)),
    ):
        if rows:
            connection.execute(statement, (_json(rows),))
    if batch.moderation:
        connection.executemany("INSERT INTO moderation VALUES (?, ?)", batch.moderation)
    for pause in batch.pauses:
        _apply_pause(connection, pause)
    for preference in batch.preferences.values():
        _apply_preference(connection, preference)


def _apply_pause(connection: sqlite3.Connection, pause: Pause) -> None:
    if pause.paused:
        row = (pause.room, pause.at_ns)
        connection.execute("INSERT OR IGNORE INTO pause VALUES (?, ?)", row)
    else:
        connection.execute(_GO_ON, {"room": pause.room, "at_ns": pause.at_ns})
        connection.execute("DELETE FROM pause WHERE room = ?", (pause.room,))


def _apply_preference(connection: sqlite3.Connection, preference: Preference) -> None:
    if preference.value:
        connection.execute("INSERT OR REPLACE INTO preference VALUES (?, ?, ?)", preference)
    else:
        forget = "DELETE FROM preference WHERE kind = ? AND key = ?"
        connection.execute(forget, preference[:2])


def _json(rows: list[Any]) -> str:
    return msgspec.json.encode(rows).decode()
