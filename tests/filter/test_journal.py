"""The journal by itself: what is safe, what is found again, what happens to a bad file."""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_bus import Counters
from ishowtts_filter.journal.batch import Batch
from ishowtts_filter.journal.journal import Journal, JournalRefusedError
from ishowtts_filter.journal.lock import FileLock, LockedError
from ishowtts_filter.journal.records import Arrival, Asked, End, Pause, Reached, Taken
from ishowtts_filter.journal.schema import _MIGRATIONS, VERSION
from ishowtts_filter.journal.store import DAY_NS, MIB, JournalStore
from ishowtts_schemas import ChatModeration

NS = 1_000_000_000
NOW = 1_800_000_000 * NS


def arrival(number: int = 1, *, decided_at_ns: int = NOW, **fields: object) -> Arrival:
    """An accepted message."""
    facts = {
        "utterance_id": f"u{number}",
        "platform": "mqtt",
        "message_id": f"m{number}",
        "room": "main",
        "author": "Ann",
        "author_id": None,
        "kind": "chat",
        "priority": "normal",
        "text": "hello",
        "received_at_ns": decided_at_ns,
        "decided_at_ns": decided_at_ns,
        "spoken": "Ann says: hello",
        "expires_at_ns": decided_at_ns + 60 * NS,
        "utterance": "{}",
    }
    return Arrival(**(facts | fields))  # type: ignore[arg-type]


def end(number: int = 1, outcome: str = "spoken") -> End:
    return End(
        utterance_id=f"u{number}",
        outcome=outcome,  # type: ignore[arg-type]
        reason="",
        ended_at_ns=NOW,
    )


def asked(number: int = 1, attempt: int = 1, words: str | None = None, offset: int = 0) -> Asked:
    return Asked(
        utterance_id=f"u{number}",
        engine="espeak",
        voice="en",
        attempt=attempt,
        asked_at_ns=NOW,
        words=words,
        offset=offset,
    )


def store_in(folder: Path | None, *, keep_days: float = 7, max_bytes: int = 64 * MIB):
    return JournalStore(folder and folder / "journal-1.sqlite3", keep_days, max_bytes)


def commit(store: JournalStore, fill: Callable[[Batch], object]) -> None:
    batch = Batch()
    fill(batch)
    store.commit(batch)


def reopened(store: JournalStore, now_ns: int = NOW):
    """What the next filter is told."""
    store.close()
    again = JournalStore(store.path, 7, MIB)
    try:
        return again.open(now_ns)
    finally:
        again.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JournalStore]:
    store = store_in(tmp_path)
    store.open(NOW)
    yield store
    store.close()


def test_a_message_is_open_until_it_ends(store: JournalStore) -> None:
    commit(store, lambda batch: batch.record(arrival()))
    (row,) = reopened(store).open
    assert (row.utterance_id, row.asked, row.expires_at_ns) == ("u1", None, NOW + 60 * NS)
    commit(store, lambda batch: batch.ended.update(u1=end()))
    past = reopened(store)
    assert past.open == []
    assert [(news.message_id, news.outcome) for news in past.untold] == [("m1", "spoken")]
    commit(store, lambda batch: batch.told.update(u1=None))
    assert reopened(store).untold == []


def test_who_was_asked_and_who_took_it_is_known_again(store: JournalStore) -> None:
    commit(store, lambda batch: batch.record(arrival()))
    commit(store, lambda batch: batch.asked.update(u1=asked(attempt=2, words="rest", offset=480)))
    stale = Taken(utterance_id="u1", attempt=1, synth="a", incarnation=1)
    commit(store, lambda batch: batch.taken.update(u1=stale))
    (row,) = reopened(store).open
    assert row.asked == asked(attempt=2, words="rest", offset=480)
    assert row.taken is None, "that was the attempt before"
    taken = Taken(utterance_id="u1", attempt=2, synth="b", incarnation=7)
    commit(store, lambda batch: batch.taken.update(u1=taken))
    assert reopened(store).open[0].taken == taken
    commit(store, lambda batch: batch.asked.update(u1=asked(attempt=3)))
    assert reopened(store).open[0].taken is None


def test_how_far_a_synth_came_counts_for_that_attempt_alone(store: JournalStore) -> None:
    commit(store, lambda batch: batch.record(arrival()))
    commit(store, lambda batch: batch.ask(asked(attempt=2)))
    stale, fresh = (
        Reached(utterance_id="u1", attempt=attempt, chars=10 * attempt, samples=480)
        for attempt in (1, 2)
    )
    commit(store, lambda batch: batch.reached.update(u1=stale))
    assert reopened(store).open[0].reached is None
    commit(store, lambda batch: batch.reached.update(u1=fresh))
    assert reopened(store).open[0].reached == fresh
    commit(store, lambda batch: batch.ask(asked(attempt=3)))
    assert reopened(store).open[0].reached is None


