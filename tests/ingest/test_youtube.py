"""Reading YouTube's live chat, against a server that answers as its API does."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.settings.youtube import YoutubeSettings
from ishowtts_ingest.source import Channel, SourceContext
from ishowtts_ingest.sources.youtube import YoutubeSource
from ishowtts_ingest.tasks import end
from ishowtts_ingest.youtube.reader import SLOWED
from tests.fakes.fake_youtube import (
    CHANNEL,
    KEY,
    NOW,
    QUICK,
    VIDEO,
    Failure,
    FakeYoutube,
    entry,
    video,
)
from tests.fakes.serving import serving
from tests.ingest.platform import until
from tests.ingest.stage import Sink, context

OTHER = "aaaaaaaaaaa"
MESSAGES = "liveChat/messages"


class Stage:
    """A source that reads from the fake, and a clock."""

    def __init__(self) -> None:
        self.fake = FakeYoutube()
        self.sink = Sink()
        self.now_ns = int(NOW.timestamp()) * 10**9
        self.context = SourceContext(context().bus, clock_ns=lambda: self.now_ns)
        self.source: YoutubeSource
        self.task: asyncio.Task[None]

    def start(self, *names: str, **settings: Any) -> None:
        """Begin to read videos or channels."""
        configured = replace(self.fake.settings, **settings)
        self.source = YoutubeSource(self.context, configured, QUICK)
        for name in names or (VIDEO,):
            self.source.join(Channel(name, room="b"))
        self.task = asyncio.create_task(self.source.run(self.sink))

    async def reads(self, name: str = VIDEO) -> None:
        await until(lambda: self.source.state(name).phase == "reading")

    async def fails(self, name: str = VIDEO) -> str:
        await until(lambda: self.source.state(name).phase == "failed")
        return self.source.state(name).detail

    async def hears(self, *texts: str) -> None:
        await until(lambda: len(self.sink.texts) >= len(texts))
        assert self.sink.texts == list(texts)

    async def looks(self, times: int = 2) -> None:
        """Until the chat has been looked into some more times."""
        polls = self.fake.polls()
        await until(lambda: self.fake.polls() >= polls + times)

    def count(self, counter: str, reason: str) -> float:
        return self.context.counters.get(counter, source="youtube", reason=reason)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    async with serving(stage.fake):
        yield stage
        if hasattr(stage, "task"):
            await end(stage.task)


async def test_what_was_said_before_is_not_read_and_what_follows_is_in_order(
    stage: Stage,
) -> None:
    stage.fake.say("old")
    stage.start()
    await stage.reads()
    for number in range(20):
        stage.fake.say(str(number))
    await stage.hears(*map(str, range(20)))
    assert {asked.key for asked in stage.fake.asked} == {KEY}
    assert not any(KEY in str(asked.query) for asked in stage.fake.asked)


async def test_deletions_and_bans_are_passed_on(stage: Stage) -> None:
    stage.start()
    await stage.reads()
    message_id = stage.fake.say("bad")
    stage.fake.chat.append(
        entry("messageDeletedEvent", {"messageDeletedDetails": {"deletedMessageId": message_id}})
    )
    await until(lambda: len(stage.sink.events) == 2)
    assert getattr(stage.sink.events[1], "message_id", "") == message_id


async def test_the_time_that_youtube_asks_for_is_left_between_looks(stage: Stage) -> None:
    stage.fake.polling_ms = 60_000
    stage.start()
    await stage.reads()
    await asyncio.sleep(0.1)
    assert stage.fake.polls() == 1


async def test_a_short_quota_slows_the_looks_down_and_says_so(stage: Stage) -> None:
    stage.start(daily_units=100_000)
    await stage.reads()
    await asyncio.sleep(0.1)
    assert stage.fake.polls() == 1
    assert stage.source.state(VIDEO).detail == SLOWED


@pytest.mark.parametrize("whose", ["youtube's", "our own"])
async def test_a_quota_that_is_used_up_is_said_and_nothing_is_asked_until_midnight(
    stage: Stage, whose: str, caplog: pytest.LogCaptureFixture
) -> None:
    stage.fake.videos[OTHER] = video(OTHER)
    if whose == "youtube's":
        stage.fake.failures[MESSAGES] = [Failure(403, "quotaExceeded", "You have exceeded it.")]
        stage.start(VIDEO, OTHER)
    else:
        stage.start(VIDEO, OTHER, daily_units=100)
        stage.source._quota.exhaust(NOW.timestamp())
    said = await stage.fails()
    assert said == await stage.fails(OTHER)
    assert "used up: the chat is read again at midnight, Pacific time, in 9 h 47 min" in said
    asked = len(stage.fake.asked)
    await asyncio.sleep(0.1)
    assert len(stage.fake.asked) == asked


async def test_messages_of_an_outage_are_read_when_it_is_over(stage: Stage) -> None:
    stage.start()
    await stage.reads()
    stage.fake.failures[MESSAGES] = [Failure(503, "backendError", "Backend Error")]
    assert "YouTube answers 503: Backend Error" in await stage.fails()
    stage.fake.say("meanwhile")
    stage.fake.failures.clear()
    await stage.reads()
    await stage.hears("meanwhile")


async def test_after_a_long_outage_old_chat_is_left_out_and_what_was_paid_is_not(
    stage: Stage,
) -> None:
    stage.start()
    await stage.reads()
    stage.fake.say("stale", age_s=600)
    paid = {"amountMicros": "1000000", "currency": "USD", "userComment": "paid"}
    stage.fake.chat.append(entry("superChatEvent", {"superChatDetails": paid}, age_s=600))
    stage.fake.say("fresh")
    await stage.hears("paid", "fresh")
    assert stage.count("ingest_ignored_total", "late") == 1


async def test_a_server_that_was_away_is_found_again(stage: Stage) -> None:
    stage.start()
    await stage.reads()
    await stage.fake.stop()
    assert "cannot be reached" in await stage.fails()
    await stage.fake.start()
    await stage.reads()
    stage.fake.say("back")
    await stage.hears("back")


async def test_a_lost_place_in_the_chat_is_found_again_without_repeating_anything(
    stage: Stage,
) -> None:
    stage.fake.say("old")
    stage.start()
    await stage.reads()
    stage.fake.say("one")
    await stage.hears("one")
    await stage.looks()
    stage.fake.stale = {"at-2"}
    stage.fake.say("two")
    await stage.hears("one", "two")
    assert stage.count("ingest_invalid_total", "page_token") >= 1


@pytest.mark.parametrize("how", ["event", "offline", "error"])
async def test_a_video_whose_chat_has_ended_is_not_asked_for_any_more(
    stage: Stage, how: str
) -> None:
    stage.start()
    await stage.reads()
    stage.fake.say("bye")
    if how == "event":
        stage.fake.chat.append(entry("chatEndedEvent", {}))
    elif how == "offline":
        stage.fake.offline = True
    await stage.hears("bye")
    if how == "error":
        stage.fake.failures[MESSAGES] = [Failure(403, "liveChatEnded", "The live chat has ended.")]
    assert "ended" in await stage.fails()
    asked = len(stage.fake.asked)
    await asyncio.sleep(0.1)
    assert len(stage.fake.asked) == asked


@pytest.mark.parametrize(
    ("entry_of_video", "said"),
    [
        (None, "there is no video"),
        ({"id": VIDEO, "snippet": {}}, "is no live stream"),
        (video(VIDEO, "none", actualEndTime=NOW.isoformat()), "the stream has ended"),
    ],
)
async def test_a_video_without_a_chat_is_asked_for_once(
    stage: Stage, entry_of_video: dict[str, Any] | None, said: str
) -> None:
    stage.fake.videos = {VIDEO: entry_of_video} if entry_of_video else {}
    stage.start()
    assert said in await stage.fails()
    await asyncio.sleep(0.1)
    assert len(stage.fake.asked) == 1


async def test_a_video_that_has_not_begun_is_looked_for_again(stage: Stage) -> None:
    stage.fake.videos[VIDEO] = video(VIDEO, "none")
    stage.start()
    assert "no chat now" in await stage.fails()
    stage.fake.videos[VIDEO] = video(VIDEO, "upcoming")
    await stage.reads()


async def test_a_channel_is_read_whenever_it_streams(stage: Stage) -> None:
    stage.fake.videos = {}
    stage.start("@ann_plays", CHANNEL)
    assert await stage.fails("@ann_plays") == "@ann_plays is not live"
    stage.fake.uploads[CHANNEL] = [OTHER, VIDEO]
    stage.fake.videos = {
        OTHER: video(OTHER, "upcoming"),
        VIDEO: video(VIDEO, activeLiveChatId="chat2"),
    }
    await stage.reads("@ann_plays")
    await stage.reads(CHANNEL)
    assert {one.query["liveChatId"] for one in stage.fake.asked if one.path == MESSAGES} == {
        "chat2"
    }
    stage.fake.chat.append(entry("chatEndedEvent", {}))
    stage.fake.videos = {}
    assert await stage.fails("@ann_plays") != ""
    stage.fake.chat, stage.fake.videos = [], {VIDEO: video(VIDEO)}
    await stage.reads("@ann_plays")
    searched = [one.path for one in stage.fake.asked if one.path == "channels"]
    assert len(searched) == 2, "once for each channel"


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (Failure(400, "API_KEY_INVALID", f"API key {KEY} not valid."), "API key ... not valid."),
        (Failure(403, "accessNotConfigured", "The API is not enabled."), "not enabled"),
        (Failure(403, "rateLimitExceeded", "Too fast."), "YouTube answers 403: Too fast."),
    ],
)
async def test_a_no_is_a_clear_state_and_the_key_is_shown_nowhere(
    stage: Stage, failure: Failure, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    stage.fake.failures["videos"] = [failure]
    with caplog.at_level(logging.DEBUG):
        stage.start()
        assert said in await stage.fails()
    assert KEY not in caplog.text + stage.source.state(VIDEO).detail
    stage.fake.failures.clear()
    await stage.reads()


@pytest.mark.parametrize("body", [b"not json", b"[]", b'{"items": 7}', b"[" * 5000, b"\xff"])
async def test_an_answer_that_makes_no_sense_is_asked_for_again(stage: Stage, body: bytes) -> None:
    stage.start()
    await stage.reads()
    stage.fake.raw_body = body
    assert "cannot be read" in await stage.fails()
    stage.fake.raw_body = b""
    stage.fake.chat += [7, {"id": "x"}]
    stage.fake.say("fine")
    await stage.hears("fine")
    assert stage.count("ingest_invalid_total", "malformed") == 2


async def test_one_channel_that_fails_leaves_the_others_alone(stage: Stage) -> None:
    stage.start(VIDEO, OTHER)
    assert "there is no video" in await stage.fails(OTHER)
    await stage.reads()
    stage.fake.say("hello")
    await stage.hears("hello")


async def test_a_channel_that_was_left_is_asked_for_no_more(stage: Stage) -> None:
    stage.start()
    await stage.reads()
    stage.source.leave(VIDEO)
    await asyncio.sleep(0.05)
    asked = len(stage.fake.asked)
    await asyncio.sleep(0.1)
    assert len(stage.fake.asked) == asked


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"api_key": ""}, "set ingest.youtube.api_key"),
        ({"api_key": "a b"}, "characters that cannot be sent"),
        ({"api_url": "http://example.com"}, "https://host"),
        ({"api_url": "https://[::1"}, "https://host"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(changed: dict[str, str], said: str) -> None:
    ready = YoutubeSettings(api_key=KEY)
    YoutubeSource(context(), ready).check()
    with pytest.raises(SourceError, match=said):
        YoutubeSource(context(), replace(ready, **changed)).check()
