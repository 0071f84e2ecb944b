"""A filter that was killed or stopped, and the one that goes on with its journal."""

import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ishowtts_bus import NodeError
from ishowtts_filter.flights.flight import Place
from ishowtts_filter.node import FilterNode
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.queue import QueueSettings
from ishowtts_schemas import (
    ChatAccepted,
    ChatEnded,
    ChatMessage,
    ChatModeration,
    ChatRejected,
    NodeState,
    RoomControl,
    SpeechPart,
    SpeechRequest,
)
from ishowtts_schemas.topics import (
    CHAT_MESSAGE,
    CHAT_MODERATION,
    CONTROL,
    NODE_STATE,
    SPEECH_PROGRESS,
)
from tests.filter.fakes import message
from tests.filter.stage import Stage, kill, open_stage

SETTINGS = FilterSettings(
    queue=QueueSettings(lead_s=0, rate_limit_per_sec=0), rules=("clean", "links")
)


class Clock:
    """Real time, and whatever a test adds to it."""

    def __init__(self) -> None:
        self.later_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.later_s


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(SETTINGS, data_dir=tmp_path) as stage:
        yield stage


def chat(text: str = "hello", **fields: object) -> ChatMessage:
    return message(text, received_at_ns=time.time_ns(), **fields)  # type: ignore[arg-type]


def rows(folder: Path) -> list[tuple[str, str, str | None]]:
    database = sqlite3.connect(f"file:{folder}/journal-1.sqlite3?mode=ro", uri=True)
    try:
        return database.execute("SELECT message_id, state, outcome FROM message").fetchall()
    finally:
        database.close()


async def until_taken(stage: Stage, count: int = 1) -> None:
    await stage.events.wait_for(SpeechRequest, count)
    await stage.events.wait_until(
        lambda: all(flight.state == "taken" for flight in stage.node._dispatcher._flights)
    )


async def test_what_waited_is_spoken_by_the_next_filter(stage: Stage, tmp_path: Path) -> None:
    one, two = chat("one"), chat("two")
    await stage.say(one)
    await stage.say(two)
    await stage.events.wait_for(ChatAccepted, 2)
    await stage.crash()
    await stage.restart()
    await stage.add_synth()
    ended = await stage.events.wait_for(ChatEnded, 2)
    assert [(end.message_id, end.outcome) for end in ended] == [
        (one.id, "spoken"),
        (two.id, "spoken"),
    ]
    assert rows(tmp_path) == [(one.id, "ended", "spoken"), (two.id, "ended", "spoken")]


async def test_a_clean_stop_leaves_what_waits_for_the_next_start(stage: Stage) -> None:
    await stage.say(chat())
    await stage.events.wait_for(ChatAccepted)
    await stage.begin_to_stop()
    assert stage.events.of(ChatEnded) == []
    await stage.restart()
    await stage.add_synth()
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert ended.outcome == "spoken"


async def test_what_came_while_the_filter_was_away_is_read_later(stage: Stage) -> None:
    await stage.add_synth()
    await stage.begin_to_stop()
    await stage.say(chat("while you were away"))
    await stage.restart()
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert ended.outcome == "spoken"


async def test_a_message_that_the_broker_delivers_again_is_the_same(stage: Stage) -> None:
    await stage.add_synth()
    one = chat()
    await stage.say(one)
    await stage.events.wait_for(ChatEnded)
    await stage.crash()
    await stage.restart()
    await stage.say(one)
    await stage.say(chat("last"))
    await stage.events.wait_for(SpeechRequest, 2)
    assert [one.display_text for one in stage.events.of(SpeechRequest)] == ["hello", "last"]
    assert stage.node.bus.counters.get("filter_messages_total", outcome="duplicate", rule="") == 1


async def test_a_synth_that_still_speaks_is_let_finish(stage: Stage) -> None:
    synth = await stage.add_synth(speaks=False)
    await stage.say(chat())
    await until_taken(stage)
    (request,) = stage.events.of(SpeechRequest)
    await settle(stage)
    await stage.crash()
    await stage.restart()
    await synth.announce("ready")
    assert stage.node._dispatcher.in_flight == 1
    await synth.finish(request)
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert ended.outcome == "spoken"
    assert len(stage.events.of(SpeechRequest)) == 1


async def settle(stage: Stage) -> None:
    """Until all that was noted is in the file."""
    await stage.node._journal.settle()


