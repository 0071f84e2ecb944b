"""An answer that begins with its first audio."""

import asyncio

import pytest

from ishowtts_player.errors import InputError, SynthesisError
from ishowtts_player.server import ABORT
from ishowtts_player.speech import streaming
from ishowtts_player.speech.streaming import StreamedResponse
from tests.player.sse import SOON_S


class Connection:
    """What uvicorn is to an application."""

    def __init__(self) -> None:
        self.sent = []
        self.statuses = []
        self.closed = []
        self.left = asyncio.Event()
        self.readable = asyncio.Event()
        self.readable.set()
        self.scope = {ABORT: self.left.set}

    async def send(self, message):
        await self.readable.wait()
        self.sent.append(message)

    async def receive(self):
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def serve(self, *pieces):
        async def produce():
            try:
                for piece in pieces:
                    if isinstance(piece, Exception):
                        raise piece
                    if isinstance(piece, asyncio.Event):
                        await piece.wait()
                    else:
                        yield piece
            finally:
                self.closed.append(True)

        response = StreamedResponse(produce(), "audio/mpeg", self.statuses.append, {"x-id": "1"})
        await asyncio.wait_for(response(self.scope, self.receive, self.send), SOON_S)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


async def test_pieces_arrive_as_they_come():
    connection, held = Connection(), asyncio.Event()
    serving = asyncio.create_task(connection.serve(b"first", held, b"second"))
    while connection.body != b"first":  # noqa: ASYNC110 - nothing announces it
        await asyncio.sleep(0)
    held.set()
    await serving
    start, *bodies = connection.sent
    assert (start["status"], dict(start["headers"])[b"content-type"]) == (200, b"audio/mpeg")
    assert dict(start["headers"])[b"x-id"] == b"1"
    assert [message["more_body"] for message in bodies] == [True, True, False]
    assert (connection.body, connection.statuses, connection.closed) == (
        b"firstsecond",
        [200],
        [True],
    )


async def test_an_error_before_the_first_piece_keeps_its_status():
    connection = Connection()
    with pytest.raises(InputError):
        await connection.serve(InputError("no"))
    assert (connection.sent, connection.statuses, connection.closed) == ([], [400], [True])


async def test_an_error_after_the_first_piece_breaks_the_connection():
    connection = Connection()
    await connection.serve(b"first", SynthesisError("the synth died"))
    assert connection.left.is_set()
    assert connection.sent[-1]["more_body"]
    assert connection.statuses == [502]


async def test_no_pieces_are_an_empty_answer():
    connection = Connection()
    await connection.serve()
    assert [message["type"] for message in connection.sent] == [
        "http.response.start",
        "http.response.body",
    ]
    assert connection.statuses == [200]


@pytest.mark.parametrize("pieces", [(), (b"first",)])
async def test_a_client_that_leaves_ends_the_work(pieces):
    connection, never = Connection(), asyncio.Event()
    serving = asyncio.create_task(connection.serve(*pieces, never))
    await asyncio.sleep(0.01)
    connection.left.set()
    await serving
    assert (connection.statuses, connection.closed) == ([499], [True])


async def test_a_client_that_takes_nothing_is_let_go(monkeypatch):
    monkeypatch.setattr(streaming, "STALL_S", 0.02)
    connection = Connection()
    serving = asyncio.create_task(connection.serve(b"first", b"second"))
    while not connection.body:  # noqa: ASYNC110 - nothing announces it
        await asyncio.sleep(0)
    connection.readable.clear()
    await serving
    assert connection.left.is_set()
    assert (connection.statuses, connection.closed) == ([503], [True])


async def test_cancelling_the_server_ends_the_work():
    connection = Connection()
    serving = asyncio.create_task(connection.serve(b"first", asyncio.Event()))
    await asyncio.sleep(0.01)
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert connection.closed == [True]
