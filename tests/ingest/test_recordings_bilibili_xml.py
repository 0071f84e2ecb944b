"""Bilibili's XML, from the site and from live recorders."""

import json
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_ingest.recordings import bilibili_xml
from ishowtts_ingest.recordings.base import Recorded, Unreadable
from ishowtts_ingest.recordings.bilibili_xml import read_bilibili_xml
from ishowtts_schemas import ChatEvent, ChatMessage, Emote
from tests.fakes.fake_bilibili import danmaku

HEAD = '<?xml version="1.0" encoding="UTF-8"?><i><chatserver>chat.bilibili.com</chatserver>'


def read(
    folder: Path, body: str | bytes, *, head: str = HEAD, tail: str = "</i>"
) -> list[Recorded | Unreadable]:
    path = folder / "chat.xml"
    middle = body if isinstance(body, bytes) else body.encode()
    path.write_bytes(head.encode() + middle + tail.encode())
    return list(read_bilibili_xml(path))


def messages(found: list[Recorded | Unreadable]) -> list[ChatMessage]:
    return [
        one.event
        for one in found
        if isinstance(one, Recorded) and isinstance(one.event, ChatMessage)
    ]


def errors(found: list[Recorded | Unreadable]) -> list[Unreadable]:
    return [one for one in found if isinstance(one, Unreadable)]


def test_the_sites_own_file_in_the_order_of_time(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        '<d p="23.826,1,25,16777215,1422201084,0,057075e9,757076900">second &amp; last</d>\n'
        '<d p="1.5,1,25,16777215,1422201000,0,0a0b0c0d,757076901,10">first</d>',
    )
    assert [one.at_ms for one in found if isinstance(one, Recorded)] == [1500, 23826]
    first, second = messages(found)
    assert (first.text, first.author.id, first.author.name) == ("first", "0a0b0c0d", "")
    assert (second.text, second.id) == ("second & last", "dm-757076900")


def test_a_live_recorders_file(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        '<d p="1,1,25,1,1700000000000,0,77,0" user="Ann">hi</d>'
        '<gift ts="2" user="Bob" uid="8" giftname="小花花" giftcount="3"/>'
        '<gift ts="2.5" user="Bob" giftname="船" count="2" price="5000" cointype="金瓜子"/>'
        '<sc ts="3" user="Cid" price="30" time="60">super</sc>'
        '<guard ts="4" user="Dan" level="3" count="1"/>',
    )
    hi, flower, ship, super_chat, guard = messages(found)
    assert (hi.author.name, hi.author.id, hi.id) == ("Ann", "77", "")
    assert flower.event == ChatEvent(name="小花花", count=3)
    assert (flower.kind, flower.priority, flower.author.id) == ("gift", "normal", "8")
    assert ship.event == ChatEvent(name="船", count=2, amount=10, currency="CNY")
    assert ship.priority == "paid"
    assert (super_chat.kind, super_chat.text, super_chat.priority) == (
        "super_chat",
        "super",
        "paid",
    )
    assert super_chat.event == ChatEvent(amount=30, currency="CNY")
    assert (guard.kind, guard.priority) == ("subscription", "paid")
    assert guard.event == ChatEvent(name="舰长", count=1)


def test_the_recorded_command_says_more(tmp_path: Path) -> None:
    info = danmaku("好[热]", emots={"[热]": {}}, admin=1)["info"]
    raw = quoteattr(json.dumps(info))
    found = read(
        tmp_path,
        f'<d p="1,1,25,1,1,0,7,0" user="Ann" raw={raw}>好[热]</d>'
        '<d p="2,1,25,1,1,0,7,0" user="Ann" raw="[broken">plain</d>',
    )
    rich, plain = messages(found)
    assert rich.emotes == (Emote(name="热", start=1, end=4),)
    assert rich.author.roles == ("moderator",)
    assert plain.text == "plain"


@pytest.mark.parametrize(
    ("element", "said"),
    [
        ("<d>no place</d>", "<d>: 'p'"),
        ('<d p="soon,1">x</d>', "could not convert string to float"),
        ('<d p="nan,1">x</d>', "nan seconds"),
        ('<gift ts="1" user="x"/>', "'giftname'"),
        ('<guard ts="1" count="many"/>', "invalid literal for int"),
    ],
)
def test_a_wrong_element_is_told_and_the_rest_goes_on(
    tmp_path: Path, element: str, said: str
) -> None:
    found = read(tmp_path, f'{element}<d p="1,1">good</d>')
    assert [message.text for message in messages(found)] == ["good"]
    (error,) = errors(found)
    assert error.number == 1
    assert said in error.error


def test_a_file_that_ends_in_the_middle_is_read_up_to_there(tmp_path: Path) -> None:
    found = read(tmp_path, '<d p="1,1">one</d><d p="2,1">two</d><d p="3,1">thr', tail="")
    assert [message.text for message in messages(found)] == ["one", "two"]
    (error,) = errors(found)
    assert "no element found" in error.error or "unclosed token" in error.error


def test_broken_markup_ends_the_reading_there(tmp_path: Path) -> None:
    found = read(tmp_path, '<d p="1,1">one</d><<<<d p="2,1">two</d>')
    assert [message.text for message in messages(found)] == ["one"]
    assert "what follows is not read" in errors(found)[0].error


def test_characters_that_xml_does_not_know_do_not_end_it(tmp_path: Path) -> None:
    found = read(tmp_path, b'<d p="1,1">a\x08b</d><d p="2,1">\xff\xfe</d><d p="3,1">last</d>')
    assert [message.text for message in messages(found)] == ["a b", "\ufffd\ufffd", "last"]
    assert errors(found) == []


BOMB = (
    '<!DOCTYPE i [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<i><d p="1,1">&b;</d>'
)
OUTSIDE = '<!DOCTYPE i [<!ENTITY x SYSTEM "file:///etc/passwd">]><i><d p="1,1">&x;</d>'


@pytest.mark.parametrize("head", [BOMB, OUTSIDE])
def test_entities_are_refused(tmp_path: Path, head: str) -> None:
    found = read(tmp_path, "", head=head)
    assert messages(found) == []
    assert "document type" in errors(found)[0].error


def test_an_element_without_end_takes_no_more_than_its_bound(tmp_path: Path) -> None:
    found = read(tmp_path, '<d p="1,1">one</d><d p="' + "x" * 5_000_000)
    assert [message.text for message in messages(found)] == ["one"]
    assert "an element of more than" in errors(found)[0].error


def test_a_text_that_is_too_long_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, f'<d p="1,1">{"x" * 100_000}</d><d p="2,1">good</d>')
    assert [message.text for message in messages(found)] == ["good"]
    assert errors(found)[0].kind == "oversized"


def test_a_huge_file_is_held_in_memory_only_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bilibili_xml, "SORTED_AT_ONCE", 100)
    path = tmp_path / "chat.xml"
    path.write_text(HEAD + "".join(f'<d p="{n},1">{n}</d>' for n in range(20_000)) + "</i>")
    reading = read_bilibili_xml(path)
    first = next(reading)
    assert isinstance(first, Recorded)
    assert first.number == 1
    assert sum(1 for _ in reading) == 19_999


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=100)
def test_no_bytes_raise_anything(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    folder = tmp_path_factory.mktemp("xml")
    read(folder, raw, tail="")
    read(folder, raw, head="", tail="")
