"""`ishowtts journal`: reads the filter's file."""

import csv
import re
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

import msgspec

from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_cli.sections import load_settings
from ishowtts_filter.journal.reader import COLUMNS, OUTCOMES, Counts, JournalReader, Row, Wanted
from ishowtts_filter.journal.schema import NewerJournalError

POLL_S = 0.5
MAX_TEXT_CHARS = 80
NS = 1_000_000_000
FORMATS = ("jsonl", "csv")

_AGE = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def wanted(room: str | None, outcome: str | None, author: str | None, since: str | None) -> Wanted:
    """What was asked for.

    Raises:
        CliError: It makes no sense.
    """
    if outcome is not None and outcome not in OUTCOMES:
        raise CliError(f"no outcome {outcome!r}; there are: {', '.join(OUTCOMES)}", ExitCode.USAGE)
    since_ns = None if since is None else _moment_ns(since)
    return Wanted(room=room, outcome=outcome, author=author, since_ns=since_ns)


def show(
    config: Path | None, instance: str, wanted: Wanted, limit: int, *, follow: bool = False
) -> None:
    """Print the latest messages, and with `follow` each one that ends, until interrupted.

    Raises:
        CliError: There is no journal, or it cannot be read.
    """
    from ishowtts_cli.tables import render_journal, status_console

    with _opened(config, instance) as reader:
        rows = reader.last(wanted, limit)
        status_console().print(render_journal([_cells(row) for row in rows]))
        if follow:
            after_seq = max((row["seq"] for row in reader.last(Wanted(), 1)), default=0)
            still_open = [row["seq"] for row in rows if row["state"] != "ended"]
            for row in _endings(reader, wanted, after_seq, still_open):
                print("  ".join(_cells(row)), flush=True)


def export(
    config: Path | None, instance: str, wanted: Wanted, form: str, output: Path | None
) -> None:
    """Write every message to a file, or to standard output.

    Raises:
        CliError: There is no journal, it cannot be read, or that is no format.
    """
    if form not in FORMATS:
        raise CliError(f"no format {form!r}; there are: {', '.join(FORMATS)}", ExitCode.USAGE)
    write = _write_csv if form == "csv" else _write_jsonl
    with _opened(config, instance) as reader:
        if output is None:
            write(reader.all(wanted), sys.stdout)
            return
        with output.open("w", encoding="utf-8", newline="") as file:
            write(reader.all(wanted), file)


def counts(config: Path | None, instance: str, *, as_json: bool) -> None:
    """Print how many messages ended how.

    Raises:
        CliError: There is no journal, or it cannot be read.
    """
    with _opened(config, instance) as reader:
        found = reader.counts()
    if as_json:
        print(msgspec.json.encode(found).decode())
    else:
        print("\n".join(_count_lines(found)))


@contextmanager
def _opened(config: Path | None, instance: str) -> Iterator[JournalReader]:
    folder = Path(load_settings(config)["run"].data_dir)
    path = folder / f"journal-{instance}.sqlite3"
    if not path.is_file():
        raise CliError(f"no journal at {path}; the filter makes one when it first runs")
    try:
        yield JournalReader(path)
    except NewerJournalError as error:
        raise CliError(str(error)) from None
    except sqlite3.Error as error:
        raise CliError(f"{path} cannot be read: {error}") from None


def _endings(
    reader: JournalReader, wanted: Wanted, after_seq: int, still_open: list[int]
) -> Iterator[Row]:
    """Messages as they end, for ever; those that are open now, and all that follow."""
    while True:
        news = [*(reader.find(still_open) if still_open else ()), *reader.all(wanted, after_seq)]
        still_open = [row["seq"] for row in news if row["state"] != "ended"]
        after_seq = max([after_seq, *(row["seq"] for row in news)])
        yield from (row for row in news if row["state"] == "ended")
        time.sleep(POLL_S)


def _cells(row: Row) -> list[str]:
    """One line about a message."""
    outcome = row["outcome"] or row["state"]
    if row["rule"]:
        outcome = f"{outcome} ({row['rule']})"
    at = datetime.fromtimestamp(row["decided_at_ns"] / NS).astimezone()
    text = row["text"] or row["spoken"] or ""
    facts = (row["room"], row["author"], outcome, _shortened(text), _shortened(row["reason"]))
    return [at.isoformat(" ", "seconds")[:19], *map(_printable, facts)]


def _printable(text: str) -> str:
    """On one line, and nothing in it moves a terminal's cursor."""
    return "".join(char if char.isprintable() else " " for char in text)


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_TEXT_CHARS else f"{text[: MAX_TEXT_CHARS - 1]}…"


def _write_jsonl(rows: Iterable[Row], file: TextIO) -> None:
    file.writelines(msgspec.json.encode(row).decode() + "\n" for row in rows)


def _write_csv(rows: Iterable[Row], file: TextIO) -> None:
    """What a spreadsheet would take for a formula gets an apostrophe: chat is hostile."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_harmless(row[name]) for name in COLUMNS])


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _count_lines(found: Counts) -> Iterator[str]:
    since = ""
    if found.since_ns is not None:
        at = datetime.fromtimestamp(found.since_ns / NS).astimezone()
        since = f" since {at.isoformat(' ', 'seconds')[:19]}"
    yield f"{found.inputs:8} inputs{since}: {found.messages} messages, {found.repeats} repeats"
    yield f"{found.accepted:8} accepted"
    for outcome, count in found.ended.items():
        yield f"{count:12} {outcome}"
    yield f"{found.open:12} open"
    yield f"{found.rejected:8} rejected"
    for rule, count in found.rejected_by.items():
        yield f"{count:12} by {rule}"


def _moment_ns(text: str) -> int:
    age = _AGE.fullmatch(text)
    if age is not None:
        return time.time_ns() - round(float(age[1]) * _SECONDS[age[2]] * NS)
    try:
        return round(datetime.fromisoformat(text).astimezone().timestamp() * NS)
    except ValueError:
        raise CliError(
            f"--since takes a time (2026-01-31T20:00) or an age (10m, 2h, 1d), not {text!r}",
            ExitCode.USAGE,
        ) from None
