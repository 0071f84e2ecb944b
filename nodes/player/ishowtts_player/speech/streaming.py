"""Speech as an HTTP answer that begins with its first audio."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable

from litestar.types import Receive, Scope, Send

from ishowtts_bus.patience import within
from ishowtts_player.audio.encoder import Encoder, check_format, prepare_sink
from ishowtts_player.audio.formats import OutputFormat
from ishowtts_player.errors import ApiError, UnavailableError
from ishowtts_player.server import ABORT
from ishowtts_player.speech.client import SpeakRequest, SpeechClient

_LOG = logging.getLogger("ishowtts.player")

Pieces = AsyncGenerator[bytes, None]

STALL_S = 30.0
"""A client that takes nothing for so long is gone; it would hold its place for ever."""
CLIENT_CLOSED_REQUEST = 499
OK = 200


async def encoded(
    client: SpeechClient,
    request: SpeakRequest,
    output: OutputFormat,
    on_sound: Callable[[float], None],
) -> Pieces:
    """Speech in a client's format; closing it early cancels the work.

    Args:
        client: Asked for the speech.
        request: What to speak.
        output: What the pieces are.
        on_sound: Told once, how long the first audio took, in seconds.

    Raises:
        ApiError: There will be no more.
    """
    check_format(output)
    async with client.speak(request) as stream:
        sink = await prepare_sink(output)
        encoder: Encoder | None = None
        async for pcm in stream:
            if encoder is None:
                encoder = Encoder(stream.sample_rate_hz, output, sink)
                on_sound(stream.first_audio_s or 0.0)
            async for piece in encoder.pieces(pcm):
                yield piece
        last = encoder or Encoder(output.rate_hz, output, sink)
        if piece := last.finish():
            yield piece


class StreamedResponse:
    """An ASGI answer of pieces as they come; its status waits for the first of them.

    An error before the first piece is raised, for the application to answer. A later one breaks
    the connection, so that nobody takes half an answer for a whole one.

    Args:
        pieces: Not begun. Closed in any case, also when the client leaves.
        media_type: For `content-type`.
        on_end: Told the status that the request ended with, 499 for a client that left.
        headers: More of them.
    """

    def __init__(
        self,
        pieces: Pieces,
        media_type: str,
        on_end: Callable[[int], None],
        headers: dict[str, str] | None = None,
    ) -> None:
        self._pieces = pieces
        self._on_end = on_end
        self._headers = {
            "content-type": media_type,
            "cache-control": "no-store",
            "x-accel-buffering": "no",
            **(headers or {}),
        }
        self._begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the connection. The request's body has been read.

        Raises:
            ApiError: Nothing was sent.
        """
        gone = asyncio.create_task(_gone(receive), name="disconnect")
        sending = asyncio.create_task(self._send(send), name="answer")
        try:
            await asyncio.wait((gone, sending), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
            self._on_end(OK if sending.done() else CLIENT_CLOSED_REQUEST)
        except ApiError as error:
            self._on_end(error.status)
            if not self._begun:
                raise
            _LOG.warning("a streamed answer broke off: %s", error.text)
            await _break(scope, gone)
        finally:
            for unfinished in (sending, gone):
                unfinished.cancel()
            await asyncio.gather(sending, gone, return_exceptions=True)

    async def _send(self, send: Send) -> None:
        async with contextlib.aclosing(self._pieces) as pieces:
            async for piece in pieces:
                if not self._begun:
                    await self._begin(send)
                await _send_body(send, piece, more=True)
            if not self._begun:
                await self._begin(send)
        await _send_body(send, b"", more=False)

    async def _begin(self, send: Send) -> None:
        self._begun = True
        headers = [(name.encode(), value.encode()) for name, value in self._headers.items()]
        await send({"type": "http.response.start", "status": OK, "headers": headers})


async def _send_body(send: Send, body: bytes, *, more: bool) -> None:
    sent = send({"type": "http.response.body", "body": body, "more_body": more})
    try:
        await within(STALL_S, sent)
    except asyncio.TimeoutError:
        raise UnavailableError("the client takes no more", "CLIENT_STALLED") from None


async def _break(scope: Scope, gone: "asyncio.Task[None]") -> None:
    abort: Callable[[], None] | None = scope.get(ABORT)  # type: ignore[assignment]
    if abort is not None:
        abort()
        await asyncio.wait((gone,), timeout=1.0)  # or uvicorn complains of an unfinished answer


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
