"""`GET /v1/models`, which OpenAI's and ElevenLabs' clients both ask for."""

from litestar import Response, get

from ishowtts_player.dialects import registry
from ishowtts_player.dialects.dialect import Dialect
from ishowtts_player.dialects.elevenlabs.models import Model as ElevenLabsModel
from ishowtts_player.dialects.elevenlabs.models import models as elevenlabs_models
from ishowtts_player.dialects.errors import ASKED, CHOSEN, LISTENER
from ishowtts_player.dialects.openai.models import ModelList
from ishowtts_player.dialects.openai.models import models as openai_models
from ishowtts_player.routes.parameters import AnyRequest, TheBridge

Models = ModelList | list[ElevenLabsModel]


@get("/v1/models", summary="OpenAI, ElevenLabs: the models, here engines")
async def models(request: AnyRequest, bridge: TheBridge) -> Response[Models]:
    """Answer OpenAI's list, or ElevenLabs' bare array to its clients."""
    dialect = _whose(request)
    request.scope["state"][CHOSEN] = dialect
    if dialect is registry.ELEVENLABS:
        return Response(elevenlabs_models(bridge.directory, bridge.settings.max_text_chars))
    return Response(openai_models(bridge.directory))


def _whose(request: AnyRequest) -> Dialect:
    """Each SDK shows its key in a header of its own, and only in that one."""
    state = request.scope["state"]
    asked = state.get(ASKED)
    if asked in (registry.OPENAI, registry.ELEVENLABS):
        return asked
    if "xi-api-key" in request.headers or state.get(LISTENER) is registry.ELEVENLABS:
        return registry.ELEVENLABS
    return registry.OPENAI


ROUTES = [models]
