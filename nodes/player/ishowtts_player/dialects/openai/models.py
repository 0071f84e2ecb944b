"""What OpenAI's clients may name as the model: an engine that runs, or one of OpenAI's names."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.params import PathParameter

from ishowtts_player.dialects.shapes import OpenAiErrorBody
from ishowtts_player.directory import NodeDirectory
from ishowtts_player.errors import InputError
from ishowtts_player.routes.parameters import TheBridge, documented_errors

OPENAI_MODELS = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""Listed, as some clients check theirs against the list. Each is the default voice's engine."""
NOT_FOUND = 404

ModelId = Annotated[str, PathParameter(description="As `GET /v1/models` lists it.")]


class Model(msgspec.Struct):
    """One model, in OpenAI's shape."""

    id: str
    owned_by: str
    object: str = "model"
    created: int = 0


class ModelList(msgspec.Struct):
    data: list[Model]
    object: str = "list"


def models(directory: NodeDirectory) -> ModelList:
    """The answer to `GET /v1/models`."""
    named = [Model(name, "ishowtts") for name in OPENAI_MODELS]
    engines = [Model(engine, label) for engine, label in directory.engines().items()]
    return ModelList([*engines, *named])


@get(
    "/v1/models/{model_id:str}",
    summary="OpenAI: one model",
    responses=documented_errors(404, body=OpenAiErrorBody),
)
async def model(bridge: TheBridge, model_id: ModelId) -> Model:
    """Tell of a model, as the list does."""
    for one in models(bridge.directory).data:
        if one.id == model_id:
            return one
    text = f"the model {model_id!r} does not exist"
    raise InputError(text, "MODEL_NOT_FOUND", NOT_FOUND, "model")


class AudioModels(msgspec.Struct):
    """Open WebUI's shape for servers that are not OpenAI's own."""

    models: list[Model]


@get("/v1/audio/models", summary="Open WebUI: the models that speak")
async def audio_models(bridge: TheBridge) -> AudioModels:
    """List the models under the path that Open WebUI tries first."""
    return AudioModels(models(bridge.directory).data)


ROUTES = [model, audio_models]
