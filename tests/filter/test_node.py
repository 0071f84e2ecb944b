"""The filter node on a bus in memory, with a scripted synth."""

import time
from collections.abc import AsyncIterator

import msgspec
import pytest
import uvloop

from ishowtts_bus import MemoryBroker, NodeError
from ishowtts_filter.node import FilterNode
from ishowtts_filter.settings import FilterSettings
from ishowtts_filter.settings.queue import FallbackSettings, QueueSettings
from ishowtts_filter.settings.speech import TemplatesSettings
from ishowtts_schemas import (
    ChatAccepted,
    ChatEnded,
    ChatModeration,
    ChatRejected,
    Command,
    NodeState,
    PlaybackState,
    RoomControl,
    SpeechCancel,
    SpeechRequest,
)
from ishowtts_schemas.topics import CHAT_MODERATION, CONTROL, NODE_COMMAND, NODE_STATE, PLAYBACK
from tests.filter.fakes import message, synth_state
from tests.filter.stage import ScriptedSynth, Stage, open_stage

SETTINGS = FilterSettings(queue=QueueSettings(lead_s=0, rate_limit_per_sec=0))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage(SETTINGS) as stage:
        yield stage


def now_message(text: str = "hello", **fields: object):
    return message(text, received_at_ns=time.time_ns(), **fields)  # type: ignore[arg-type]


async def control(stage: Stage, action: str, utterance_id: str | None = None) -> None:
    order = RoomControl(action=action, utterance_id=utterance_id)  # type: ignore[arg-type]
    await stage.app.publish(CONTROL, order, room="main")


async def test_a_message_is_accepted_asked_for_and_ends_as_spoken(stage: Stage) -> None:
    await stage.add_synth()
    chat = now_message("hello world", author="Ann")
    await stage.say(chat)
    (ended,) = await stage.events.wait_for(ChatEnded)
    (request,) = stage.events.of(SpeechRequest)
    (accepted,) = stage.events.of(ChatAccepted)
    assert (ended.message_id, ended.outcome) == (chat.id, "spoken")
    assert accepted.utterance_id == request.utterance_id == ended.utterance_id
    assert request.text == accepted.spoken == "Ann says: hello world"
    assert (request.display_text, request.author, request.voice) == ("hello world", "Ann", "en")
    assert accepted.voice == "en"
    assert request.message_id == chat.id
    left_s = (request.deadline_at_ns - time.time_ns()) / 1e9
    assert 50 < left_s <= 60


async def test_the_request_leaves_before_the_report(stage: Stage) -> None:
    await stage.add_synth()
    await stage.say(now_message())
    await stage.events.wait_for(ChatEnded)
    kinds = [type(event) for event in stage.events.heard]
    assert kinds.index(SpeechRequest) < kinds.index(ChatAccepted) < kinds.index(ChatEnded)


async def test_without_a_name_only_the_text_is_spoken(stage: Stage) -> None:
    await stage.add_synth()
    await stage.say(now_message("hello", author=""))
    (request,) = await stage.events.wait_for(SpeechRequest)
    assert (request.text, request.author) == ("hello", None)


async def test_a_rejection_names_its_rule_and_is_counted(stage: Stage) -> None:
    await stage.add_synth()
    await stage.say(now_message("see https://example.com"))
    await stage.say(now_message("ok", voice="em"))
    link, voice = await stage.events.wait_for(ChatRejected, 2)
    assert (link.rule, link.reason) == ("links", "contains a link (https://example.com)")
    assert voice.rule == "voice"
    assert "did you mean en?" in voice.reason
    counters = stage.node.bus.counters
    assert counters.get("filter_messages_total", outcome="rejected", rule="links") == 1
    assert stage.events.of(SpeechRequest) == []


@pytest.mark.parametrize(
    "text",
    ["字" * 94, "字" * 5000, "hi " + "👨‍👩‍👧‍👦" * 200, "مرحبا \u202e123", "x" * 20_000, "w " * 400],
    ids=["94-ideographs", "5000-ideographs", "families", "bidi", "20-kB", "400-words"],
)
async def test_any_text_is_spoken_in_bounds(stage: Stage, text: str) -> None:
    await stage.add_synth()
    await stage.say(now_message(text, author=""))
    (ended,) = await stage.events.wait_for(ChatEnded)
    (request,) = stage.events.of(SpeechRequest)
    assert 0 < len(request.text) <= 280
    assert ended.outcome == "spoken"


