"""Raw IRC logs as recordings."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_ingest.recordings.base import Recorded, Unreadable
from ishowtts_ingest.recordings.irc_log import read_irc_log
from ishowtts_schemas import ChatMessage, ChatModeration
from tests.fakes.fake_twitch import chat_line


def read(path: Path, text: str | bytes) -> list[Recorded | Unreadable]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_irc_log(path))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "chat.log"


def test_a_log_gives_chat_and_moderation_and_no_protocol(log: Path) -> None:
    first, first_id = chat_line("ann", "hi Kappa 你好", emotes="25:3-7", tmi_sent_ts="1000")
    last, _ = chat_line("bob", "\x01ACTION dances\x01", "eve", tmi_sent_ts="2500")
    clear = "@target-user-id=7;tmi-sent-ts=2000 :tmi.twitch.tv CLEARCHAT #ann :bob"
    welcome = ":tmi.twitch.tv 001 me :Welcome"
    events = read(log, f"{welcome}\r\n{first}\r\nPING :x\r\n\r\n{clear}\r\n{last}")
    assert [(one.number, one.at_ms) for one in events if isinstance(one, Recorded)] == [
        (2, 1000.0),
        (5, 2000.0),
        (6, 2500.0),
    ]
    said, cleared, danced = (one.event for one in events if isinstance(one, Recorded))
    assert isinstance(said, ChatMessage)
    assert (said.id, said.text, said.channel, said.room) == (first_id, "hi Kappa 你好", "ann", "")
    assert [emote.name for emote in said.emotes] == ["Kappa"]
    assert isinstance(cleared, ChatModeration)
    assert cleared.author_id == "7"
    assert isinstance(danced, ChatMessage)
    assert (danced.kind, danced.text, danced.author.name) == ("action", "dances", "Eve")


@pytest.mark.parametrize(
    "stamps",
    [
        ("[2024-05-01 12:00:00]", "[2024-05-01 12:00:01]"),
        ("2024-05-01T12:00:00.000Z", "2024-05-01T12:00:01.000Z"),
        ("2024-05-01T12:00:00.250000+02:00", "2024-05-01T12:00:01,250+02:00"),
        ("[12:00:00]", "[12:00:01]"),
        ("12:00:00 <", "12:00:01 <"),
    ],
)
def test_times_before_the_lines_count_where_twitch_wrote_none(
    log: Path, stamps: tuple[str, str]
) -> None:
    events = read(log, "".join(f"{stamp} :a!a@a PRIVMSG #ann :hi\n" for stamp in stamps))
    first, second = (one for one in events if isinstance(one, Recorded))
    assert first.at_ms is not None
    assert second.at_ms is not None
    assert second.at_ms - first.at_ms == pytest.approx(1000)


def test_a_time_with_a_zone_is_the_same_moment_everywhere(log: Path) -> None:
    line = ":a!a@a PRIVMSG #ann :hi\n"
    here = "2024-05-01T14:00:00+0200 "
    (event,), (same,) = read(log, here + line), read(log, "2024-05-01T12:00:00Z " + line)
    assert isinstance(event, Recorded)
    assert isinstance(same, Recorded)
    assert event.at_ms == same.at_ms == 1714564800000.0


def test_two_clocks_are_never_mixed(log: Path) -> None:
    by_twitch, _ = chat_line("ann", "a", tmi_sent_ts="1714564800000")
    untagged = ":a!a@a PRIVMSG #ann :b"
    events = read(log, f"[2024-05-01 23:00:00] {by_twitch}\n[2024-05-01 23:00:01] {untagged}\n")
    assert [one.at_ms for one in events if isinstance(one, Recorded)] == [1714564800000.0, None]


def test_a_message_without_an_id_leaves_that_to_the_source(log: Path) -> None:
    (event,) = read(log, ":a!a@a PRIVMSG #ann :hi")
    assert isinstance(event, Recorded)
    assert isinstance(event.event, ChatMessage)
    assert event.event.id == ""
    assert event.at_ms is None


def test_what_is_no_irc_is_said_with_its_line_and_the_rest_is_read(log: Path) -> None:
    good = b":a!a@a PRIVMSG #ann :bad \xff byte\n"
    events = read(
        log, b"\xef\xbb\xbfjust a note\n\n" + b"x" * 100_000 + b"\n[99:99:99] @x\n" + good
    )
    assert [(one.number, one.kind) for one in events if isinstance(one, Unreadable)] == [
        (1, "malformed"),
        (3, "oversized"),
        (4, "malformed"),
    ]
    last = events[-1]
    assert isinstance(last, Recorded)
    assert isinstance(last.event, ChatMessage)
    assert last.event.text == "bad \ufffd byte"


def test_an_impossible_time_is_no_time(log: Path) -> None:
    (event,) = read(log, "[2024-13-41 99:99:99] :a!a@a PRIVMSG #ann :hi")
    assert isinstance(event, Recorded)
    assert event.at_ms is None


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_can_be_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    for one in read(tmp_path_factory.getbasetemp() / "any.log", content):
        assert one.number >= 1
