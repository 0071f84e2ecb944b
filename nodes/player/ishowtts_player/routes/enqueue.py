"""Chat that a client read itself, in iShowTTS's shape."""

import time
from typing import Literal

import msgspec
from litestar import Response, post
from litestar.openapi.datastructures import ResponseSpec

from ishowtts_player.bridge import Bridge
from ishowtts_player.errors import ApiError
from ishowtts_player.routes.body import operation_with, read_json
from ishowtts_player.routes.parameters import AnyRequest, TheBridge, documented_errors
from ishowtts_player.upload import NormalizedMessage, channel_of, chat_message, platform_of
from ishowtts_player.verdicts import Verdict

ACCEPTED = 202
NO_CONTENT = 204


class EnqueueAnswer(msgspec.Struct):
    status: Literal["accepted"]
    message_id: str
    utterance_id: str | None


@post(
    ["/api/danmaku/enqueue", "/api/enqueue"],
    status_code=ACCEPTED,
    summary="Hand a chat message to the filter",
    operation_class=operation_with(NormalizedMessage),
    responses={
        NO_CONTENT: ResponseSpec(
            None, description="It will not be spoken; X-Rule says which rule objects"
        ),
        **documented_errors(400, 415, 422, 503),
    },
)
async def enqueue(request: AnyRequest, bridge: TheBridge) -> Response[EnqueueAnswer | None]:
    """Take a message; the answer comes with the filter's word. The same id is spoken once."""
    try:
        body = await read_json(request, NormalizedMessage)
        verdict = await _submit(bridge, body)
    except ApiError as error:
        bridge.bus.counters.add("player_chat_uploads_total", status=str(error.status))
        raise
    status = NO_CONTENT if verdict.rule else ACCEPTED
    bridge.bus.counters.add("player_chat_uploads_total", status=str(status))
    if verdict.rule:
        return Response(None, status_code=NO_CONTENT, headers={"x-rule": verdict.rule})
    answer = EnqueueAnswer("accepted", body.id, verdict.utterance_id)
    return Response(answer, status_code=ACCEPTED)


async def _submit(bridge: Bridge, body: NormalizedMessage) -> Verdict:
    channel = await bridge.ingest.find(platform_of(body), channel_of(body))
    return await bridge.verdicts.submit(chat_message(body, channel, time.time_ns()))


ROUTES = [enqueue]