async def test_a_repeat_is_spoken_once(stage: Stage) -> None:
    await stage.add_synth()
    chat = now_message()
    for one in (chat, chat, now_message("last", author="")):
        await stage.say(one)
    await stage.events.wait_for(ChatEnded, 2)
    assert len(stage.events.of(SpeechRequest)) == 2
    assert stage.node.bus.counters.get("filter_messages_total", outcome="duplicate", rule="") == 1


async def test_messages_wait_for_the_first_synth(stage: Stage) -> None:
    await stage.say(now_message(voice="cmn"))
    (accepted,) = await stage.events.wait_for(ChatAccepted)
    assert accepted.voice == "cmn"
    await stage.add_synth()
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert ended.outcome == "spoken"


async def test_what_a_killed_synth_had_goes_to_another(stage: Stage) -> None:
    dying = await stage.add_synth(speaks=False)
    await stage.say(now_message())
    await wait_until_taken(stage)
    await dying.bus.close()
    await stage.add_synth()
    await announce_death(stage, dying)
    first, second = await stage.events.wait_for(SpeechRequest, 2)
    assert (first.attempt, second.attempt) == (1, 2)
    assert first.utterance_id == second.utterance_id
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert ended.outcome == "spoken"


async def test_a_hanging_attempt_is_called_off_and_the_next_one_speaks() -> None:
    late_s = 0.0
    async with open_stage(SETTINGS, lambda: time.monotonic() + late_s) as stage:
        synth = await stage.add_synth(speaks=False)
        await stage.say(now_message())
        await wait_until_taken(stage)
        synth.speaks = True
        late_s = 11.0
        await control(stage, "resume")
        (cancel,) = await stage.events.wait_for(SpeechCancel)
        first, second = await stage.events.wait_for(SpeechRequest, 2)
        assert (cancel.utterance_id, cancel.attempt) == (first.utterance_id, 1)
        assert (second.utterance_id, second.attempt) == (first.utterance_id, 2)
        (ended,) = await stage.events.wait_for(ChatEnded)
        assert ended.outcome == "spoken"


async def announce_death(stage: Stage, synth: ScriptedSynth) -> None:
    """Publish what the broker would: the last will."""
    will = synth_state(synth.instance, "offline", synth.incarnation)
    await stage.app.publish(NODE_STATE, will, node="synth", instance=synth.instance)


async def queue_of(stage: Stage) -> dict:  # type: ignore[type-arg]
    reply = await stage.app.request(
        NODE_COMMAND, Command(name="queue"), timeout_s=5, node="filter", instance="1"
    )
    assert reply.ok
    return reply.result


async def wait_until_taken(stage: Stage) -> None:
    while not any(one["state"] == "taken" for one in (await queue_of(stage))["in_flight"]):
        pass


async def test_moderation_silences_what_waits_and_what_is_spoken(stage: Stage) -> None:
    synth = await stage.add_synth(speaks=False, slots=1)
    speaking = now_message("first words", author_id="troll")
    waiting = now_message("more of it", author_id="troll")
    other = now_message("something else", author_id="ann")
    for chat in (speaking, waiting, other):
        await stage.say(chat)
    await stage.events.wait_for(ChatAccepted, 3)
    removed = ChatModeration(
        platform="mqtt", room="main", action="author_removed", at_ns=0, author_id="troll"
    )
    await stage.app.publish(CHAT_MODERATION, removed, platform="mqtt", room="main")
    ended = await stage.events.wait_for(ChatEnded, 2)
    assert {one.message_id for one in ended} == {speaking.id, waiting.id}
    assert {one.outcome for one in ended} == {"cancelled"}
    (cancel,) = await stage.events.wait_for(SpeechCancel)
    assert cancel.utterance_id == stage.events.of(SpeechRequest)[0].utterance_id
    _, next_request = await stage.events.wait_for(SpeechRequest, 2)
    assert next_request.message_id == other.id
    await synth.finish(next_request)
    await stage.events.wait_for(ChatEnded, 3)


async def test_a_deletion_that_overtakes_its_message_holds(stage: Stage) -> None:
    await stage.add_synth()
    deleted = ChatModeration(
        platform="mqtt", room="main", action="message_deleted", at_ns=0, message_id="x"
    )
    await stage.app.publish(CHAT_MODERATION, deleted, platform="mqtt", room="main")
    await stage.say(now_message(message_id="x"))
    (rejected,) = await stage.events.wait_for(ChatRejected)
    assert rejected.rule == "moderation"