@pytest.mark.parametrize("written", [True, False])
async def test_a_synth_that_finished_meanwhile_has_spoken(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: bool
) -> None:
    """Also where the filter died between asking and writing down that it had."""
    monkeypatch.setattr("ishowtts_filter.journal.group_commit.LAZY_S", 60)
    synth = await stage.add_synth(speaks=False)
    await stage.say(chat())
    await until_taken(stage)
    (request,) = stage.events.of(SpeechRequest)
    if written:
        await settle(stage)
    await stage.crash()
    assert [row[1] for row in rows(tmp_path)] == ["asked" if written else "waiting"]
    if not written:
        await synth.announce("offline")
    await synth.finish(request)
    await stage.restart()
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert ended.outcome == "spoken"
    assert len(stage.events.of(SpeechRequest)) == 1


async def test_how_far_a_synth_had_come_is_not_forgotten(stage: Stage) -> None:
    synth = await stage.add_synth(speaks=False)
    await stage.say(chat("One. Two.", author=""))
    await until_taken(stage)
    (request,) = stage.events.of(SpeechRequest)
    part = SpeechPart(
        utterance_id=request.utterance_id,
        attempt=1,
        chars=request.text.index("Two"),
        samples=24_000,
    )
    await synth.bus.publish(SPEECH_PROGRESS, part, engine="espeak")
    await stage.events.wait_until(lambda: _place(stage).samples > 0)
    before = _place(stage)
    await settle(stage)
    await stage.crash()
    await stage.restart()
    assert _place(stage) == before


def _place(stage: Stage) -> Place:
    (flight,) = stage.node._dispatcher._flights
    return flight.spoken


async def test_a_synth_that_died_with_the_filter_is_replaced_at_once(stage: Stage) -> None:
    dying = await stage.add_synth(speaks=False)
    await stage.say(chat())
    await until_taken(stage)
    await settle(stage)
    await stage.crash()
    await dying.bus.close()
    await stage.add_synth()
    will = NodeState(node="synth", instance="1", incarnation=1, health="offline", pid=1)
    await stage.app.publish(NODE_STATE, will, node="synth", instance="1")
    await stage.restart()
    first, second = await stage.events.wait_for(SpeechRequest, 2)
    assert (first.utterance_id, first.attempt) == (second.utterance_id, 1)
    assert (second.attempt, second.text, second.voice) == (2, first.text, first.voice)
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert ended.outcome == "spoken"


async def test_a_request_that_died_with_the_filter_is_made_again(tmp_path: Path) -> None:
    clock = Clock()
    async with open_stage(SETTINGS, clock, data_dir=tmp_path) as stage:
        synth = await stage.add_synth(speaks=False)
        synth.takes = False
        await stage.say(chat())
        await stage.events.wait_for(SpeechRequest)
        await settle(stage)
        await stage.crash()
        synth.takes = synth.speaks = True
        await stage.restart()
        clock.later_s = 3
        _, again = await stage.events.wait_for(SpeechRequest, 2)
        assert again.attempt == 2, "another attempt: the first one may be on its way"
        (ended,) = await stage.events.wait_for(ChatEnded)
        assert ended.outcome == "spoken"


async def test_what_is_too_old_by_then_expires(tmp_path: Path) -> None:
    settings = FilterSettings(queue=QueueSettings(ttl_s=0.2))
    async with open_stage(settings, data_dir=tmp_path) as stage:
        await stage.say(chat())
        await stage.events.wait_for(ChatAccepted)
        await stage.crash()
        time.sleep(0.25)  # noqa: ASYNC251 - nothing runs meanwhile
        await stage.restart()
        await stage.add_synth()
        (ended,) = await stage.events.wait_for(ChatEnded)
        assert ended.outcome == "expired"
        assert stage.events.of(SpeechRequest) == []


async def test_a_deletion_is_not_forgotten_in_a_crash(stage: Stage) -> None:
    deleted = ChatModeration(
        platform="mqtt", room="main", action="message_deleted", at_ns=0, message_id="x"
    )
    await stage.app.publish(CHAT_MODERATION, deleted, platform="mqtt", room="main")
    await stage.say(chat("to be sure that it was heard"))
    await stage.events.wait_for(ChatAccepted)
    await stage.crash()
    await stage.restart()
    await stage.say(chat(message_id="x"))
    (rejected,) = await stage.events.wait_for(ChatRejected)
    assert rejected.rule == "moderation"