def test_an_earlier_versions_file_is_brought_up_to_date(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "journal-1.sqlite3")) as database:
        database.executescript(f"{_MIGRATIONS[0]} PRAGMA user_version = 1;")
    store = store_in(tmp_path)
    store.open(NOW)
    commit(store, lambda batch: batch.record(arrival()))
    commit(store, lambda batch: batch.ask(asked()))
    reached = Reached(utterance_id="u1", attempt=1, chars=5, samples=480)
    commit(store, lambda batch: batch.reached.update(u1=reached))
    assert reopened(store).open[0].reached == reached


def test_a_life_in_one_batch_is_a_life(store: JournalStore) -> None:
    batch = Batch()
    batch.record(arrival())
    batch.asked["u1"] = asked()
    batch.ended["u1"] = end()
    batch.told["u1"] = None
    store.commit(batch)
    past = reopened(store)
    assert (past.open, past.untold) == ([], [])
    assert [seen.utterance_id for seen in past.seen] == ["u1"]


def test_a_message_has_one_row_and_one_end(store: JournalStore) -> None:
    commit(store, lambda batch: batch.record(arrival()))
    commit(store, lambda batch: batch.record(arrival(text="again")))
    commit(store, lambda batch: batch.ended.update(u1=end(outcome="spoken")))
    commit(store, lambda batch: batch.ended.update(u1=end(outcome="expired")))
    commit(store, lambda batch: batch.repeat("u1"))
    commit(store, lambda batch: batch.asked.update(u1=asked()))
    store.close()
    assert store.path is not None
    with sqlite3.connect(store.path) as database:
        found = database.execute("SELECT text, state, outcome, repeats FROM message").fetchall()
    assert found == [("hello", "ended", "spoken", 1)]


def test_what_was_seen_and_deleted_is_remembered_as_long_as_it_matters(store: JournalStore) -> None:
    deleted = ChatModeration(platform="p", room="r", action="chat_cleared", at_ns=1)
    old = NOW - 601 * NS
    commit(store, lambda batch: batch.record(arrival(1, decided_at_ns=old)))
    commit(store, lambda batch: batch.record(arrival(2)))
    commit(store, lambda batch: batch.moderate(deleted, old))
    commit(store, lambda batch: batch.moderate(deleted, NOW))
    past = reopened(store)
    assert [seen.message_id for seen in past.seen] == ["m2"]
    assert past.moderation == [(NOW, deleted)]
    assert [row.utterance_id for row in past.open] == ["u1", "u2"]


def test_a_pause_is_given_back(store: JournalStore) -> None:
    commit(store, lambda batch: batch.record(arrival(1)))
    commit(store, lambda batch: batch.record(arrival(2, room="other")))
    pause = Pause(room="main", at_ns=NOW + 10 * NS, paused=True)
    commit(store, lambda batch: batch.pauses.append(pause))
    commit(store, lambda batch: batch.record(arrival(3, decided_at_ns=NOW + 20 * NS)))
    assert reopened(store).paused == {"main": NOW + 10 * NS}
    resume = Pause(room="main", at_ns=NOW + 110 * NS, paused=False)
    commit(store, lambda batch: batch.pauses.append(resume))
    past = reopened(store)
    assert past.paused == {}
    left_s = {row.utterance_id: (row.expires_at_ns - NOW) / NS for row in past.open}
    assert left_s == {"u1": 160, "u2": 60, "u3": 20 + 60 + 90}


def test_all_or_nothing(store: JournalStore) -> None:
    batch = Batch()
    batch.record(arrival(1))
    batch.moderation.append((NOW, object()))  # type: ignore[arg-type]
    with pytest.raises(sqlite3.Error):
        store.commit(batch)
    commit(store, lambda batch: batch.record(arrival(2)))
    assert [row.utterance_id for row in reopened(store).open] == ["u2"]


