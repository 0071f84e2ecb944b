"""From a request's body to its answer, for the routes of today and the older ones."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ASGIApp

from ishowtts_bus.patience import within
from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.f5.request import GenerateBody, read_request
from ishowtts_player.dialects.f5.speech import GenerateAnswer, Timer, events, whole
from ishowtts_player.dialects.shapes import DetailBody
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.routes.body import UNPROCESSABLE, read_json
from ishowtts_player.routes.clip_form import BODY_TIMEOUT_S, REQUEST_TIMEOUT
from ishowtts_player.routes.disconnect import unless_gone
from ishowtts_player.routes.parameters import AnyRequest
from ishowtts_player.speech.client import SpeakRequest
from ishowtts_player.speech.streaming import StreamedResponse

ReadBody = Callable[[AnyRequest], Awaitable[GenerateBody]]

OK = 200
_BAD_REQUEST = 400
_REASONS = {
    400: "A field is empty, or no clip",
    408: "The body did not arrive in time",
    413: "The body or the clip is too large",
    415: "The body is not called JSON",
    422: "A field is missing or wrong",
    501: "A package for clips is not installed here",
    502: "The synth failed",
    503: "No engine that clones is running, or too many requests",
    504: "No synth answered in time",
}
DOCUMENTED = {
    status: ResponseSpec(DetailBody, description=reason, generate_examples=False)
    for status, reason in _REASONS.items()
}
EVENTS = ResponseSpec(
    str, media_type="text/event-stream", description="Pieces", generate_examples=False
)
_EVENT_STREAM = "text/event-stream; charset=utf-8"


async def read_body(request: AnyRequest) -> GenerateBody:
    """The JSON body, its errors as FastAPI has them.

    Raises:
        InputError: 415 it is not called JSON, 422 anything else.
    """
    try:
        return await read_json(request, GenerateBody)
    except InputError as error:
        raise as_fastapi(error) from None


def as_fastapi(error: InputError) -> InputError:
    """The same complaint under FastAPI's status and word for it."""
    if error.status == _BAD_REQUEST:
        return InputError(error.text, "JSON_INVALID", UNPROCESSABLE)
    if "missing required field" in error.text:
        return InputError("Field required", "MISSING", UNPROCESSABLE, error.field)
    return error


async def answer_whole(
    request: AnyRequest, bridge: Bridge, read: ReadBody = read_body
) -> GenerateAnswer:
    """Speak it all, unless the client leaves.

    Raises:
        ApiError: It cannot be spoken.
    """
    timer = Timer()
    try:
        wanted = await _read(request, bridge, read)
        answer = await unless_gone(request, whole(bridge, wanted, timer))
    except ApiError as error:
        _count(bridge, error.status)
        raise
    _count(bridge, OK)
    return answer


async def answer_stream(request: AnyRequest, bridge: Bridge) -> ASGIApp:
    """Speak it piece by piece.

    Raises:
        ApiError: It cannot be spoken.
    """
    timer = Timer()
    try:
        wanted = await _read(request, bridge, read_body)
    except ApiError as error:
        _count(bridge, error.status)
        raise
    pieces = events(bridge, wanted, timer)
    return StreamedResponse(pieces, _EVENT_STREAM, partial(_count, bridge))


async def _read(request: AnyRequest, bridge: Bridge, read: ReadBody) -> SpeakRequest:
    """Few at once: each body may be 14 MB, and its clip more while it is decoded."""
    async with bridge.voices.reception.uploading():
        try:
            body = await within(BODY_TIMEOUT_S, read(request))
        except asyncio.TimeoutError:
            text = "the body did not arrive in time"
            raise ApiError(REQUEST_TIMEOUT, "TIMEOUT", text) from None
        return await read_request(bridge, body)


def _count(bridge: Bridge, status: int) -> None:
    bridge.bus.counters.add("player_api_requests_total", status=str(status))