async def test_a_deletion_wins_while_its_message_is_being_written(stage: Stage) -> None:
    await stage.add_synth()
    one = chat()
    deleted = ChatModeration(
        platform="mqtt", room="main", action="message_deleted", at_ns=0, message_id=one.id
    )
    chat_ids = {"platform": "mqtt", "room": "main"}
    await stage.app.publish(CHAT_MESSAGE, one, **chat_ids)
    await stage.app.publish(CHAT_MODERATION, deleted, **chat_ids)
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert ended.outcome == "cancelled"
    assert stage.events.of(SpeechRequest) == []


async def test_an_end_that_nobody_heard_of_is_told_again(stage: Stage, tmp_path: Path) -> None:
    await stage.add_synth()
    await stage.say(chat("see https://example.com"))
    await stage.say(chat())
    await stage.events.wait_for(ChatEnded)
    await stage.crash()
    with sqlite3.connect(tmp_path / "journal-1.sqlite3") as database:
        database.execute("UPDATE message SET told = 0")
    await stage.restart()
    first, again = await stage.events.wait_for(ChatEnded, 2)
    assert (first.utterance_id, first.outcome) == (again.utterance_id, again.outcome)
    rejections = await stage.events.wait_for(ChatRejected, 2)
    assert rejections[0].rule == rejections[1].rule == "links"


async def test_a_paused_room_survives_and_its_messages_grow_no_older(tmp_path: Path) -> None:
    settings = FilterSettings(queue=QueueSettings(ttl_s=0.5, lead_s=0))
    async with open_stage(settings, data_dir=tmp_path) as stage:
        pause = RoomControl(action="pause")
        await stage.app.publish(CONTROL, pause, room="main")
        await stage.say(chat())
        await stage.events.wait_for(ChatAccepted)
        await stage.crash()
        time.sleep(0.6)  # noqa: ASYNC251 - nothing runs meanwhile
        await stage.restart()
        await stage.add_synth()
        assert stage.events.of(SpeechRequest) == []
        await stage.app.publish(CONTROL, RoomControl(action="resume"), room="main")
        (ended,) = await stage.events.wait_for(ChatEnded)
        assert ended.outcome == "spoken"


async def test_news_behind_the_end_of_a_filter_are_for_the_next_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ishowtts_filter.node.LAND_TIMEOUT_S", 0.01)
    synth = await stage.add_synth(speaks=False)
    await stage.say(chat())
    await until_taken(stage)
    teardown = stage.node.teardown

    async def teardown_and_then_some() -> None:
        await teardown()
        await synth.finish(stage.events.of(SpeechRequest)[0])

    monkeypatch.setattr(stage.node, "teardown", teardown_and_then_some)
    stage.begin_to_stop()
    await stage.restart()
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert ended.outcome == "spoken"
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_second_filter_on_the_same_file_is_refused(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ishowtts_filter.journal.store.LOCK_PATIENCE_S", 0.1)
    second = FilterNode(stage.broker.bus("filter-2"), SETTINGS, data_dir=tmp_path)
    with pytest.raises(NodeError, match=r"process \d+ writes it.*--instance"):
        await second.start()
    await second.stop()
    await stage.say(chat())
    await stage.events.wait_for(ChatAccepted)


async def test_while_the_file_cannot_be_written_the_show_goes_on(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ishowtts_filter.journal.group_commit.RETRY_S", 0.02)
    stage.app.subscribe(NODE_STATE, stage.events.hear, node="filter", instance="1")
    await stage.add_synth()
    store = stage.node._journal._store
    with monkeypatch.context() as broken:

        def full(_batch: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        broken.setattr(store, "commit", full)
        await stage.say(chat())
        (ended,) = await stage.events.wait_for(ChatEnded)
        assert ended.outcome == "spoken"
        await stage.events.wait_until(
            lambda: any("disk is full" in state.detail for state in stage.events.of(NodeState))
        )
    await stage.events.wait_until(lambda: stage.events.of(NodeState)[-1].detail == "")
    await settle(stage)
    assert [row[1:] for row in rows(tmp_path)] == [("ended", "spoken")]


async def test_a_killed_filter_can_be_killed_again_at_once(stage: Stage) -> None:
    await stage.say(chat())
    await stage.events.wait_for(ChatAccepted)
    for _ in range(3):
        await kill(stage.node)
        await stage.restart()
    await stage.add_synth()
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert ended.outcome == "spoken"