async def test_skip_ends_the_named_utterance(stage: Stage) -> None:
    await stage.add_synth(speaks=False)
    await stage.say(now_message())
    (request,) = await stage.events.wait_for(SpeechRequest)
    await control(stage, "skip")
    await control(stage, "skip", "somebody-else")
    await control(stage, "skip", request.utterance_id)
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert (ended.outcome, ended.reason) == ("cancelled", "skipped")
    assert len(stage.events.of(SpeechCancel)) == 1


async def test_clear_ends_all_of_the_room(stage: Stage) -> None:
    await stage.add_synth(speaks=False, slots=1)
    for _ in range(3):
        await stage.say(now_message())
    await stage.events.wait_for(ChatAccepted, 3)
    await control(stage, "clear")
    ended = await stage.events.wait_for(ChatEnded, 3)
    assert {one.outcome for one in ended} == {"cancelled"}
    queue = await queue_of(stage)
    assert (queue["waiting_total"], queue["in_flight"]) == (0, [])


async def test_a_paused_room_waits_and_goes_on(stage: Stage) -> None:
    await stage.add_synth()
    await control(stage, "pause")
    await stage.say(now_message())
    await stage.events.wait_for(ChatAccepted)
    queue = await queue_of(stage)
    assert queue["rooms"]["main"] == {"waiting": 1, "backlog_ms": 0, "paused": True}
    assert stage.events.of(SpeechRequest) == []
    await control(stage, "resume")
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert ended.outcome == "spoken"


async def test_the_players_backlog_holds_back_its_room() -> None:
    settings = FilterSettings(queue=QueueSettings(lead_s=5, rate_limit_per_sec=0))
    async with open_stage(settings) as stage:
        await stage.add_synth()
        far_behind = PlaybackState(room="main", at_ns=time.time_ns(), backlog_ms=60_000)
        await stage.app.publish(PLAYBACK, far_behind, room="main")
        await stage.say(now_message())
        await stage.say(now_message(room="other"))
        (request,) = await stage.events.wait_for(SpeechRequest)
        assert request.room == "other"
        caught_up = msgspec.structs.replace(far_behind, backlog_ms=0)
        await stage.app.publish(PLAYBACK, caught_up, room="main")
        _, request = await stage.events.wait_for(SpeechRequest, 2)
        assert request.room == "main"


async def test_what_waits_too_long_expires_without_any_event() -> None:
    settings = FilterSettings(queue=QueueSettings(ttl_s=0.3))
    async with open_stage(settings) as stage:
        await stage.say(now_message())
        (ended,) = await stage.events.wait_for(ChatEnded)
        assert (ended.outcome, ended.reason) == ("expired", "waited too long")


