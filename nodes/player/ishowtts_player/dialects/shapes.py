"""How each interface writes an error."""

import msgspec

from ishowtts_player.dialects.dialect import Rendered
from ishowtts_player.errors import ApiError, ErrorBody

JSON = "application/json"
UNAUTHORIZED = 401
FORBIDDEN = 403
NOT_FOUND = 404
UNPROCESSABLE = 422
TOO_MANY_REQUESTS = 429
INTERNAL_ERROR = 500

_OPENAI_TYPES = {
    UNAUTHORIZED: "authentication_error",
    FORBIDDEN: "permission_error",
    TOO_MANY_REQUESTS: "rate_limit_error",
}


class Problem(msgspec.Struct):
    """One of FastAPI's complaints about a body."""

    type: str
    loc: tuple[str, ...]
    msg: str


class DetailBody(msgspec.Struct):
    """Body of FastAPI's errors."""

    detail: str | list[Problem]


class OpenAiProblem(msgspec.Struct):
    """What OpenAI tells of an error."""

    message: str
    type: str
    param: str | None
    code: str


class OpenAiErrorBody(msgspec.Struct):
    """Body of OpenAI's errors."""

    error: OpenAiProblem


class ElevenLabsProblem(msgspec.Struct):
    """What ElevenLabs tells of an error."""

    status: str
    message: str


class ElevenLabsErrorBody(msgspec.Struct):
    """Body of ElevenLabs' errors."""

    detail: ElevenLabsProblem


def plain_text(error: ApiError) -> Rendered:
    """iShowTTS: the sentence alone."""
    return error.text.encode(), "text/plain"


def error_and_code(error: ApiError) -> Rendered:
    """Chatterbox, and the bridge's own paths: `{"error": ..., "code": ...}`."""
    return msgspec.json.encode(ErrorBody(error.text, error.code)), JSON


def detail(error: ApiError) -> Rendered:
    """FastAPI, as the F5 service has it: `{"detail": ...}`, a list where a field is wrong."""
    told: str | list[Problem] = error.text
    if error.status == UNPROCESSABLE:
        place = error.field.split(".") if error.field else ()
        told = [Problem(error.code.lower(), ("body", *place), error.text)]
    return msgspec.json.encode(DetailBody(told)), JSON


def openai(error: ApiError) -> Rendered:
    """OpenAI, and Shimmy after it: `{"error": {"message", "type", "param", "code"}}`."""
    kind = "server_error" if error.status >= INTERNAL_ERROR else "invalid_request_error"
    kind = _OPENAI_TYPES.get(error.status, kind)
    told = OpenAiProblem(error.text, kind, error.field, error.code.lower())
    return msgspec.json.encode(OpenAiErrorBody(told)), JSON


def elevenlabs(error: ApiError) -> Rendered:
    """`{"detail": {"status", "message"}}`."""
    told = ElevenLabsProblem(error.code.lower(), error.text)
    return msgspec.json.encode(ElevenLabsErrorBody(told)), JSON
