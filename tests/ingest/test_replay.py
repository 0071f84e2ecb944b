"""A recorded chat with its own timing."""

import asyncio
from pathlib import Path

import pytest

from ishowtts_bus import MemoryBroker
from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.outbox import emit_into, open_outbox
from ishowtts_ingest.settings import ReplaySettings
from ishowtts_ingest.sources.replay import ReplaySource
from ishowtts_schemas import ChatMessage, ChatModeration
from tests.ingest.stage import NOW_NS, Sink, context
from tests.observer import SOON_S


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 50.0
        self.naps: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps.append(round(seconds, 3))
        self.now += seconds


async def replay(path: Path, **settings: object) -> tuple[Sink, FakeTime]:
    sink, fake = Sink(), FakeTime()
    its = ReplaySettings(path=str(path), **settings)  # type: ignore[arg-type]
    await ReplaySource(context(), its, fake.clock, fake.sleep).run(sink)
    return sink, fake


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "chat.jsonl"
    path.write_text(
        '{"text": "one", "at_ms": 1000, "author": "Ann"}\n'
        '{"text": "two", "at_ms": 1500}\n'
        "\n"
        '{"text": "late", "at_ms": 1200}\n'
        '{"text": "no time"}\n'
        '{"text": "three", "at_ms": 4500}\n'
    )
    return path


async def test_the_recorded_pauses_are_kept(recording: Path) -> None:
    sink, time = await replay(recording)
    assert sink.texts == ["one", "two", "late", "no time", "three"]
    assert time.naps == [0.5, 3.0]


async def test_a_speed_factor_shortens_them(recording: Path) -> None:
    _, time = await replay(recording, speed=10.0)
    assert time.naps == [0.05, 0.3]


async def test_speed_zero_is_at_once(recording: Path) -> None:
    sink, time = await replay(recording, speed=0.0)
    assert len(sink.texts) == 5
    assert time.naps == []


async def test_all_that_a_line_says_is_passed_on(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    path.write_text(
        '{"text": "hi Kappa", "author": "Ann", "author_id": "7", "color": "#ff0000", "id": "x",'
        ' "roles": ["vip"], "priority": "paid", "kind": "gift", "room": "b", "voice": "en",'
        ' "emotes": [{"name": "Kappa", "start": 3, "end": 8}], "something": "else"}\n'
    )
    sink, _ = await replay(path, room="main")
    (chat,) = sink.events
    assert isinstance(chat, ChatMessage)
    assert (chat.platform, chat.room, chat.id) == ("replay", "b", "x")
    assert (chat.author.name, chat.author.id, chat.author.roles) == ("Ann", "7", ("vip",))
    assert (chat.priority, chat.kind, chat.voice) == ("paid", "gift", "en")
    assert chat.emotes[0].name == "Kappa"
    assert chat.received_at_ns == NOW_NS


async def test_a_wrong_line_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    path.write_bytes(
        b'{"text": "good"}\nnot json\n{"text": 5}\n{"text": "\xff"}\n'
        b'{"text": "\\ud800"}\n'
        + b"[" * 5000
        + b'\n{"text": "'
        + b"x" * 30_000
        + b'"}\n{"text": "good again"}'
    )
    sink, _ = await replay(path)
    assert sink.texts == ["good", "good again"]
    assert [reason.partition(":")[0] for reason in sink.reasons] == [
        f"line {number} of the recording" for number in range(2, 8)
    ]


async def test_a_line_that_is_too_long_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    path.write_bytes(b'{"text": "' + b"x" * 100_000 + b'"}\n{"text": "good"}\n')
    sink, _ = await replay(path)
    assert sink.texts == ["good"]
    assert sink.reasons == ["line 1 of the recording: more than 65536 bytes"]


async def test_blank_lines_do_not_outrun_the_outbox(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    path.write_text('{"text": "x"}\n\n' * 1000)
    bus = MemoryBroker().bus("ingest")
    await bus.start()
    await bus.wait_connected(SOON_S)
    outbox = open_outbox(bus, "replay", 150)
    publisher = asyncio.create_task(outbox.publish_forever())
    await ReplaySource(context(), ReplaySettings(path=str(path))).run(emit_into(outbox))
    await outbox.close(SOON_S)
    count = bus.counters.get
    assert count("ingest_dropped_total", source="replay", reason="full") == 0
    assert count("ingest_messages_total", source="replay", kind="chat_message") == 1000
    publisher.cancel()
    await bus.close()


async def test_recorded_deletions_come_as_deletions_of_what_was_replayed(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    path.write_text(
        '{"text": "oops", "id": "x", "at_ms": 0}\n'
        '{"action": "message_deleted", "message_id": "x", "at_ms": 700}\n'
        '{"action": "chat_cleared", "room": "b"}\n'
    )
    sink, time = await replay(path)
    chat, *deletions = sink.events
    assert isinstance(chat, ChatMessage)
    assert time.naps == [0.7]
    assert deletions == [
        ChatModeration(
            platform=chat.platform,
            room=chat.room,
            action="message_deleted",
            at_ns=NOW_NS,
            message_id=chat.id,
        ),
        ChatModeration(platform="replay", room="b", action="chat_cleared", at_ns=NOW_NS),
    ]


async def test_bilibilis_xml_is_replayed_in_its_own_time(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    path.write_text(
        '<?xml version="1.0"?><i>'
        '<d p="3,1,25,1,1700000000000,0,7,0" user="Ann">你好</d>'
        '<d p="1,1,25,1,1700000000000,0,8,0" user="Bob">first</d>'
        '<d p="broken">x</d></i>'
    )
    sink, time = await replay(path, room="b")
    assert sink.texts == ["first", "你好"]
    assert time.naps == [2.0]
    assert sink.reasons == [
        "line 3 of the recording: <d>: could not convert string to float: 'broken'"
    ]
    first, second = (event for event in sink.events if isinstance(event, ChatMessage))
    assert (first.platform, first.room, first.received_at_ns) == ("replay", "b", NOW_NS)
    assert first.sent_at_ns is None, "what was sent years ago is not late today"
    assert first.id != second.id


async def test_a_raw_irc_log_is_replayed_with_its_moderation(tmp_path: Path) -> None:
    path = tmp_path / "chat.log"
    path.write_text(
        "@display-name=Ann;id=abc;user-id=7;tmi-sent-ts=1000 :ann!a@a PRIVMSG #room :hi\r\n"
        "PING :tmi.twitch.tv\r\n"
        "@login=ann;target-msg-id=abc;tmi-sent-ts=1500 :tmi CLEARMSG #room :hi\r\n"
        "@target-user-id=7;tmi-sent-ts=1600 :tmi CLEARCHAT #room :ann\r\n"
    )
    sink, time = await replay(path, format="irc")
    assert sink.texts == ["hi"]
    deletions = [event for event in sink.events if isinstance(event, ChatModeration)]
    assert [(one.platform, one.action) for one in deletions] == [
        ("replay", "message_deleted"),
        ("replay", "author_removed"),
    ]
    (chat, *_) = sink.events
    assert isinstance(chat, ChatMessage)
    assert (deletions[0].message_id, deletions[1].author_id) == (chat.id, chat.author.id)
    assert time.naps == [0.5, 0.1]


@pytest.mark.parametrize(
    ("path", "said"), [("", "set ingest.replay.path"), ("/no/file", "/no/file")]
)
def test_without_its_file_it_says_so_before_the_start(path: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        ReplaySource(context(), ReplaySettings(path=path)).check()
