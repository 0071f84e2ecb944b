"""The Twitch source against a server that behaves well, and badly."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from msgspec.structs import replace

from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.settings.twitch import TwitchIrcSettings
from ishowtts_ingest.source import Channel
from ishowtts_ingest.sources.twitch_irc import TwitchIrcSource
from ishowtts_schemas import ChatMessage, ChatModeration
from tests.fakes.fake_twitch import QUICK, FakeTwitch, chat_line
from tests.fakes.serving import serving
from tests.ingest.platform import until
from tests.ingest.stage import Sink, context

QUIET_S = 0.05


class Reader:
    """A source that reads from the fake."""

    def __init__(self, fake: FakeTwitch, settings: TwitchIrcSettings) -> None:
        self.its = context()
        self.source = TwitchIrcSource(self.its, replace(settings, url=fake.url))
        self.sink = Sink()
        self.task = asyncio.create_task(self.source.run(self.sink))

    def join(self, *names: str) -> None:
        for name in names:
            self.source.join(Channel(name, room=name.replace("_", "-")))

    async def reads(self, *names: str) -> None:
        await until(lambda: all(self.phase(name) == "reading" for name in names))

    def phase(self, name: str) -> str:
        return self.source.state(name).phase

    def detail(self, name: str) -> str:
        return self.source.state(name).detail

    def invalid(self, reason: str) -> float:
        return self.its.counters.get("ingest_invalid_total", source="twitch_irc", reason=reason)

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait_for(asyncio.gather(self.task, return_exceptions=True), 5)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of a hundredth."""
    for name, seconds in {
        "connection.FIRST_PAUSE_S": 0.005,
        "connection.LONGEST_PAUSE_S": 0.05,
        "session.JOIN_TIMEOUT_S": 0.15,
        "session.LOGIN_TIMEOUT_S": 0.15,
    }.items():
        monkeypatch.setattr(f"ishowtts_ingest.twitch.{name}", seconds)


@pytest.fixture
async def fake() -> AsyncIterator[FakeTwitch]:
    async with serving(FakeTwitch()) as fake:
        yield fake


@pytest.fixture
async def reader_of(fake: FakeTwitch) -> AsyncIterator[Callable[..., Reader]]:
    readers: list[Reader] = []

    def start(**settings: Any) -> Reader:
        readers.append(Reader(fake, replace(QUICK, **settings)))
        return readers[-1]

    yield start
    for reader in readers:
        await reader.stop()


@pytest.fixture
async def reader(reader_of: Callable[..., Reader]) -> Reader:
    return reader_of()


async def test_it_reads_as_nobody_with_tags_and_commands(fake: FakeTwitch, reader: Reader) -> None:
    reader.join("ann")
    await reader.reads("ann")
    assert fake.received[0] == "CAP REQ :twitch.tv/tags twitch.tv/commands"
    (nick,) = [command for command in fake.received if command.startswith("NICK ")]
    assert nick.removeprefix("NICK justinfan").isdigit()
    assert not any(command.startswith("PASS") for command in fake.received)
    message_id = await fake.say("ann", "hello 你好 😂")
    await until(lambda: reader.sink.texts == ["hello 你好 😂"])
    (message,) = reader.sink.events
    assert isinstance(message, ChatMessage)
    assert (message.id, message.room, message.author.name) == (message_id, "ann", "Ann")


async def test_many_channels_share_few_connections(
    fake: FakeTwitch, reader_of: Callable[..., Reader]
) -> None:
    names = [f"chan_{number}" for number in range(25)]
    reader = reader_of(channels_per_connection=10, joins_per_10_s=2000)
    reader.join(*names)
    await reader.reads(*names)
    assert fake.contacts == 3
    for name in names:
        await fake.say(name, f"in {name}")
    await until(lambda: sorted(reader.sink.texts) == sorted(f"in {name}" for name in names))
    assert {event.room for event in reader.sink.events} == {n.replace("_", "-") for n in names}


