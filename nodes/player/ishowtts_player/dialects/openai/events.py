"""Speech as server-sent events: `stream_format: "sse"`."""

import base64
import contextlib
from typing import Any

import msgspec

from ishowtts_player.dialects.shapes import openai as render_error
from ishowtts_player.errors import ApiError
from ishowtts_player.speech.streaming import Pieces

MEDIA_TYPE = "text/event-stream; charset=utf-8"
NO_USAGE = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
"""Clients need the numbers; what is made at home costs no tokens."""


async def as_events(pieces: Pieces) -> Pieces:
    """An event for each piece, and one at the end.

    Raises:
        ApiError: Before the first event. A later one is an event, the last.
    """
    begun = False
    try:
        async with contextlib.aclosing(pieces):
            async for piece in pieces:
                audio = base64.b64encode(piece).decode()
                yield _event({"type": "speech.audio.delta", "audio": audio})
                begun = True
    except ApiError as error:
        if not begun:
            raise
        yield _framed(render_error(error)[0])
    else:
        yield _event({"type": "speech.audio.done", "usage": NO_USAGE})


def _event(data: dict[str, Any]) -> bytes:
    return _framed(msgspec.json.encode(data))


def _framed(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"
