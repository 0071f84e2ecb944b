"""Commands, voices, names and gifts through the whole filter node."""

import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.queue import QueueSettings
from ishowtts_filter.settings.speech import GiftsSettings, TemplatesSettings, VoicesSettings
from ishowtts_schemas import (
    ChatAccepted,
    ChatEnded,
    ChatEvent,
    ChatMessage,
    ChatRejected,
    PlaybackState,
    RoomControl,
    SpeechRequest,
)
from ishowtts_schemas.topics import CONTROL, PLAYBACK
from tests.filter.fakes import message
from tests.filter.stage import Stage, open_stage

SETTINGS = FilterSettings(
    queue=QueueSettings(lead_s=0, rate_limit_per_sec=0),
    templates=TemplatesSettings(names="on_change"),
    gifts=GiftsSettings(window_s=0.2),
    voices=VoicesSettings(roles={"vip": "cmn", "subscriber": "gone"}),
    rules=("clean", "commands", "speakable"),
)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(SETTINGS, data_dir=tmp_path) as stage:
        stage.app.subscribe(CONTROL, stage.events.hear)
        yield stage


def chat(text: str = "hello", *roles: str, **fields: object) -> ChatMessage:
    facts = {"author": "Ann", "author_id": "7", "received_at_ns": time.time_ns(), **fields}
    return message(text, roles=roles, **facts)  # type: ignore[arg-type]


def rose(**fields: object) -> ChatMessage:
    return chat("", kind="gift", priority="paid", event=ChatEvent(name="Rose"), **fields)


async def rejections(stage: Stage, count: int) -> list[tuple[str, str]]:
    rejected = await stage.events.wait_for(ChatRejected, count)
    return [(one.rule, one.reason) for one in rejected]


async def heard(stage: Stage, count: int) -> list[tuple[str, str]]:
    await stage.events.wait_for(ChatEnded, count)
    return [(one.text, one.voice) for one in stage.events.of(SpeechRequest)]


async def test_a_chosen_voice_speaks_its_author_from_then_on(stage: Stage) -> None:
    await stage.add_synth()
    await stage.say(chat("!voice cmn", "moderator"))
    await stage.say(chat("hello"))
    await stage.say(chat("hello", author="Bob", author_id="8"))
    assert sorted(await heard(stage, 2)) == [("Ann says: hello", "cmn"), ("Bob says: hello", "en")]
    assert await rejections(stage, 1) == [("commands", "obeyed: voice cmn")]


@pytest.mark.parametrize(
    ("profiles", "options"), [(("exact", "fast"), {"profile": "fast"}), ((), {})]
)
async def test_a_profile_is_asked_only_of_engines_that_have_it(
    stage: Stage, profiles: tuple[str, ...], options: dict[str, str]
) -> None:
    await stage.add_synth(profiles=profiles)
    await stage.say(chat("hello", profile="fast"))
    (request,) = await stage.events.wait_for(SpeechRequest)
    assert request.options == options


async def test_a_chosen_voice_and_a_silenced_room_survive_a_crash(stage: Stage) -> None:
    await stage.add_synth()
    await stage.say(chat("!voice cmn", "moderator"))
    await stage.say(chat("!tts off", "moderator"))
    await stage.events.wait_for(ChatRejected, 2)
    await stage.crash()
    await stage.restart()
    await stage.say(chat("unheard"))
    silenced = "chat is not spoken in this room until `!tts on`"
    await stage.events.wait_until(
        lambda: silenced in [one.reason for one in stage.events.of(ChatRejected)]
    )
    await stage.say(chat("!tts on", "moderator"))
    await stage.say(chat("heard"))
    assert await heard(stage, 1) == [("Ann says: heard", "cmn")]


async def test_a_silenced_room_still_hears_what_was_paid_for(stage: Stage) -> None:
    await stage.say(chat("waits"))
    await stage.say(rose(author="Bob", author_id="8"))
    await stage.events.wait_for(ChatAccepted, 2)
    await stage.say(chat("!tts off", "broadcaster"))
    await stage.say(chat("elsewhere", room="other"))
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert (ended.outcome, ended.reason) == ("cancelled", "chat was switched off")
    await stage.add_synth()
    assert sorted(text for text, _ in await heard(stage, 3)) == [
        "Ann says: elsewhere",
        "Bob gives Rose",
    ]


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("!skip", "skip"),
        ("!tts pause", "pause"),
        ("！tts resume", "resume"),
        ("!tts clear", "clear"),
    ],
)
async def test_the_player_hears_what_moderators_want(stage: Stage, text: str, action: str) -> None:
    await stage.say(chat(text, "moderator"))
    (control,) = await stage.events.wait_for(RoomControl)
    assert control == RoomControl(action=action)  # type: ignore[arg-type]
    assert await rejections(stage, 1) == [("commands", f"obeyed: {action}")]


