"""Paths that several systems have: whose client it is, and then that system's own handler."""

import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Response, get, post, route
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ASGIApp

from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects import registry
from ishowtts_player.dialects.accept import Accept
from ishowtts_player.dialects.chatterbox import catalogue
from ishowtts_player.dialects.chatterbox import speech as chatterbox
from ishowtts_player.dialects.chooser import (
    Signs,
    choose_speech,
    choose_voices,
    translated,
    wants_page,
)
from ishowtts_player.dialects.dialect import Dialect
from ishowtts_player.dialects.errors import ASKED, CHOSEN, LISTENER
from ishowtts_player.dialects.ishowtts import speech as ishowtts
from ishowtts_player.dialects.ishowtts.speech import TtsAnswer, TtsBody
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.routes.body import operation_with, read_any_json
from ishowtts_player.routes.page import READ, page
from ishowtts_player.routes.parameters import AnyRequest, TheBridge
from ishowtts_player.routes.voices import VoiceAnswer, list_voices

Answer = Response[Any] | ASGIApp
Speak = Callable[[AnyRequest, Bridge, Any], Awaitable[Answer]]

_SPEAK: dict[Dialect, Speak] = {
    registry.ISHOWTTS: ishowtts.speak,
    registry.CHATTERBOX: chatterbox.speak,
}
_ERRORS = {
    400: "The input is wrong",
    415: "The body is not called JSON",
    422: "A field is missing or of the wrong type",
    502: "The synth failed",
    503: "No synth is there, or too many requests",
    504: "No synth answered in time",
}


class HealthAnswer(msgspec.Struct):
    """What Chatterbox, its older gateway and the F5 service say, each of them, in one."""

    status: str
    """`healthy`, or `degraded` where no synth is ready."""
    loaded_models: list[str]
    models: list[str]
    device: str
    version: str
    model_loaded: bool
    timestamp: float


class RootAnswer(msgspec.Struct):
    """What the F5 service answers at `/`."""

    message: str


@post(
    "/api/tts",
    status_code=200,
    summary="Speak a text; Accept: audio/wav gives the bare file",
    operation_class=operation_with(TtsBody),
    responses={200: ResponseSpec(TtsAnswer, description="The audio", generate_examples=False)}
    | {
        status: ResponseSpec(
            str, media_type="text/plain", description=text, generate_examples=False
        )
        for status, text in _ERRORS.items()
    },
)
async def tts(request: AnyRequest, bridge: TheBridge) -> ASGIApp:
    """Speak a text, in iShowTTS's words or Chatterbox's."""
    try:
        answer = await _speak(request, bridge)
    except ApiError as error:
        bridge.bus.counters.add("player_api_requests_total", status=str(error.status))
        raise
    if not isinstance(answer, Response):
        return answer  # a stream counts itself, when it is over
    bridge.bus.counters.add("player_api_requests_total", status="200")
    return answer.to_asgi_response(app=None, request=request)


@get("/api/voices", summary="Voices of all engines that run, by id")
async def voices(request: AnyRequest, bridge: TheBridge) -> Response[list[VoiceAnswer]]:
    """List the voices: an array as iShowTTS's, or Chatterbox's object where that is meant."""
    dialect = choose_voices(_signs(request))
    if dialect is not registry.CHATTERBOX:
        return Response(list_voices(bridge))
    request.scope["state"][CHOSEN] = dialect
    theirs: Response[Any] = Response(catalogue.list_voices(bridge))
    return theirs


@route("/health", http_method=READ, summary="Health in the words of Chatterbox and F5")
async def health(bridge: TheBridge) -> HealthAnswer:
    """Say which engines run; always 200, for it is the bridge that answers."""
    synths = bridge.directory.synths()
    engines = sorted({synth.engine for synth in synths if synth.engine})
    return HealthAnswer(
        status="healthy" if engines else "degraded",
        loaded_models=engines,
        models=engines,
        device=next((synth.device for synth in synths if synth.device), "cpu"),
        version=version("ishowtts"),
        model_loaded=bool(engines),
        timestamp=time.time(),
    )


@route("/", http_method=READ, include_in_schema=False)
async def root(request: AnyRequest) -> Response[Any]:
    """The page, or what the F5 service says there."""
    if wants_page(_signs(request), registry.F5):
        return page(request)
    request.scope["state"][CHOSEN] = registry.F5
    return Response(RootAnswer("iShowTTS speaks here; POST /v1/generate"))


async def _speak(request: AnyRequest, bridge: Bridge) -> Answer:
    state = request.scope["state"]
    signs = _signs(request)
    try:
        body = await read_any_json(request)
    except InputError:
        state[CHOSEN] = choose_speech(signs, None)
        raise
    try:
        dialect = choose_speech(signs, body)
    except InputError:
        state[CHOSEN] = registry.HOUSE  # nobody's client, so neither's bare text
        raise
    state[CHOSEN] = dialect
    if signs.asked is not None and isinstance(body, dict):
        body = translated(dialect, body)
    return await _SPEAK[dialect](request, bridge, body)


def _signs(request: AnyRequest) -> Signs:
    state = request.scope["state"]
    accept = Accept(request.headers.get("accept", ""))
    return Signs(state[ASKED], state[LISTENER], accept)


ROUTES = [tts, voices, health, root]
