"""Whoever sends a message again is told again what became of it."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.queue import QueueSettings
from ishowtts_schemas import ChatAccepted, ChatEnded, ChatMessage, ChatRejected
from tests.filter.fakes import message
from tests.filter.stage import Stage, open_stage

SETTINGS = FilterSettings(
    queue=QueueSettings(lead_s=0, rate_limit_per_sec=0), rules=("clean", "links")
)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(SETTINGS, data_dir=tmp_path) as stage:
        yield stage


def chat(text: str = "hello") -> ChatMessage:
    return message(text, received_at_ns=time.time_ns())


def link() -> ChatMessage:
    return chat("see https://example.com")


@pytest.mark.parametrize("crash", [False, True])
async def test_a_waiting_message_is_accepted_again(stage: Stage, crash: bool) -> None:
    one = chat()
    await stage.say(one)
    (first,) = await stage.events.wait_for(ChatAccepted)
    if crash:
        await stage.crash()
        await stage.restart()
        await stage.events.wait_for(ChatAccepted, 2)
    told = len(stage.events.of(ChatAccepted))
    await stage.say(one)
    *_, again = await stage.events.wait_for(ChatAccepted, told + 1)
    assert (again.message_id, again.utterance_id) == (one.id, first.utterance_id)
    assert (again.spoken, again.voice) == (first.spoken, first.voice)


@pytest.mark.parametrize("crash", [False, True])
async def test_a_rejection_and_an_end_are_told_again(stage: Stage, crash: bool) -> None:
    await stage.add_synth()
    bad, good = link(), chat()
    for one in (bad, good):
        await stage.say(one)
    await stage.events.wait_for(ChatRejected)
    await stage.events.wait_for(ChatEnded)
    await stage.node._journal.settle()
    if crash:
        await stage.crash()
        await stage.restart()
    told = len(stage.events.of(ChatRejected)), len(stage.events.of(ChatEnded))
    for one in (bad, good):
        await stage.say(one)
    *_, rejected = await stage.events.wait_for(ChatRejected, told[0] + 1)
    *_, ended = await stage.events.wait_for(ChatEnded, told[1] + 1)
    assert (rejected.message_id, rejected.rule) == (bad.id, "links")
    assert (ended.message_id, ended.outcome) == (good.id, "spoken")
    assert stage.node.bus.counters.get("filter_ended_total", outcome="spoken") == (not crash)


async def test_a_message_that_comes_twice_at_once_is_answered(stage: Stage) -> None:
    one = link()
    await stage.say(one)
    await stage.say(one)
    first, again = await stage.events.wait_for(ChatRejected, 2)
    assert (first.message_id, first.rule) == (again.message_id, again.rule)


async def test_a_flood_of_repeats_is_answered_now_and_then(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ishowtts_filter.repeats.AT_ONCE", 2)
    monkeypatch.setattr("ishowtts_filter.repeats.PAUSE_S", 60)
    ones = [link() for _ in range(6)]
    for one in ones:
        await stage.say(one)
    await stage.events.wait_for(ChatRejected, 6)
    for _ in range(5):
        for one in ones:
            await stage.say(one)
    await stage.events.wait_for(ChatRejected, 7)
    counters = stage.node.bus.counters
    await stage.events.wait_until(
        lambda: counters.get("filter_messages_total", outcome="duplicate", rule="") == 30
    )
    assert counters.get("filter_unanswered_repeats_total") > 0
    assert len(stage.events.of(ChatRejected)) <= 6 + 2
