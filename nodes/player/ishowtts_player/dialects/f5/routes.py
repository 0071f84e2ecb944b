"""The F5 service's routes of today."""

from typing import Literal

import msgspec
from litestar import post, route
from litestar.types import ASGIApp

from ishowtts_player.dialects.f5.answer import (
    DOCUMENTED,
    EVENTS,
    OK,
    answer_stream,
    answer_whole,
)
from ishowtts_player.dialects.f5.request import MAX_BODY_BYTES, GenerateBody
from ishowtts_player.dialects.f5.speech import GenerateAnswer
from ishowtts_player.errors import UnavailableError
from ishowtts_player.routes.body import operation_with
from ishowtts_player.routes.page import READ
from ishowtts_player.routes.parameters import AnyRequest, TheBridge


class LiveAnswer(msgspec.Struct):
    """Text, as the service has it, and no boolean."""

    is_live: Literal["True", "False"]


@route("/v1/health", http_method=READ, summary="F5: whether an engine that clones is running")
async def live(bridge: TheBridge) -> LiveAnswer:
    """Say whether requests can be served; the status is 200 in any case."""
    try:
        bridge.directory.cloning()
    except UnavailableError:
        return LiveAnswer("False")
    return LiveAnswer("True")


@post(
    "/v1/generate",
    status_code=OK,
    summary="F5: speak with the voice of a clip",
    operation_class=operation_with(GenerateBody),
    request_max_body_size=MAX_BODY_BYTES,
    responses=DOCUMENTED,
)
async def generate(request: AnyRequest, bridge: TheBridge) -> GenerateAnswer:
    """Answer with the whole of it."""
    return await answer_whole(request, bridge)


@post(
    "/v1/generate/stream",
    status_code=OK,
    summary="F5: the same, a piece at a time as server-sent events",
    operation_class=operation_with(GenerateBody),
    request_max_body_size=MAX_BODY_BYTES,
    responses={OK: EVENTS, **DOCUMENTED},
)
async def generate_stream(request: AnyRequest, bridge: TheBridge) -> ASGIApp:
    """Answer with a WAV for each piece, sent when it is made."""
    return await answer_stream(request, bridge)


ROUTES = [live, generate, generate_stream]