async def test_joins_of_all_connections_together_keep_within_the_limit(
    fake: FakeTwitch, reader_of: Callable[..., Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ishowtts_ingest.sources.twitch_irc.PERIOD_S", 0.3)
    names = [f"chan_{number}" for number in range(14)]
    reader = reader_of(channels_per_connection=4, joins_per_10_s=5)
    reader.join(*names)
    await reader.reads(*names)
    assert sorted(join.channel for join in fake.joins) == sorted(names)
    times = sorted(join.at_s for join in fake.joins)
    travel_s = 0.1
    assert all(last - first > 0.3 - travel_s for first, last in zip(times, times[5:], strict=False))
    assert len({join.connection for join in fake.joins}) == 4


async def test_logins_of_all_connections_together_keep_within_the_limit(
    fake: FakeTwitch, reader_of: Callable[..., Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ishowtts_ingest.sources.twitch_irc.PERIOD_S", 0.3)
    monkeypatch.setattr("ishowtts_ingest.sources.twitch_irc.LOGINS_PER_10_S", 2)
    names = ["ann", "bob", "eve", "dan"]
    reader = reader_of(channels_per_connection=1)
    reader.join(*names)
    await reader.reads(*names)
    travel_s = 0.1
    first, _, third, _ = fake.logins_s
    assert third - first > 0.3 - travel_s


async def test_joining_and_leaving_touches_no_other_channel(
    fake: FakeTwitch, reader: Reader
) -> None:
    reader.join("ann", "bob")
    await reader.reads("ann", "bob")
    reader.source.leave("bob")
    await until(lambda: "PART #bob" in fake.received)
    reader.join("eve")
    await reader.reads("eve")
    await fake.say("ann", "still here")
    await fake.say("eve", "new here")
    await until(lambda: reader.sink.texts == ["still here", "new here"])
    assert fake.contacts == 1
    assert [join.channel for join in fake.joins] == ["ann", "bob", "eve"]


async def test_the_last_channel_takes_the_connection_with_it(
    fake: FakeTwitch, reader: Reader
) -> None:
    reader.join("ann")
    await reader.reads("ann")
    reader.source.leave("ann")
    await until(lambda: fake.clients == [])
    reader.join("ann")
    await reader.reads("ann")
    assert fake.contacts == 2


async def test_a_channel_that_is_left_and_joined_in_one_breath_is_read(
    fake: FakeTwitch, reader: Reader
) -> None:
    reader.join("ann", "bob")
    await reader.reads("ann", "bob")
    reader.source.leave("ann")
    reader.join("ann")
    await reader.reads("ann")
    await fake.say("ann", "hello")
    await until(lambda: reader.sink.texts == ["hello"])


async def test_after_a_break_every_channel_is_joined_again(
    fake: FakeTwitch, reader: Reader
) -> None:
    reader.join("ann", "bob")
    await reader.reads("ann", "bob")
    fake.cut()
    await until(lambda: fake.contacts == 2 and len(fake.joins) == 4)
    await reader.reads("ann", "bob")
    await fake.say("ann", "a")
    await fake.say("bob", "b")
    await until(lambda: reader.sink.texts == ["a", "b"])
    assert reader.its.counters.get("ingest_reconnects_total", source="twitch_irc") == 1


async def test_what_is_left_out_on_purpose_is_counted(fake: FakeTwitch, reader: Reader) -> None:
    reader.join("ann")
    await reader.reads("ann")
    await fake.say("ann", "mirrored", source_room_id="2")
    await fake.broadcast("ann", "@msg-id=unraid :tmi.twitch.tv USERNOTICE #ann")
    await fake.say("ann", "own")
    await until(lambda: reader.sink.texts == ["own"])
    for reason in ("shared_chat", "notice"):
        ignored = {"source": "twitch_irc", "reason": reason}
        assert reader.its.counters.get("ingest_ignored_total", **ignored) == 1


async def test_one_connections_break_is_not_the_others(
    fake: FakeTwitch, reader_of: Callable[..., Reader]
) -> None:
    reader = reader_of(channels_per_connection=1)
    reader.join("ann", "bob")
    await reader.reads("ann", "bob")
    (of_bob,) = fake.reading("bob")
    of_bob.cut()
    await until(lambda: [join.channel for join in fake.joins].count("bob") == 2)
    assert [join.channel for join in fake.joins].count("ann") == 1
    assert reader.phase("ann") == "reading"


async def test_while_twitch_is_away_the_channels_say_so_and_come_back(
    fake: FakeTwitch, reader: Reader
) -> None:
    reader.join("ann")
    await reader.reads("ann")
    await fake.stop()
    await until(lambda: "refused" in reader.detail("ann") or "connect" in reader.detail("ann"))
    assert reader.phase("ann") == "failed"
    await fake.start()
    await reader.reads("ann")
    assert reader.detail("ann") == ""


async def test_after_a_break_it_pauses_before_it_tries_again(
    fake: FakeTwitch, reader_of: Callable[..., Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ishowtts_ingest.twitch.connection.FIRST_PAUSE_S", 30.0)
    monkeypatch.setattr("ishowtts_ingest.twitch.connection.LONGEST_PAUSE_S", 30.0)
    reader = reader_of()
    reader.join("ann")
    await reader.reads("ann")
    fake.cut()
    await until(lambda: reader.phase("ann") == "failed")
    assert "closed the connection" in reader.detail("ann")
    await asyncio.sleep(QUIET_S)
    assert fake.contacts == 1


async def test_a_wish_to_reconnect_is_obeyed_and_nothing_is_missed_meanwhile(
    fake: FakeTwitch, reader: Reader
) -> None:
    reader.join("ann")
    await reader.reads("ann")
    (old,) = fake.clients
    await fake.reconnect()
    fake.deaf = True
    await until(lambda: fake.contacts >= 3)
    line, _ = chat_line("ann", "in between")
    await old.send(line)
    await until(lambda: reader.sink.texts == ["in between"])
    assert reader.phase("ann") == "reading"
    fake.deaf = False
    await until(lambda: len(fake.joins) == 2 and old not in fake.clients)
    await fake.say("ann", "afterwards")
    await until(lambda: reader.sink.texts == ["in between", "afterwards"])
    assert len(fake.clients) == 1
    assert reader.phase("ann") == "reading"


async def test_a_server_that_asks_to_reconnect_again_and_again_is_not_hammered(
    fake: FakeTwitch, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ishowtts_ingest.twitch.connection.LONGEST_PAUSE_S", 30.0)
    reader.join("ann")
    for number in itertools.count(1):
        await until(lambda: any(client.channels for client in fake.clients))
        await fake.reconnect()
        if number == 4:
            break
        await until(lambda: fake.contacts > number)  # noqa: B023 - awaited in the loop
    assert len(fake.clients) <= 2


async def test_a_silent_server_is_asked_and_left(
    fake: FakeTwitch, reader_of: Callable[..., Reader]
) -> None:
    reader = reader_of(ping_after_s=0.1, pong_timeout_s=0.1)
    reader.join("ann")
    await reader.reads("ann")
    await until(lambda: "PING :ishowtts" in fake.received)
    await asyncio.sleep(0.3)
    assert fake.contacts == 1, "whoever answers is kept"
    fake.deaf = True
    await until(lambda: fake.contacts == 2)
    assert "nothing heard" in reader.detail("ann")
    fake.deaf = False
    await reader.reads("ann")


async def test_a_login_without_an_answer_is_tried_again(fake: FakeTwitch, reader: Reader) -> None:
    fake.deaf = True
    reader.join("ann")
    await until(lambda: fake.contacts == 2)
    assert "does not answer the login" in reader.detail("ann")
    fake.deaf = False
    await reader.reads("ann")


async def test_pings_are_answered_while_nothing_downstream_moves(
    fake: FakeTwitch, reader: Reader
) -> None:
    reader.sink.taken = None
    reader.join("ann")
    await reader.reads("ann")
    lines = [chat_line("ann", f"line {number}")[0] for number in range(2000)]
    for first in range(0, 2000, 100):
        await fake.broadcast("ann", *lines[first : first + 100])
    await fake.ping()
    await until(lambda: len(reader.sink.texts) == 2000)
    assert reader.sink.texts == [f"line {number}" for number in range(2000)]


@pytest.mark.parametrize("step", [1, 7, 50])
async def test_lines_may_come_in_any_pieces(fake: FakeTwitch, reader: Reader, step: int) -> None:
    reader.join("ann")
    await reader.reads("ann")
    lines = [chat_line("ann", text)[0] for text in ("one 你好", "two 😂", "three")]
    raw = "".join(f"{line}\r\n" for line in lines).encode()
    await fake.frames(*(raw[at : at + step] for at in range(0, len(raw), step)))
    await until(lambda: reader.sink.texts == ["one 你好", "two 😂", "three"])


async def test_unreadable_lines_are_counted_and_the_next_one_is_read(
    fake: FakeTwitch, reader: Reader
) -> None:
    reader.join("ann")
    await reader.reads("ann")
    bad_utf8 = chat_line("ann", "bad ?")[0].encode().replace(b"?", b"\xff") + b"\r\n"
    await fake.frames(
        "@only-tags\r\n:\r\n\r\nno command here\r\n",
        b"x" * 100_000 + b"\r\n",
        bad_utf8,
        "@id=x;emotes=25:90-99 :a!a@a PRIVMSG #ann :worse\r\n",
    )
    await fake.say("ann", "fine")
    await until(lambda: reader.sink.texts == ["bad \ufffd", "worse", "fine"])
    assert reader.invalid("malformed") == 3
    assert reader.invalid("oversized") == 1
    assert reader.invalid("emote_range") == 1
    assert fake.contacts == 1


async def test_deletions_and_timeouts_are_passed_on(fake: FakeTwitch, reader: Reader) -> None:
    reader.join("ann")
    await reader.reads("ann")
    await fake.broadcast(
        "ann",
        "@target-msg-id=m1 :tmi.twitch.tv CLEARMSG #ann :bad",
        "@target-user-id=7 :tmi.twitch.tv CLEARCHAT #ann :bob",
        ":tmi.twitch.tv CLEARCHAT #ann",
    )
    await until(lambda: len(reader.sink.events) == 3)
    assert [event.action for event in reader.sink.events if isinstance(event, ChatModeration)] == [
        "message_deleted",
        "author_removed",
        "chat_cleared",
    ]


async def test_a_suspended_channel_says_so_and_the_others_are_read(
    fake: FakeTwitch, reader: Reader
) -> None:
    fake.suspended = {"bob"}
    reader.join("bob", "ann")
    await reader.reads("ann")
    await until(lambda: reader.phase("bob") == "failed")
    assert reader.detail("bob") == "This channel does not exist or has been suspended."


async def test_a_channel_that_is_suspended_while_it_is_read_says_so(
    fake: FakeTwitch, reader: Reader
) -> None:
    reader.join("ann")
    await reader.reads("ann")
    notice = "This channel has been suspended."
    await fake.broadcast("ann", ":tmi.twitch.tv NOTICE #ann :This room is in slow mode.")
    await fake.broadcast("ann", f"@msg-id=tos_ban :tmi.twitch.tv NOTICE #ann :{notice}")
    await until(lambda: reader.source.state("ann") == ("failed", notice))


async def test_a_channel_that_does_not_exist_says_so_and_may_still_come(
    fake: FakeTwitch, reader: Reader
) -> None:
    fake.missing = {"bob"}
    reader.join("bob", "ann")
    await reader.reads("ann")
    await until(lambda: reader.phase("bob") == "failed")
    assert "is its name right?" in reader.detail("bob")
    fake.missing = set()
    await reader.reads("bob")


async def test_a_logged_in_reader_sends_its_token_and_tells_nobody(
    fake: FakeTwitch, reader_of: Callable[..., Reader], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        reader = reader_of(login="Reader_1", token="oauth:s3cr3t")
        reader.join("ann")
        await reader.reads("ann")
        fake.refusal = "Login authentication failed"
        fake.cut()
        await until(lambda: reader.phase("ann") == "failed" and "login" in reader.detail("ann"))
    assert fake.received[1:3] == ["PASS oauth:s3cr3t", "NICK reader_1"]
    assert "s3cr3t" not in caplog.text
    assert "s3cr3t" not in repr(reader.source.state("ann"))
    assert "s3cr3t" not in repr(reader.its.counters.samples())


async def test_a_refused_login_is_shown_and_not_tried_again_at_once(
    fake: FakeTwitch, reader_of: Callable[..., Reader]
) -> None:
    fake.refusal = "Login authentication failed"
    reader = reader_of(login="reader_1", token="wrong")
    reader.join("ann", "bob")
    await until(lambda: reader.phase("bob") == "failed")
    for name in ("ann", "bob"):
        assert "Twitch refuses the login: Login authentication failed" in reader.detail(name)
        assert "ingest.twitch_irc.login" in reader.detail(name)
    await asyncio.sleep(0.2)
    assert fake.contacts == 2, "once with the account, once without"
    fake.refusal = ""
    reader.join("eve")
    await reader.reads("ann", "bob", "eve")


async def test_a_refused_account_does_not_silence_the_chat(
    fake: FakeTwitch, reader_of: Callable[..., Reader]
) -> None:
    fake.accounts_count = False
    reader = reader_of(login="reader_1", token="old")
    reader.join("ann")
    await reader.reads("ann")
    assert "without an account" in reader.detail("ann")
    assert "ingest.twitch_irc.login" in reader.detail("ann")
    await fake.say("ann", "hello")
    await until(lambda: reader.sink.texts == ["hello"])
    fake.accounts_count = True
    fake.cut()
    await until(lambda: reader.phase("ann") == "failed")
    await reader.reads("ann")
    assert reader.detail("ann") == ""


async def test_no_line_end_reaches_the_wire_in_a_name(fake: FakeTwitch, reader: Reader) -> None:
    bad = "ann\r\nPRIVMSG #good :spam"
    reader.join("good", bad)
    await reader.reads("good")
    await until(lambda: reader.phase(bad) == "failed")
    await fake.say("good", "hello")
    await until(lambda: reader.sink.texts == ["hello"])
    assert fake.contacts == 1
    assert not any(command.startswith("PRIVMSG") for command in fake.received)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "https://x"}, "url is no WebSocket address"),
        ({"url": "wss://"}, "url is no WebSocket address"),
        ({"url": "wss://[x"}, "url is no WebSocket address"),
        ({"url": "ws://x:99999"}, "url is no WebSocket address"),
        ({"url": "ws://irc-ws.chat.twitch.tv", "token": "t", "login": "l"}, "begin with wss://"),
        ({"token": "t"}, "set login"),
        ({"token": "t", "login": "a b"}, "is no Twitch channel"),
        ({"token": "t t", "login": "a"}, "is no Twitch token"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_the_start(
    settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(SourceError, match=said):
        TwitchIrcSource(context(), replace(TwitchIrcSettings(), **settings)).check()
