"""IRC lines: tags, escapes, and whatever else may come."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_ingest.twitch.irc import IrcError, Line, parse_line
from tests.fakes.fake_twitch import tag_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("PING", Line({}, "", "PING", ())),
        ("PING :tmi.twitch.tv\r\n", Line({}, "", "PING", ("tmi.twitch.tv",))),
        (
            ":tmi.twitch.tv 001 me :Welcome, GLHF!",
            Line({}, "tmi.twitch.tv", "001", ("me", "Welcome, GLHF!")),
        ),
        (":a!a@a.tmi.twitch.tv PRIVMSG #c :hi", Line({}, "a", "PRIVMSG", ("#c", "hi"))),
        (":a!a@a PRIVMSG #c ::) :x", Line({}, "a", "PRIVMSG", ("#c", ":) :x"))),
        (":a!a@a PRIVMSG #c :", Line({}, "a", "PRIVMSG", ("#c", ""))),
        (":a!a@a PRIVMSG #c :  two  spaces ", Line({}, "a", "PRIVMSG", ("#c", "  two  spaces "))),
        (
            "@a=1;b=;c :x PRIVMSG #c :hi",
            Line({"a": "1", "b": "", "c": ""}, "x", "PRIVMSG", ("#c", "hi")),
        ),
        ("@a=1;a=2 PING", Line({"a": "2"}, "", "PING", ())),
        (r"@a=\s\:\\\r\n\b\ PING", Line({"a": " ;\\\r\nb"}, "", "PING", ())),
        (r"@a=x\\s PING", Line({"a": r"x\s"}, "", "PING", ())),
        ("@a=b=c;=d;; PING", Line({"a": "b=c"}, "", "PING", ())),
        ("@a=1  :s   353  me  =  #c  :me", Line({"a": "1"}, "s", "353", ("me", "=", "#c", "me"))),
        (
            ":s PRIVMSG #c :不要\u3000动\xa0\x85x",
            Line({}, "s", "PRIVMSG", ("#c", "不要\u3000动\xa0\x85x")),
        ),
        (":s USERNOTICE #c", Line({}, "s", "USERNOTICE", ("#c",))),
    ],
)
def test_a_line_is_read_as_the_specification_says(text: str, line: Line) -> None:
    assert parse_line(text) == line


@pytest.mark.parametrize(
    "text",
    ["", " ", "@", "@a=1", "@a=1 ", ":", ":x", ":x ", "hello world", "12", "1234 x", "#c :x"],
)
def test_what_has_no_command_is_no_line(text: str) -> None:
    with pytest.raises(IrcError):
        parse_line(text)


@pytest.mark.parametrize(
    ("text", "channel", "rest"),
    [
        (":s PRIVMSG #Ann :hi there", "ann", "hi there"),
        (":s USERNOTICE #ann", "ann", ""),
        (":s NOTICE * :Login authentication failed", "", "Login authentication failed"),
        ("PING", "", ""),
    ],
)
def test_a_line_knows_its_channel_and_text(text: str, channel: str, rest: str) -> None:
    line = parse_line(text)
    assert (line.channel, line.text) == (channel, rest)


@given(st.text(max_size=200))
@settings(deadline=None)
def test_any_text_is_a_line_or_refused(text: str) -> None:
    try:
        line = parse_line(text)
    except IrcError:
        return
    assert line.command


@given(
    st.dictionaries(
        st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        max_size=6,
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=60),
)
@settings(deadline=None)
def test_tags_and_text_come_out_as_they_went_in(tags: dict[str, str], text: str) -> None:
    line = parse_line(tag_line(tags, f":a!a@a PRIVMSG #c :{text}"))
    assert line.tags == tags
    assert line.params == ("#c", text)