def test_old_messages_go_and_open_ones_stay(tmp_path: Path) -> None:
    store = store_in(tmp_path, keep_days=1)
    store.open(NOW)
    batch = Batch()
    for number in range(500):
        batch.record(arrival(number, decided_at_ns=NOW - 2 * DAY_NS))
        if number != 7:
            batch.ended[f"u{number}"] = end(number)
    batch.record(arrival(1000))
    store.commit(batch)
    removed = []
    while count := store.prune(NOW):
        removed.append(count)
    assert sum(removed) == 499
    assert max(removed) <= 200, "a little at a time"
    assert [row.utterance_id for row in reopened(store).open] == ["u7", "u1000"]


def test_the_file_keeps_its_size(tmp_path: Path) -> None:
    store = store_in(tmp_path, max_bytes=MIB)
    store.open(NOW)
    for start in range(0, 10_000, 500):
        batch = Batch()
        for number in range(start, start + 500):
            batch.record(arrival(number, text="x" * 500))
            batch.ended[f"u{number}"] = end(number)
        store.commit(batch)
        while store.prune(NOW):
            pass
    store.close()
    assert store.path is not None
    assert store.path.stat().st_size < 2.5 * MIB
    with sqlite3.connect(store.path) as database:
        (last,) = database.execute("SELECT max(seq) FROM message").fetchone()
    assert last == 10_000, "the newest stay"


def test_a_later_releases_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal-1.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()

    async def scenario() -> None:
        journal = Journal(store_in(tmp_path), Counters())
        with pytest.raises(JournalRefusedError, match=r"later release.*move the file away"):
            await journal.open()
        await journal.close()

    asyncio.run(scenario())
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" * 400])
def test_a_damaged_file_is_moved_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal-1.sqlite3"
    path.write_bytes(content)
    store = store_in(tmp_path)
    assert store.open(NOW).open == []
    commit(store, lambda batch: batch.record(arrival()))
    assert len(reopened(store).open) == 1
    (aside,) = tmp_path.glob("journal-1.sqlite3.damaged-*")
    assert aside.read_bytes() == content


def test_damage_in_mid_show_begins_a_new_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = store_in(tmp_path)
        journal = Journal(store, Counters())
        await journal.open()
        assert await journal.record(arrival(1))
        broken = store._connection
        assert broken is not None
        broken.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with (tmp_path / "journal-1.sqlite3").open("r+b") as file:
            file.seek(100)
            file.write(b"\xff" * 20_000)
        broken.execute("PRAGMA cache_size = 0")
        await journal.record(arrival(2))
        await journal.close()

    asyncio.run(scenario())
    assert len(list(tmp_path.glob("*.damaged-*"))) >= 1
    again = store_in(tmp_path)
    assert [row.utterance_id for row in again.open(NOW).open] == ["u2"]
    again.close()


