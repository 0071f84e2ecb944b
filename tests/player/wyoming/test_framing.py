"""What no event is: each ends with one sentence, and nothing else happens."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_player.wyoming.framing import (
    MAX_DATA_BYTES,
    MAX_LINE_BYTES,
    MAX_PAYLOAD_BYTES,
    FramingError,
    read_event,
)


async def read(raw: bytes, *, end: bool = True):
    reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
    reader.feed_data(raw)
    if end:
        reader.feed_eof()
    return await asyncio.wait_for(read_event(reader), 5)


def line(**fields) -> bytes:
    return json.dumps({"type": "x", **fields}).encode() + b"\n"


WRONG = [
    (b"hello\n", "no valid JSON"),
    (b"[]\n", "Expected `object`"),
    (b"{}\n", "type"),
    (line(type=""), "type"),
    (line(type=5), "type"),
    (line(data=[]), "data"),
    (line(data_length=-1), "data_length"),
    (line(data_length="9"), "data_length"),
    (line(data_length=1e300), "data_length"),
    (line(data_length=MAX_DATA_BYTES + 1), "data_length is over"),
    (line(payload_length=MAX_PAYLOAD_BYTES + 1), "payload_length is over"),
    (line(payload_length=10**30), "payload_length"),
    (line(data_length=3) + b"abc", "no valid JSON"),
    (line(data_length=2) + b"[]", "Expected `object`"),
    (b"\xff\xfe\n", "no valid JSON"),
    (b"GET / HTTP/1.1\r\n", "no valid JSON"),
    (b'{"type": "x", "data": {"a": ' + b"[" * 30_000 + b"\n", "not an event"),
    (b"x" * (MAX_LINE_BYTES + 1), "longer than"),
]


@pytest.mark.parametrize(("raw", "words"), WRONG, ids=range(len(WRONG)))
async def test_what_is_no_event_is_one_sentence(raw, words):
    with pytest.raises(FramingError) as caught:
        await read(raw)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_lengths_are_refused_before_anything_is_read():
    with pytest.raises(FramingError, match="payload_length"):
        await read(line(payload_length=2**40), end=False)


async def test_data_may_stand_in_the_line_or_behind_it():
    raw = line(data={"a": 1, "b": 1}, data_length=8, payload_length=3) + b'{"b": 2}' + b"pcm"
    event = await read(raw + b"rest", end=False)
    assert (event.type, event.data) == ("x", {"a": 1, "b": 2})


@pytest.mark.parametrize(
    "raw", [b"", b'{"type"', line(data_length=5) + b"{", line(payload_length=9)]
)
async def test_a_client_that_leaves_in_mid_event_has_left(raw):
    assert await read(raw) is None


@given(raw=st.binary(max_size=300) | st.binary(max_size=60).map(lambda body: line() + body))
@settings(max_examples=60, deadline=None)
def test_no_bytes_raise_anything_else(raw):
    try:
        event = asyncio.run(read(raw))
    except FramingError:
        return
    assert event is None or event.type