async def test_clear_ends_what_waits(stage: Stage) -> None:
    await stage.say(chat("waits"))
    await stage.events.wait_for(ChatAccepted)
    await stage.say(chat("!tts clear", "moderator"))
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert ended.reason == "the room was cleared"


async def test_a_viewer_skips_what_is_heard_if_it_is_their_own(stage: Stage) -> None:
    await stage.add_synth(speaks=False)
    await stage.say(chat("mine"))
    (request,) = await stage.events.wait_for(SpeechRequest)
    state = PlaybackState(
        room="main", at_ns=time.time_ns(), backlog_ms=900.0, now_playing=request.utterance_id
    )
    await stage.app.publish(PLAYBACK, state, room="main")
    await stage.say(chat("!skip", author="Bob", author_id="8"))
    await stage.say(chat("!skip"))
    (control,) = await stage.events.wait_for(RoomControl)
    assert control == RoomControl(action="skip", utterance_id=request.utterance_id)
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert (ended.outcome, ended.reason) == ("cancelled", "skipped")
    not_his, _ = await rejections(stage, 2)
    assert not_his[1] == "not obeyed: nothing that the author wrote is being spoken"


async def test_an_unknown_voice_gets_a_suggestion(stage: Stage) -> None:
    await stage.add_synth()
    await stage.say(chat("!voice cm", "moderator"))
    assert await rejections(stage, 1) == [
        ("commands", "not obeyed: no voice 'cm'; did you mean cmn?")
    ]


async def test_a_configured_voice_that_nobody_has_is_counted_and_costs_no_message(
    stage: Stage,
) -> None:
    await stage.add_synth()
    await stage.say(chat("one", "vip", "subscriber"))
    await stage.say(chat("two", "subscriber"))
    assert await heard(stage, 2) == [("Ann says: one", "cmn"), ("two", "en")]
    counters = stage.node.bus.counters
    assert counters.get("filter_missing_voices_total", source="roles", voice="gone") == 1


async def test_gifts_are_said_once_and_each_message_has_its_end(stage: Stage) -> None:
    await stage.add_synth()
    gifts = [rose() for _ in range(5)]
    for one in gifts:
        await stage.say(one)
    ended = await stage.events.wait_for(ChatEnded, 5)
    assert [one.text for one in stage.events.of(SpeechRequest)] == ["Ann gives Rose times 5"]
    assert {one.message_id for one in ended} == {one.id for one in gifts}
    carrier, *others = sorted(ended, key=lambda one: one.reason)
    assert {one.reason for one in others} == {f"merged into {carrier.utterance_id}"}


async def test_gifts_that_were_being_spoken_in_a_crash_are_not_said_again(
    stage: Stage, tmp_path: Path
) -> None:
    synth = await stage.add_synth(speaks=False)
    for _ in range(3):
        await stage.say(rose())
    (request,) = await stage.events.wait_for(SpeechRequest)
    await stage.node._journal.settle()
    assert _asked(tmp_path) == 3
    await stage.crash()
    await stage.restart()
    await synth.finish(request)
    ended = await stage.events.wait_for(ChatEnded, 3)
    assert {one.outcome for one in ended} == {"spoken"}
    assert len(stage.events.of(SpeechRequest)) == 1


async def test_gifts_that_waited_in_a_crash_are_merged_again(stage: Stage) -> None:
    for _ in range(3):
        await stage.say(rose())
    await stage.events.wait_for(ChatAccepted, 3)
    await stage.crash()
    await stage.restart()
    await stage.add_synth()
    assert await heard(stage, 3) == [("Ann gives Rose times 3", "en")]


async def test_a_retry_says_what_the_first_attempt_said(stage: Stage) -> None:
    synth = await stage.add_synth(speaks=False)
    await stage.say(chat("one"))
    (first,) = await stage.events.wait_for(SpeechRequest)
    await synth.finish(first)
    await stage.say(chat("two"))
    _, second = await stage.events.wait_for(SpeechRequest, 2)
    await stage.add_synth()
    await synth.announce("offline")
    *_, again = await stage.events.wait_for(SpeechRequest, 3)
    assert (second.text, again.text, again.attempt) == ("two", "two", 2)


def _asked(folder: Path) -> int:
    database = sqlite3.connect(f"file:{folder}/journal-1.sqlite3?mode=ro", uri=True)
    try:
        return database.execute("SELECT count(*) FROM message WHERE state = 'asked'").fetchone()[0]
    finally:
        database.close()