def test_the_lock_names_its_owner_and_ends_with_it(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    first.acquire()
    first.acquire()
    with pytest.raises(LockedError, match=f"process {os.getpid()} writes it"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


@given(text=st.text(max_size=200), author=st.text(max_size=50))
@settings(max_examples=60, deadline=None)
def test_any_text_is_kept(text: str, author: str) -> None:
    store = store_in(None)
    utterance = json.dumps({"text": text})
    commit(
        store, lambda batch: batch.record(arrival(text=text, author=author, utterance=utterance))
    )
    (row,) = store.open(NOW).open
    assert json.loads(row.utterance) == {"text": text}
    store.close()


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = Journal(store_in(tmp_path), Counters())
    await journal.open()
    yield journal
    await journal.close()


async def test_what_is_said_to_be_safe_is_in_the_file(journal: Journal, tmp_path: Path) -> None:
    saved = [journal.record(arrival(number)) for number in range(50)]
    assert await asyncio.gather(*saved) == [True] * 50
    with sqlite3.connect(tmp_path / "journal-1.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM message").fetchone() == (50,)


async def test_acceptance_keeps_the_order_of_arrival(journal: Journal) -> None:
    order: list[int] = []
    for number in range(200):
        saved = journal.record(arrival(number))
        saved.add_done_callback(lambda _, number=number: order.append(number))
        if number % 7 == 0:
            await asyncio.sleep(0)
    await journal.settle()
    await asyncio.sleep(0)
    assert order == list(range(200))


async def test_many_share_a_transaction(tmp_path: Path) -> None:
    counters = Counters()
    journal = Journal(store_in(tmp_path), counters)
    await journal.open()
    await asyncio.gather(*(journal.record(arrival(number)) for number in range(500)))
    await journal.close()
    assert counters.get("filter_journal_commits_total") <= 3


async def test_trouble_holds_up_nobody_and_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ishowtts_filter.journal.group_commit.RETRY_S", 0.01)
    store, heard = store_in(tmp_path), []
    journal = Journal(store, Counters())
    journal.on_trouble = lambda: heard.append(journal.trouble)
    await journal.open()
    with monkeypatch.context() as broken:
        broken.setattr(store, "commit", _disk_full)
        assert await journal.record(arrival(1)) is False
        assert not journal.lasting
        assert await journal.record(arrival(2)) is False
        journal.asked(asked(2))
        await journal.end(end(1))
    await until_well(journal)
    await journal.close()
    assert heard == ["the journal cannot be written: database or disk is full", ""]
    past = reopened(store)
    assert [row.utterance_id for row in past.open] == ["u2"]
    assert past.open[0].asked == asked(2)
    assert [news.utterance_id for news in past.untold] == ["u1"]


async def until_well(journal: Journal) -> None:
    for _ in range(500):
        if not journal.trouble:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(journal.trouble)


def _disk_full(_batch: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


async def test_a_real_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ishowtts_filter.journal.group_commit.RETRY_S", 0.01)
    store = store_in(tmp_path)
    journal = Journal(store, Counters())
    await journal.open()
    await journal.record(arrival(1))
    connection = store._connection
    assert connection is not None
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    big = [journal.record(arrival(number, text="x" * 5000)) for number in range(2, 40)]
    assert not any(await asyncio.gather(*big))
    assert "full" in journal.trouble
    connection.execute("PRAGMA max_page_count = 1000000")
    await until_well(journal)
    await journal.close()
    assert len(reopened(store).open) == 39


async def test_a_folder_that_cannot_be_made_is_trouble_and_no_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    journal = Journal(store_in(tmp_path / "file" / "below"), Counters())
    assert (await journal.open()).open == []
    assert journal.trouble
    assert await journal.record(arrival()) is False
    await journal.close()


async def test_a_disk_that_does_not_answer_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ishowtts_filter.journal.group_commit.STALL_S", 0.05)
    store = store_in(tmp_path)
    journal = Journal(store, Counters())
    await journal.open()
    commit_now, slow = store.commit, []

    def stalled(batch: Batch) -> None:
        if not slow:
            slow.append(batch)
            time.sleep(0.3)
        commit_now(batch)

    monkeypatch.setattr(store, "commit", stalled)
    assert await journal.record(arrival(1)) is False
    assert await journal.record(arrival(2)) is False
    await journal.close()
    assert [row.utterance_id for row in reopened(store).open] == ["u1", "u2"]


async def test_what_cannot_be_written_is_bounded_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ishowtts_filter.journal.group_commit.MAX_UNSAVED", 100)
    counters = Counters()
    store = store_in(tmp_path)
    journal = Journal(store, counters)
    await journal.open()
    with monkeypatch.context() as broken:
        broken.setattr(store, "commit", _disk_full)
        for number in range(250):
            await journal.record(arrival(number))
    assert counters.get("filter_journal_lost_total") == 150
    journal.trouble = ""
    await journal.close()
    assert reopened(store).open[0].utterance_id == "u150"


_WRITER = """
import asyncio, sys
from pathlib import Path
from ishowtts_bus import Counters
from ishowtts_filter.journal.journal import Journal
from ishowtts_filter.journal.store import JournalStore, MIB
from tests.filter.test_journal import arrival, end

async def main():
    store = JournalStore(Path(sys.argv[1]) / "journal-1.sqlite3", 7, 64 * MIB)
    journal = Journal(store, Counters())
    await journal.open()
    number = 0
    async def one(number):
        if await journal.record(arrival(number)):
            print("a", number, flush=True)
        if number % 2 and await journal.end(end(number)):
            print("e", number, flush=True)
    while True:
        await asyncio.gather(*(one(n) for n in range(number, number + 20)))
        number += 20

asyncio.run(main())
"""


@pytest.mark.parametrize("wait_s", [0.0, 0.13])
def test_what_was_said_to_be_safe_survives_kill_9(tmp_path: Path, wait_s: float) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    ) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(100)]
        time.sleep(wait_s)
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.read().splitlines(keepends=True)
    said = [line.split() for line in lines if line.endswith("\n")]
    assert len(said) >= 100
    store = store_in(tmp_path)
    store.open(NOW)
    store.close()
    with sqlite3.connect(tmp_path / "journal-1.sqlite3") as database:
        found = dict(database.execute("SELECT utterance_id, outcome FROM message"))
    assert {f"u{number}" for kind, number in said if kind == "a"} <= set(found)
    assert all(found[f"u{number}"] == "spoken" for kind, number in said if kind == "e")
