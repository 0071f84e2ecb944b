"""Lines from the standard input."""

import asyncio
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from ishowtts_ingest.errors import SourceError
from ishowtts_ingest.settings import StdinSettings
from ishowtts_ingest.sources.stdin import StdinSource
from ishowtts_schemas import ChatMessage
from tests.ingest.stage import NOW_NS, Sink, context


class Pipe:
    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()

    def write(self, data: bytes) -> None:
        os.write(self.writing, data)

    def end(self) -> None:
        os.close(self.writing)
        self.writing = -1


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    os.close(pipe.reading)
    if pipe.writing >= 0:
        pipe.end()


async def read_all(descriptor: int, settings: StdinSettings | None = None) -> Sink:
    sink = Sink()
    source = StdinSource(context(), settings or StdinSettings(), descriptor)
    await asyncio.wait_for(source.run(sink), 5)
    return sink


async def read_file(path: Path) -> Sink:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return await read_all(descriptor)
    finally:
        os.close(descriptor)


async def test_each_line_is_a_message_and_the_end_is_quiet(pipe: Pipe) -> None:
    pipe.write("hello\r\n你好\n\n   \nlast without end".encode())
    pipe.end()
    sink = await read_all(pipe.reading, StdinSettings(room="b", author="me"))
    assert sink.texts == ["hello", "你好", "last without end"]
    (first, *_) = sink.events
    assert isinstance(first, ChatMessage)
    assert (first.platform, first.room, first.author.name) == ("stdin", "b", "me")
    assert first.received_at_ns == NOW_NS


async def test_a_line_may_come_in_pieces(pipe: Pipe) -> None:
    sink = Sink()
    running = asyncio.create_task(StdinSource(context(), StdinSettings(), pipe.reading).run(sink))
    for piece in ("你".encode()[:2], "你".encode()[2:] + b"!\nsec", b"ond\n"):
        pipe.write(piece)
        await asyncio.sleep(0.005)
    pipe.end()
    await asyncio.wait_for(running, 5)
    assert sink.texts == ["你!", "second"]


async def test_invalid_utf8_is_replaced_and_said_once(
    pipe: Pipe, caplog: pytest.LogCaptureFixture
) -> None:
    pipe.write(b"bad \xff byte\nworse \xfe\nfine\n")
    pipe.end()
    its, sink = context(), Sink()
    with caplog.at_level(logging.WARNING):
        await StdinSource(its, StdinSettings(), pipe.reading).run(sink)
    assert sink.texts == ["bad \ufffd byte", "worse \ufffd", "fine"]
    assert len([r for r in caplog.records if "not UTF-8" in r.getMessage()]) == 1
    assert its.counters.get("ingest_invalid_total", source="stdin", reason="not_utf8") == 2


async def test_a_line_that_is_too_long_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    long = tmp_path / "long.txt"
    long.write_bytes(b"x" * 100_000 + b"\n" + b"y" * 20_001 + b"\nok\n")
    sink = await read_file(long)
    assert sink.texts == ["ok"]
    assert sink.reasons == ["a line of more than 20000 characters"] * 2


async def test_a_regular_file_works_too(tmp_path: Path) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text("".join(f"line {number}\n" for number in range(1000)))
    sink = await read_file(lines)
    assert sink.texts == [f"line {number}" for number in range(1000)]


async def test_dev_null_ends_at_once() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    assert (await read_all(nothing)).events == []
    os.close(nothing)


async def test_a_flood_is_read_on_while_nothing_downstream_moves(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ishowtts_ingest.source.CATCH_UP_TIMEOUT_S", 0.01)
    pipe.write(b"line\n" * 250)
    pipe.end()
    sink = Sink(taken=None)
    await asyncio.wait_for(StdinSource(context(), StdinSettings(), pipe.reading).run(sink), 5)
    assert len(sink.events) == 250


async def test_the_loop_goes_on_while_nothing_comes(pipe: Pipe) -> None:
    running = asyncio.create_task(StdinSource(context(), StdinSettings(), pipe.reading).run(Sink()))
    done, _ = await asyncio.wait([running], timeout=0.02)
    assert not done
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 0.5)


def test_it_works_on_uvloop_too(pipe: Pipe, tmp_path: Path) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_bytes(b"from a file\n")
    pipe.write(b"from a pipe\n")
    pipe.end()
    assert uvloop.run(read_file(lines)).texts == ["from a file"]
    assert uvloop.run(read_all(pipe.reading)).texts == ["from a pipe"]


def test_a_closed_input_is_said_before_the_start() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    with pytest.raises(SourceError, match="the standard input is not open"):
        StdinSource(context(), StdinSettings(), reading).check()