async def test_a_full_queue_sheds_plain_chat_and_never_what_was_paid_for() -> None:
    settings = FilterSettings(queue=QueueSettings(capacity=5))
    async with open_stage(settings) as stage:
        paid = [now_message(priority="paid", author=f"p{n}") for n in range(3)]
        for number in range(30):
            await stage.say(now_message(author=f"a{number}"))
            if number % 10 == 5:
                await stage.say(paid[number // 10])
        ended = await stage.events.wait_for(ChatEnded, 28)
        assert {one.outcome for one in ended} == {"shed"}
        assert not {one.message_id for one in ended} & {one.id for one in paid}
        assert len(stage.events.of(ChatAccepted)) == 33
        queue = await queue_of(stage)
        assert queue["rooms"]["main"]["waiting"] == 5


async def test_a_queue_that_holds_one_still_feeds_every_slot() -> None:
    settings = FilterSettings(queue=QueueSettings(capacity=1, lead_s=0, rate_limit_per_sec=0))
    async with open_stage(settings) as stage:
        synth = await stage.add_synth(slots=6, speaks=False)
        for number in range(6):
            await stage.say(now_message(author=f"a{number}"))
        for request in await stage.events.wait_for(SpeechRequest, 6):
            await synth.finish(request)
        ended = await stage.events.wait_for(ChatEnded, 6)
        assert {one.outcome for one in ended} == {"spoken"}


async def test_a_synths_failure_reaches_the_chat(stage: Stage) -> None:
    synth = await stage.add_synth(speaks=False)
    await stage.say(now_message())
    (request,) = await stage.events.wait_for(SpeechRequest)
    await synth.fail(request, "the engine choked")
    (ended,) = await stage.events.wait_for(ChatEnded)
    assert (ended.outcome, ended.reason) == ("failed", "the engine choked")
    assert stage.node.bus.counters.get("filter_ended_total", outcome="failed") == 1


async def test_an_engine_that_gets_a_pause_is_shown_until_it_works_again() -> None:
    settings = FilterSettings(queue=SETTINGS.queue, fallback=FallbackSettings(failures=1))
    async with open_stage(settings) as stage:
        stage.app.subscribe(NODE_STATE, stage.events.hear, node="filter", instance="1")
        synth = await stage.add_synth(speaks=False)
        await stage.say(now_message())
        (request,) = await stage.events.wait_for(SpeechRequest)
        await synth.fail(request, "out of memory", retryable=True)
        await stage.events.wait_until(lambda: "espeak failed too often" in detail(stage))
        _, again = await stage.events.wait_for(SpeechRequest, 2)
        await synth.finish(again)
        await stage.events.wait_until(lambda: detail(stage) == "")


def detail(stage: Stage) -> str:
    """What `status` shows of the filter."""
    return stage.events.of(NodeState)[-1].detail


async def test_a_broker_outage_loses_nothing(stage: Stage) -> None:
    synth = await stage.add_synth(speaks=False, slots=1)
    await stage.say(now_message())
    await stage.say(now_message())
    await stage.events.wait_for(ChatAccepted, 2)
    await wait_until_taken(stage)
    stage.broker.go_down()
    stage.broker.come_back()
    synth.speaks = True
    await synth.finish(stage.events.of(SpeechRequest)[0])
    ended = await stage.events.wait_for(ChatEnded, 2)
    assert [one.outcome for one in ended] == ["spoken", "spoken"]


async def test_without_a_journal_stopping_gives_everything_its_end() -> None:
    async with open_stage(SETTINGS) as stage:
        synth = await stage.add_synth(speaks=False, slots=1)
        await stage.say(now_message())
        await stage.say(now_message())
        await stage.events.wait_for(ChatAccepted, 2)
        stopping = stage.begin_to_stop()
        (cancelled,) = await stage.events.wait_for(ChatEnded)
        assert (cancelled.outcome, cancelled.reason) == ("cancelled", "the filter stopped")
        await synth.finish(stage.events.of(SpeechRequest)[0])
        _, spoken = await stage.events.wait_for(ChatEnded, 2)
        assert spoken.outcome == "spoken"
        await stopping


async def test_a_thousand_messages_are_all_accounted_for() -> None:
    settings = FilterSettings(queue=SETTINGS.queue, rules=("clean",))
    async with open_stage(settings) as stage:
        await stage.add_synth(slots=8)
        for number in range(1000):
            await stage.say(now_message(f"message {number}", room=f"room-{number % 3}"))
        ended = await stage.events.wait_for(ChatEnded, 1000)
        assert len({one.message_id for one in ended}) == 1000
        assert len(stage.events.of(ChatAccepted)) == 1000
        assert {one.outcome for one in ended} <= {"spoken", "shed"}


def test_it_works_on_uvloop_whose_timers_are_not_quite_asyncios() -> None:
    async def scenario() -> None:
        async with open_stage(SETTINGS) as stage:
            await stage.say(now_message())
            await stage.events.wait_for(ChatAccepted)
            await stage.add_synth()
            for _ in range(3):
                await stage.say(now_message())
            await stage.events.wait_for(ChatEnded, 4)
            assert stage.node.bus.counters.get("bus_handler_errors_total") == 0

    uvloop.run(scenario())


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (FilterSettings(rules=("cleen",)), r"no rule 'cleen'.*did you mean clean\?"),
        (
            FilterSettings(templates=TemplatesSettings(chat="hi")),
            r"filter\.templates\.chat: \{text\}",
        ),
    ],
)
async def test_wrong_settings_refuse_to_start(settings: FilterSettings, sentence: str) -> None:
    node = FilterNode(MemoryBroker().bus("filter"), settings)
    with pytest.raises(NodeError, match=sentence):
        await node.start()
    await node.stop()
