"""Reading Twitch through EventSub, against a server that speaks it. twitchio needs Python 3.11."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.settings.twitch import TwitchEventsubSettings
from ishowtts_ingest.source import Channel
from ishowtts_ingest.sources.twitch_eventsub import (
    CHANNELS_PER_LINK,
    LINKS,
    TwitchEventsubSource,
)
from ishowtts_ingest.tasks import end
from ishowtts_schemas import ChatMessage, ChatModeration
from tests.fakes.fake_eventsub import (
    CLEAR,
    CLEAR_USER,
    MESSAGE,
    MESSAGE_DELETE,
    NOTIFICATION,
    QUICK,
    REDEMPTION,
    FakeEventsub,
    Refusal,
    chat_event,
)
from tests.fakes.serving import serving
from tests.ingest.platform import until
from tests.ingest.stage import Sink, context

needs_twitchio = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="twitchio needs Python 3.11, and so does this source"
)
CHAT = {MESSAGE, NOTIFICATION, MESSAGE_DELETE, CLEAR_USER, CLEAR}
READY = TwitchEventsubSettings(client_id="client1", token="token1")


class Stage:
    """A source that reads from the fake."""

    def __init__(self) -> None:
        self.fake = FakeEventsub()
        self.sink = Sink()
        self.context = context()
        self.source: TwitchEventsubSource
        self.task: asyncio.Task[None]

    def start(self, *names: str, **settings: Any) -> None:
        """Begin to read channels."""
        configured = replace(self.fake.settings, **settings)
        self.source = TwitchEventsubSource(self.context, configured, QUICK)
        for name in names or ("ann_plays",):
            self.source.join(Channel(name))
        self.task = asyncio.create_task(self.source.run(self.sink))

    async def read(self, *names: str, **settings: Any) -> None:
        """Read channels, and wait until that goes well."""
        self.start(*names, **settings)
        for name in names or ("ann_plays",):
            await self.reads(name)

    async def reads(self, name: str = "ann_plays") -> None:
        await until(lambda: self.source.state(name).phase == "reading", 10)

    async def fails(self, name: str = "ann_plays") -> str:
        await until(lambda: self.source.state(name).phase == "failed", 10)
        return self.source.state(name).detail

    async def hears(self, *texts: str) -> None:
        await until(lambda: len(self.sink.texts) >= len(texts))
        assert self.sink.texts == list(texts)

    def count(self, counter: str, **labels: str) -> float:
        return self.context.counters.get(counter, source="twitch_eventsub", **labels)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    async with serving(stage.fake):
        yield stage
        if hasattr(stage, "task"):
            await end(stage.task)


@needs_twitchio
async def test_a_channel_is_read_with_all_that_happens_in_it(stage: Stage) -> None:
    await stage.read()
    assert stage.fake.types() == CHAT
    await stage.fake.say("hello")
    raid = chat_event("", notice_type="raid", raid={"viewer_count": 9})
    await stage.fake.notify(NOTIFICATION, raid)
    await stage.fake.notify(CLEAR_USER, {"broadcaster_user_id": "1", "target_user_id": "2"})
    await until(lambda: len(stage.sink.events) == 3)
    kinds = [getattr(event, "kind", getattr(event, "action", "")) for event in stage.sink.events]
    assert kinds == ["chat", "raid", "author_removed"]


@needs_twitchio
async def test_what_comes_twice_counts_once(stage: Stage) -> None:
    await stage.read()
    for _ in range(3):
        await stage.fake.notify(MESSAGE, chat_event("hello"), message_id="same")
    await stage.fake.say("more")
    await stage.hears("hello", "more")
    assert stage.count("ingest_repeated_total") == 2


@needs_twitchio
async def test_channel_points_of_the_own_channel_are_read(stage: Stage) -> None:
    stage.fake.scopes += ["channel:read:redemptions"]
    stage.fake.titles = {"r1": "Hydrate"}
    await stage.read("ann_plays", "bob")
    assert stage.fake.types("ann_plays") == {*CHAT, REDEMPTION}
    assert stage.fake.types("bob") == CHAT
    await stage.fake.say("drink", channel_points_custom_reward_id="r1")
    await stage.hears("drink")
    (message,) = stage.sink.events
    assert isinstance(message, ChatMessage)
    assert message.event is not None
    assert (message.kind, message.event.name) == ("redemption", "Hydrate")


@needs_twitchio
async def test_without_channel_points_the_chat_is_read_and_it_is_said(stage: Stage) -> None:
    stage.fake.scopes += ["channel:read:redemptions"]
    stage.fake.refusals[REDEMPTION] = Refusal(403, "The broadcaster has no channel points")
    await stage.read()
    assert "no channel points" in stage.source.state("ann_plays").detail
    stage.source.join(Channel("bob"))
    await stage.reads("bob")
    assert "no channel points" in stage.source.state("ann_plays").detail
    await stage.fake.say("hello")
    await stage.hears("hello")


@needs_twitchio
async def test_channel_points_that_are_taken_back_leave_the_chat(stage: Stage) -> None:
    stage.fake.scopes += ["channel:read:redemptions"]
    await stage.read()
    await stage.fake.revoke(REDEMPTION, "authorization_revoked")
    await until(lambda: "channel points" in stage.source.state("ann_plays").detail)
    assert stage.source.state("ann_plays").phase == "reading"
    await stage.fake.say("hello")
    await stage.hears("hello")


@needs_twitchio
async def test_moving_to_another_server_loses_and_doubles_nothing(stage: Stage) -> None:
    await stage.read()
    (old,) = stage.fake.wires
    subscribed = len(stage.fake.requested)
    await stage.fake.say("before")
    await stage.fake.ask_to_move()
    await stage.fake.notify(MESSAGE, chat_event("while asked"), wire=old)
    await until(lambda: len(stage.fake.wires) == 2)
    await stage.fake.notify(MESSAGE, chat_event("late on the old one"), wire=old)
    await stage.fake.notify(MESSAGE, chat_event("on both"), message_id="both")
    await stage.hears("before", "while asked", "late on the old one", "on both")
    await until(lambda: stage.fake.wires != [] and old not in stage.fake.wires)
    await stage.fake.say("after")
    await stage.hears("before", "while asked", "late on the old one", "on both", "after")
    assert len(stage.fake.requested) == subscribed, "the subscriptions have moved along"
    assert stage.source.state("ann_plays").phase == "reading"


@needs_twitchio
async def test_a_move_to_a_server_that_does_not_greet_is_tried_again(stage: Stage) -> None:
    await stage.read()
    stage.fake.greets = False
    contacts = stage.fake.contacts
    await stage.fake.ask_to_move()
    await until(lambda: stage.fake.contacts > contacts)
    await stage.fake.say("meanwhile")
    await stage.hears("meanwhile")
    stage.fake.greets = True
    await until(lambda: len(stage.fake.wires) == 2)
    await stage.fake.say("moved")
    await stage.hears("meanwhile", "moved")


@needs_twitchio
@pytest.mark.parametrize("how", ["cut", "close"])
async def test_a_connection_that_breaks_is_made_again_with_its_subscriptions(
    stage: Stage, how: str
) -> None:
    await stage.read("ann_plays", "bob")
    await stage.fake.say("before")
    await stage.hears("before")
    (wire,) = stage.fake.wires
    if how == "cut":
        wire.cut()
    else:
        await wire.socket.close(code=4007)
    await until(lambda: wire not in stage.fake.wires)
    await until(lambda: stage.fake.types("ann_plays") == CHAT == stage.fake.types("bob"))
    await stage.reads()
    await stage.fake.say("after")
    await stage.fake.say("after, to bob", "bob")
    await stage.hears("before", "after", "after, to bob")


@needs_twitchio
async def test_silence_beyond_the_keepalive_counts_as_broken(stage: Stage) -> None:
    stage.fake.keepalive_s = 0.2
    await stage.read()
    (wire,) = stage.fake.wires
    for _ in range(5):
        await asyncio.sleep(0.1)
        await stage.fake.keep_alive()
    assert stage.fake.wires == [wire], "a keepalive is a sign of life"
    await until(lambda: wire not in stage.fake.wires)
    await until(lambda: len(stage.fake.wires) > 0)


@needs_twitchio
async def test_a_server_that_was_away_is_found_again(stage: Stage) -> None:
    await stage.read()
    await stage.fake.stop()
    await stage.fails()
    await stage.fake.start()
    await stage.reads()
    await stage.fake.say("back")
    await stage.hears("back")


@needs_twitchio
async def test_a_permission_that_is_taken_back_fails_the_channel_alone_and_for_good(
    stage: Stage,
) -> None:
    await stage.read("ann_plays", "bob")
    for kind in CHAT:
        await stage.fake.revoke(kind, "authorization_revoked", "bob")
    assert "make a new token" in await stage.fails("bob")
    requests = len(stage.fake.requested)
    await stage.fake.say("still here")
    await stage.hears("still here")
    await asyncio.sleep(0.2)
    assert len(stage.fake.requested) == requests
    assert stage.source.state("ann_plays").phase == "reading"


@needs_twitchio
async def test_when_all_is_taken_back_nothing_is_asked_until_a_channel_is_joined(
    stage: Stage,
) -> None:
    await stage.read()
    for kind in CHAT:
        await stage.fake.revoke(kind, "user_removed")
    await stage.fails()
    await until(lambda: stage.fake.wires == [])
    contacts = stage.fake.contacts
    await asyncio.sleep(0.2)
    assert stage.fake.contacts == contacts
    stage.source.leave("ann_plays")
    stage.source.join(Channel("ann_plays"))
    await stage.reads()


@needs_twitchio
@pytest.mark.parametrize(
    ("scopes", "tokens", "said"),
    [
        (["chat:read"], {"token1"}, "user:read:chat"),
        (["user:read:chat"], set[str](), "does not accept the token"),
    ],
    ids=["may too little", "revoked"],
)
async def test_a_token_that_will_not_do_is_a_clear_state_and_no_loop(
    stage: Stage,
    scopes: list[str],
    tokens: set[str],
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage.fake.scopes, stage.fake.tokens = scopes, tokens
    with caplog.at_level(logging.DEBUG):
        stage.start()
        assert said in await stage.fails()
    contacts = stage.fake.contacts
    await asyncio.sleep(0.3)
    assert stage.fake.contacts == contacts
    shown = caplog.text + stage.source.state("ann_plays").detail
    for secret in ("token1", "refresh1", "secret1"):
        assert secret not in shown


@needs_twitchio
async def test_a_token_for_another_application_is_refused(stage: Stage) -> None:
    stage.start(client_id="other")
    assert "another application" in await stage.fails()


@needs_twitchio
async def test_an_expired_token_is_renewed(stage: Stage) -> None:
    stage.fake.tokens, stage.fake.refresh = set(), {"refresh1": "token2"}
    await stage.read()
    assert stage.fake.requested[-1][2] == "token2"
    stage.fake.tokens.clear()
    stage.fake.refresh = {"refresh1": "token3"}
    stage.source.join(Channel("bob"))
    await stage.reads("bob")
    assert stage.fake.requested[-1][2] == "token3"


@needs_twitchio
async def test_a_channel_that_twitch_refuses_says_why_and_leaves_the_others_alone(
    stage: Stage,
) -> None:
    stage.start("nobody", "ann_plays")
    await stage.reads()
    assert "there is no channel nobody" in await stage.fails("nobody")
    stage.fake.refusals[CLEAR] = Refusal(403, "subscription missing proper authorization")
    stage.source.join(Channel("bob"))
    assert "missing proper authorization" in await stage.fails("bob")
    await until(lambda: stage.fake.types("bob") == set())
    assert stage.source.state("ann_plays").phase == "reading"


@needs_twitchio
@pytest.mark.parametrize("status", [429, 500])
async def test_a_busy_twitch_is_asked_again(stage: Stage, status: int) -> None:
    stage.fake.refusals[CLEAR] = Refusal(status, "try later")
    stage.start()
    assert f"{status}: try later" in await stage.fails()
    stage.fake.refusals.clear()
    await stage.reads()
    assert stage.fake.types() == CHAT


@needs_twitchio
async def test_a_channel_that_was_left_is_unsubscribed_and_the_last_one_closes_the_connection(
    stage: Stage,
) -> None:
    await stage.read("ann_plays", "bob")
    stage.source.leave("bob")
    await until(lambda: stage.fake.types("bob") == set())
    await stage.fake.say("still here")
    await stage.hears("still here")
    stage.source.leave("ann_plays")
    await until(lambda: stage.fake.wires == [])


@needs_twitchio
async def test_more_channels_open_more_connections_up_to_what_twitch_allows(stage: Stage) -> None:
    names = [f"channel{number}" for number in range(CHANNELS_PER_LINK * LINKS + 1)]
    stage.fake.users |= {name: str(100 + number) for number, name in enumerate(names)}
    stage.start(*names[: CHANNELS_PER_LINK + 1])
    await until(lambda: len(stage.fake.wires) == 2, 30)
    for name in names[CHANNELS_PER_LINK + 1 :]:
        stage.source.join(Channel(name))
    assert "use twitch_irc" in stage.source.state(names[-1]).detail
    stage.source.leave(names[0])
    await until(lambda: stage.source.state(names[-1]).phase == "reading", 30)


@needs_twitchio
@pytest.mark.parametrize("text", ["not json", "[]", "{}", '{"metadata": 1}', "[" * 5000])
async def test_frames_that_make_no_sense_are_counted(stage: Stage, text: str) -> None:
    await stage.read()
    (wire,) = stage.fake.wires
    await wire.socket.send_str(text)
    await wire.socket.send_bytes(b"\x00")
    await wire.send("something_new", {"x": 1})
    await wire.send("session_reconnect", {"session": {"reconnect_url": "file:///etc/passwd"}})
    await stage.fake.notify(MESSAGE, {"message_id": 5})
    await stage.fake.say("hello")
    await stage.hears("hello")
    assert stage.count("ingest_invalid_total", reason="malformed") == 2
    assert stage.count("ingest_invalid_total", reason="reconnect_url") == 1


@needs_twitchio
async def test_a_deletion_that_comes_with_its_message_keeps_the_order(stage: Stage) -> None:
    await stage.read()
    for number in range(50):
        await stage.fake.say(str(number), message_id=f"m{number}")
        await stage.fake.notify(MESSAGE_DELETE, {"message_id": f"m{number}"})
    await until(lambda: len(stage.sink.events) == 100)
    ids = [
        e.message_id if isinstance(e, ChatModeration) else getattr(e, "id", "")
        for e in stage.sink.events
    ]
    assert ids == [f"m{number // 2}" for number in range(100)]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"token": "", "client_id": ""}, "client_id and ingest.twitch_eventsub.token"),
        ({"token": ""}, "set ingest.twitch_eventsub.token"),
        ({"refresh_token": "r"}, "client_secret beside it"),
        ({"token": "no token!"}, "ingest.twitch_eventsub.token is no Twitch token"),
        ({"url": "ws://example.com/ws"}, "wss://host"),
        ({"api_url": "http://example.com"}, "api_url is no address: write https://host"),
        ({"id_url": "https://[::1"}, "id_url is no address"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(
    changed: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 11))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    TwitchEventsubSource(context(), READY).check()
    with pytest.raises(SourceError) as refused:
        TwitchEventsubSource(context(), replace(READY, **changed)).check()
    assert said in str(refused.value)
    assert "no token!" not in str(refused.value)


def test_an_old_python_and_a_missing_twitchio_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(sys, "version_info", (3, 12))
    with pytest.raises(SourceError, match="pip install 'ishowtts"):
        TwitchEventsubSource(context(), READY).check()
    monkeypatch.setattr(sys, "version_info", (3, 10))
    with pytest.raises(SourceError, match=r"Python 3\.11"):
        TwitchEventsubSource(context(), READY).check()
