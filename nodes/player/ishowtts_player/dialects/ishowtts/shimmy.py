"""Shimmy's routes, as iShowTTS has them: speech in the place of a language model's text."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, WebSocket, get, post, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.params import PathParameter

from ishowtts_player.bridge import Bridge
from ishowtts_player.dialects.ishowtts.shimmy_messages import (
    DONE,
    GenerateBody,
    envelope_text,
    wish_of,
)
from ishowtts_player.dialects.ishowtts.shimmy_models import ModelAnswer, model_voice, models
from ishowtts_player.dialects.ishowtts.speech import collect, envelope, speech_request
from ishowtts_player.dialects.registry import SHIMMY
from ishowtts_player.dialects.shapes import OpenAiErrorBody
from ishowtts_player.directory import NodeDirectory
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.routes.body import decode_json, operation_with, read_json
from ishowtts_player.routes.disconnect import unless_gone
from ishowtts_player.routes.parameters import AnyRequest, TheBridge, documented_errors

NOT_FOUND = 404
NOT_IMPLEMENTED = 501
EVENTS = "text/event-stream"

Name = Annotated[str, PathParameter(description="A model, as GET /shimmy/models names it.")]


class ModelsAnswer(msgspec.Struct):
    models: list[ModelAnswer]


class StatusAnswer(msgspec.Struct):
    """A model's state; synths have theirs loaded as long as they run."""

    model: str
    status: Literal["loaded"]


class GenerateAnswer(msgspec.Struct):
    response: str
    """The envelope, as JSON in a text."""


@dataclass(frozen=True)
class Generated:
    """What a request was answered with."""

    model: str
    text: str


@post(
    "/shimmy/generate",
    status_code=200,
    summary="Speak a prompt; as an event stream unless stream is false",
    operation_class=operation_with(GenerateBody),
    responses=documented_errors(400, 404, 415, 422, 502, 503, 504, body=OpenAiErrorBody),
)
async def shimmy_generate(request: AnyRequest, bridge: TheBridge) -> Response[Any]:
    """Answer with the envelope, whole: it is a text to Shimmy's clients."""
    body = await read_json(request, GenerateBody)
    generated = await unless_gone(request, generate(bridge, body))
    if body.stream is False:
        return Response(GenerateAnswer(generated.text))
    events = f"data: {generated.text}\n\ndata: {DONE}\n\n"
    return Response(events, media_type=EVENTS, headers={"cache-control": "no-store"})


@websocket("/shimmy/ws/generate")
async def shimmy_socket(socket: WebSocket[Any, Any, Any], bridge: TheBridge) -> None:
    """One request, its answer, the end."""
    await socket.accept()
    try:
        sent = await socket.receive_text()
        try:
            body = decode_json(sent, GenerateBody)
            generated = await unless_gone(socket, generate(bridge, body))
        except ApiError as error:
            told, _ = SHIMMY.render_error(error)
            await socket.send_text(told.decode())
        else:
            await socket.send_text(generated.text)
        await socket.send_text('{"done":true}')
        await socket.close()
    except (WebSocketDisconnect, OSError):
        return


@get("/shimmy/models", summary="Engines and voices that run, as models")
async def shimmy_models(bridge: TheBridge) -> ModelsAnswer:
    """List the models."""
    return ModelsAnswer(models(bridge.directory))


@post(
    "/shimmy/models/discover",
    status_code=200,
    summary="The same list: synths announce themselves, no folder is searched",
)
async def shimmy_discover(bridge: TheBridge) -> ModelsAnswer:
    """List the models."""
    return ModelsAnswer(models(bridge.directory))


@post(
    "/shimmy/models/{name:str}/load",
    status_code=200,
    summary="Whether a model is there; a synth loads its own when it starts",
    responses=documented_errors(404, body=OpenAiErrorBody),
)
async def shimmy_load(bridge: TheBridge, name: Name) -> StatusAnswer:
    """Confirm that it is loaded."""
    return _status(bridge.directory, name)


@post(
    "/shimmy/models/{name:str}/unload",
    status_code=200,
    summary="Not possible from here: stop the synth",
    responses=documented_errors(404, 501, body=OpenAiErrorBody),
)
async def shimmy_unload(bridge: TheBridge, name: Name) -> StatusAnswer:
    """Refuse."""
    _status(bridge.directory, name)
    text = "a model is unloaded by stopping its synth, not over HTTP"
    raise ApiError(NOT_IMPLEMENTED, "NOT_AVAILABLE", text)


@get(
    "/shimmy/models/{name:str}/status",
    summary="Whether a model is there",
    responses=documented_errors(404, body=OpenAiErrorBody),
)
async def shimmy_status(bridge: TheBridge, name: Name) -> StatusAnswer:
    """Tell its state."""
    return _status(bridge.directory, name)


async def generate(bridge: Bridge, body: GenerateBody) -> Generated:
    """Speak what a request means.

    Raises:
        ApiError: 404 there is no such model; and what speech may fail with.
    """
    wish = wish_of(body)
    voice = _find(bridge.directory, body.model, wish.voice_id)
    wish.voice_id, wish.engine = voice.id, voice.engine
    sound = await collect(bridge, speech_request(bridge, wish))
    return Generated(body.model, envelope_text(envelope(sound, voice)))


def _find(directory: NodeDirectory, model: str, voice_id: str | None = None) -> Any:
    try:
        return model_voice(directory, model, voice_id)
    except InputError as error:
        if error.code != "UNKNOWN_MODEL":
            raise
        raise ApiError(NOT_FOUND, "MODEL_NOT_FOUND", error.text, field="model") from None


def _status(directory: NodeDirectory, name: str) -> StatusAnswer:
    _find(directory, name)
    return StatusAnswer(name, "loaded")


ROUTES = [
    shimmy_generate,
    shimmy_socket,
    shimmy_models,
    shimmy_discover,
    shimmy_load,
    shimmy_unload,
    shimmy_status,
]
