"""Messages as lines of JSON."""

import asyncio
import json

import pytest

from ishowtts_bus import Invalid, MemoryBroker, Received, ReplyTo
from ishowtts_cli import tail
from ishowtts_cli.errors import CliError, ExitCode
from ishowtts_schemas import AudioChunk, InvalidMessageError, SpeechRequest, TextRequest
from ishowtts_schemas.topics import AUDIO, SPEECH_REQUEST, TEXT_REQUEST, TOPICS

SOON_S = 5.0
CHUNK = AudioChunk(utterance_id="u", offset=3, pcm=b"\x00\x01" * 50)


def received(topic, message, **options):
    return Received(message, topic, {"room": "main"}, **options)


def test_a_message_is_named_and_whole():
    line = tail.describe(received(TEXT_REQUEST, TextRequest(text="你好", author="妙")))

    assert line == {
        "topic": "text",
        "room": "main",
        "message": {"text": "你好", "author": "妙"},
    }


def test_bytes_are_counted_or_shown_in_full():
    short = tail.describe(received(AUDIO, CHUNK))
    full = tail.describe(received(AUDIO, CHUNK), raw=True)

    assert short["message"]["pcm"] == "<100 bytes>"
    assert full["message"]["pcm"].startswith("AAEAAQAB")
    assert short["message"]["type"] == "audio_chunk"


def test_retained_and_reply_topic_are_told():
    request = SpeechRequest(
        utterance_id="u", room="main", text="hi", voice="x", deadline_at_ns=1, options={"a": 1}
    )

    line = tail.describe(
        received(SPEECH_REQUEST, request, retained=True, reply_to=ReplyTo("a/b", b"\x00"))
    )

    assert (line["retained"], line["reply_to"]) == (True, "a/b")


def test_what_is_malformed_says_why():
    error = InvalidMessageError("wrong_type", "Expected `str`, got `int`")

    line = tail.describe_invalid(Invalid(AUDIO, {"room": "main"}, error))

    assert line == {
        "topic": "audio",
        "room": "main",
        "invalid": {"reason": "wrong_type", "detail": "Expected `str`, got `int`"},
    }


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "\x9b31m", "\x7f", "\u2028"])
def test_a_line_is_one_line_and_moves_no_cursor(text):
    line = tail.to_json_line({"text": text})

    assert not set(line) & {"\n", "\x1b", "\x9b", "\x7f"}
    assert json.loads(line) == {"text": text}


def test_topics_are_chosen_by_name_and_room():
    assert tail._choose([], None) == list(TOPICS)
    assert tail._choose(["audio"], None) == [AUDIO]
    assert {topic.name for topic in tail._choose([], "main")} == {
        topic.name for topic in TOPICS if "room" in topic.levels
    }


def test_an_unknown_topic_is_refused_with_a_suggestion():
    with pytest.raises(CliError, match="did you mean audio") as refused:
        tail._choose(["audoi"], None)
    assert refused.value.code == ExitCode.USAGE


async def test_lines_come_as_messages_do_and_a_slow_reader_is_told_what_it_missed(monkeypatch):
    monkeypatch.setattr(tail, "MAX_WAITING", 2)
    broker = MemoryBroker()
    listener, app = broker.bus("cli"), broker.bus("app")
    await listener.start()
    await app.start()
    lines = tail._Lines(raw=False)
    lines.hear(listener, TEXT_REQUEST, None)

    for number in range(5):
        await app.publish(TEXT_REQUEST, TextRequest(text=str(number)), room="main")

    shown = [await asyncio.wait_for(lines.next(), SOON_S) for _ in range(3)]
    assert [line.get("message", {}).get("text") for line in shown] == ["0", "1", None]
    assert shown[2] == {"missed": 3}
