"""Recordings of JSON lines."""

from pathlib import Path

import pytest

from ishowtts_ingest.recordings.base import Recorded, Unreadable
from ishowtts_ingest.recordings.formats import find_format
from ishowtts_ingest.recordings.jsonl import read_jsonl
from ishowtts_ingest.settings import RecordingFormat
from ishowtts_schemas import ChatEvent, ChatMessage, ChatModeration


def read(path: Path, text: str | bytes) -> list[Recorded | Unreadable]:
    path = path / "chat.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_jsonl(path))


def test_a_message_keeps_what_it_says(tmp_path: Path) -> None:
    (one,) = read(
        tmp_path,
        '{"text": "hi", "at_ms": 5, "kind": "gift", "event": {"name": "rose", "count": 2},'
        ' "reply_to": "Bob", "first_message": true, "channel_voice": "zh"}',
    )
    assert isinstance(one, Recorded)
    assert (one.number, one.at_ms) == (1, 5)
    assert isinstance(one.event, ChatMessage)
    assert one.event.event == ChatEvent(name="rose", count=2)
    assert (one.event.reply_to, one.event.first_message) == ("Bob", True)
    assert (one.event.channel_voice, one.event.id, one.event.room) == ("zh", "", "")


def test_a_line_with_an_action_is_a_deletion(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        '{"text": "\\"action\\" is a word"}\n\n'
        '{"action": "message_deleted", "message_id": "x", "at_ms": 7}\n'
        '{"action": "author_removed", "author_id": "9", "room": "b"}\n'
        '{"action": "nothing"}\n',
    )
    assert isinstance(found[0], Recorded)
    assert isinstance(found[0].event, ChatMessage)
    deletions = [one.event for one in found[1:3] if isinstance(one, Recorded)]
    assert [
        (one.action, one.message_id, one.author_id, one.room)
        for one in deletions
        if isinstance(one, ChatModeration)
    ] == [("message_deleted", "x", None, ""), ("author_removed", None, "9", "b")]
    assert isinstance(found[3], Unreadable)
    assert (found[3].number, found[3].kind) == (5, "malformed")


@pytest.mark.parametrize(
    ("name", "beginning", "form"),
    [
        ("a.jsonl", b"<", "jsonl"),
        ("a.XML", b"{", "bilibili_xml"),
        ("a.irc", b"", "irc"),
        ("a.log", b"\xef\xbb\xbf \n{", "jsonl"),
        ("a", b"\n <?xml", "bilibili_xml"),
        ("a.log", b"@badges=;color= :ann!ann@ann PRIVMSG #a :hi", "irc"),
        ("a.txt", b"", "irc"),
    ],
)
def test_the_format_shows_by_suffix_or_first_character(
    tmp_path: Path, name: str, beginning: bytes, form: RecordingFormat
) -> None:
    path = tmp_path / name
    path.write_bytes(beginning)
    assert find_format(path) == form
