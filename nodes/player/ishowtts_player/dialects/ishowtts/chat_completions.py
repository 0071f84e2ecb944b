"""`POST /v1/chat/completions`: speech for programs that only know chat.

The assistant's text is the envelope with the audio. A streamed answer is one piece of it.
"""

import time
import uuid
from typing import Any, Literal

import msgspec
from litestar import Response, post

from ishowtts_player.dialects.ishowtts.shimmy import EVENTS, generate
from ishowtts_player.dialects.ishowtts.shimmy_messages import (
    DONE,
    ChatTurn,
    GenerateBody,
    ModelName,
)
from ishowtts_player.dialects.shapes import OpenAiErrorBody
from ishowtts_player.routes.body import operation_with, read_json
from ishowtts_player.routes.disconnect import unless_gone
from ishowtts_player.routes.parameters import AnyRequest, TheBridge, documented_errors


class CompletionBody(msgspec.Struct):
    """OpenAI's request; what sets a language model's sampling is ignored."""

    model: ModelName
    messages: list[ChatTurn]
    stream: bool | None = None


class Message(msgspec.Struct):
    role: Literal["assistant"]
    content: str


class Choice(msgspec.Struct):
    message: Message
    index: int = 0
    finish_reason: Literal["stop"] = "stop"


class Usage(msgspec.Struct):
    """No tokens are counted: none are made."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class CompletionAnswer(msgspec.Struct):
    id: str
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    object: Literal["chat.completion"] = "chat.completion"


@post(
    "/v1/chat/completions",
    status_code=200,
    summary="Speak the newest message of a user; the answer's text holds the audio",
    operation_class=operation_with(CompletionBody),
    responses=documented_errors(400, 404, 415, 422, 502, 503, 504, body=OpenAiErrorBody),
)
async def chat_completions(request: AnyRequest, bridge: TheBridge) -> Response[Any]:
    """Answer as a chat model would."""
    body = await read_json(request, CompletionBody)
    wish = GenerateBody(body.model, messages=body.messages)
    generated = await unless_gone(request, generate(bridge, wish))
    answer = CompletionAnswer(
        id=f"chatcmpl-{uuid.uuid4().hex}",
        created=int(time.time()),
        model=body.model,
        choices=[Choice(Message("assistant", generated.text))],
        usage=Usage(),
    )
    if not body.stream:
        return Response(answer)
    return Response(_events(answer), media_type=EVENTS, headers={"cache-control": "no-store"})


def _events(answer: CompletionAnswer) -> bytes:
    """The same answer as pieces of it."""
    text = answer.choices[0].message.content
    deltas = ({"role": "assistant", "content": text}, {})
    chunks = [
        {
            "id": answer.id,
            "object": "chat.completion.chunk",
            "created": answer.created,
            "model": answer.model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": None if delta else "stop"}],
        }
        for delta in deltas
    ]
    lines = [b"data: " + msgspec.json.encode(chunk) + b"\n\n" for chunk in chunks]
    return b"".join(lines) + f"data: {DONE}\n\n".encode()


ROUTES = [chat_completions]
