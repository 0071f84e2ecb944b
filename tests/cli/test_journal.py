"""`ishowtts journal` on a file that a filter writes."""

import csv
import io
import json
import time
from itertools import islice
from pathlib import Path

import pytest

from ishowtts_cli import journal as command
from ishowtts_cli.app import main
from ishowtts_filter.journal.batch import Batch
from ishowtts_filter.journal.reader import JournalReader, Wanted
from ishowtts_filter.journal.records import Arrival, End
from ishowtts_filter.journal.store import MIB, JournalStore

HOSTILE = '=HYPERLINK("http://evil")\x1b[2J'


def arrival(number: int, **fields: object) -> Arrival:
    now_ns = time.time_ns()
    facts = {
        "utterance_id": f"u{number}",
        "platform": "twitch",
        "message_id": f"m{number}",
        "room": "main",
        "author": "Ann",
        "author_id": "17",
        "kind": "chat",
        "priority": "normal",
        "text": f"hello {number}",
        "received_at_ns": now_ns,
        "decided_at_ns": now_ns,
        "spoken": f"Ann says: hello {number}",
        "expires_at_ns": now_ns,
        "utterance": "{}",
    }
    return Arrival(**(facts | fields))  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A filter that is writing."""
    monkeypatch.setenv("ISHOWTTS__RUN__DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    store = JournalStore(tmp_path / "journal-1.sqlite3", 7, MIB)
    store.open(time.time_ns())
    batch = Batch()
    batch.record(arrival(1))
    batch.record(arrival(2, room="other", author="Bob", author_id="18", text=HOSTILE))
    batch.record(
        arrival(3, state="ended", outcome="rejected", rule="links", reason="contains a link")
    )
    batch.record(arrival(4))
    batch.ended["u1"] = End(utterance_id="u1", outcome="spoken", reason="", ended_at_ns=1)
    batch.ended["u2"] = End(utterance_id="u2", outcome="shed", reason="too much", ended_at_ns=1)
    batch.repeat("u1")
    store.commit(batch)
    yield store
    store.close()


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["journal", *words]) == 0
    return capsys.readouterr().out


def test_alone_it_shows_the_latest(store: JournalStore, capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys)
    lines = [line for line in out.splitlines() if "hello" in line or "evil" in line]
    assert ["spoken" in lines[0], "shed" in lines[1], "waiting" in lines[3]] == [True] * 3
    assert "rejected (links)" in lines[2]
    assert "contains a link" in lines[2]
    assert "\x1b[2J" not in out


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["--room", "other"], [2]),
        (["--author", "ann"], [1, 3, 4]),
        (["--author", "18"], [2]),
        (["--outcome", "rejected"], [3]),
        (["--outcome", "open"], [4]),
        (["--since", "1h"], [1, 2, 3, 4]),
        (["--since", "2031-01-01"], []),
    ],
)
def test_it_shows_what_is_asked_for(
    store: JournalStore, capsys: pytest.CaptureFixture[str], words: list[str], numbers: list[int]
) -> None:
    rows = [json.loads(line) for line in run(capsys, "export", *words).splitlines()]
    assert [row["message_id"] for row in rows] == [f"m{number}" for number in numbers]
    shown = run(capsys, "show", *words)
    assert ("no such message" in shown) == (not numbers)


def test_show_is_limited_to_the_latest(
    store: JournalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run(capsys, "show", "--limit", "1")
    assert "hello 4" in out
    assert "hello 1" not in out


def test_export_has_everything_and_no_formula_for_a_spreadsheet(
    store: JournalStore, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = [json.loads(line) for line in run(capsys, "export").splitlines()]
    assert rows[1]["text"] == HOSTILE
    assert (rows[0]["outcome"], rows[0]["spoken"], rows[0]["repeats"]) == (
        "spoken",
        "Ann says: hello 1",
        1,
    )
    run(capsys, "export", "--format", "csv", "-o", str(tmp_path / "all.csv"))
    table = list(csv.DictReader(io.StringIO((tmp_path / "all.csv").read_text())))
    assert [row["message_id"] for row in table] == ["m1", "m2", "m3", "m4"]
    assert table[1]["text"] == "'" + HOSTILE


def test_counts_add_up(store: JournalStore, capsys: pytest.CaptureFixture[str]) -> None:
    counts = json.loads(run(capsys, "counts", "--json"))
    assert counts["inputs"] == counts["messages"] + counts["repeats"] == 5
    assert counts["messages"] == counts["accepted"] + counts["rejected"] == 4
    assert counts["accepted"] == counts["open"] + sum(counts["ended"].values()) == 3
    assert counts["ended"] == {"shed": 1, "spoken": 1}
    assert counts["rejected_by"] == {"links": 1}
    out = run(capsys, "counts")
    assert "5 inputs since" in out
    assert "1 by links" in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["show", "--outcome", "eaten"], "no outcome 'eaten'; there are: spoken"),
        (["show", "--since", "soon"], "not 'soon'"),
        (["export", "--format", "xml"], "no format 'xml'"),
        (["--instance", "7"], "No such option"),
        (["show", "--instance", "7"], "no journal at"),
    ],
)
def test_what_makes_no_sense_is_said(
    store: JournalStore, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert main(["journal", *words]) != 0
    assert sentence in capsys.readouterr().err


def test_a_damaged_file_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ISHOWTTS__RUN__DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "journal-1.sqlite3").write_bytes(b"rubbish" * 1000)
    assert main(["journal", "counts"]) == 1
    assert "cannot be read: file is not a database" in capsys.readouterr().err


def test_it_follows_what_ends(store: JournalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages as they end, also those that were open when it began."""
    later = iter(
        [
            {"u5": End(utterance_id="u5", outcome="spoken", reason="", ended_at_ns=1)},
            {"u4": End(utterance_id="u4", outcome="expired", reason="late", ended_at_ns=1)},
        ]
    )

    def meanwhile(_seconds: float) -> None:
        batch = Batch()
        batch.record(arrival(5))
        batch.ended.update(next(later))
        store.commit(batch)

    monkeypatch.setattr(command.time, "sleep", meanwhile)
    assert store.path is not None
    endings = command._endings(JournalReader(store.path), Wanted(room="main"), 4, [4])
    assert [(row["message_id"], row["outcome"]) for row in islice(endings, 2)] == [
        ("m5", "spoken"),
        ("m4", "expired"),
    ]
