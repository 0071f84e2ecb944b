"""The F5 service's older routes: the same requests, also as forms."""

import base64
from typing import Annotated, Any

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter

from ishowtts_player.dialects.f5.answer import (
    DOCUMENTED,
    OK,
    answer_whole,
    as_fastapi,
    read_body,
)
from ishowtts_player.dialects.f5.request import MAX_BODY_BYTES, GenerateBody
from ishowtts_player.dialects.f5.speech import GenerateAnswer
from ishowtts_player.dialects.shapes import DetailBody
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.routes.body import UNPROCESSABLE, operation_with, to_struct
from ishowtts_player.routes.parameters import AnyRequest, TheBridge

GONE = 410
BAD_REQUEST = 400
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
CLIP = "ref_audio_base64"
FILES = ("ref_audio", CLIP, "audio")
"""Fields in which clients sent the clip as a file."""
_REQUIRED = ("ref_text", "gen_text", CLIP)

AudioPart = Annotated[str, PathParameter(description="What the service had answered, base64.")]


@post(
    ["/generate", "/generate_json"],
    status_code=OK,
    summary="F5, older: speak with the voice of a clip, from JSON or a form",
    operation_class=operation_with(GenerateBody),
    request_max_body_size=MAX_BODY_BYTES,
    responses=DOCUMENTED,
)
async def generate(request: AnyRequest, bridge: TheBridge) -> GenerateAnswer:
    """Answer with the whole of it."""
    declared = request.headers.get("content-type", "").lower()
    read = _read_form if declared.startswith(FORMS) else read_body
    return await answer_whole(request, bridge, read)


@get(
    "/download/{audio:path}",
    status_code=GONE,
    summary="F5: gone, as the answer holds the audio itself",
    responses={GONE: ResponseSpec(DetailBody, description="Always", generate_examples=False)},
)
async def download(audio: AudioPart) -> None:  # noqa: ARG001 - the path takes it
    """Refuse: it sent back what stood in its own address, whatever that was.

    Raises:
        ApiError: 410.
    """
    text = "there is no download: the answer to /v1/generate holds the audio as audio_base64"
    raise ApiError(GONE, "GONE", text)


async def _read_form(request: AnyRequest) -> GenerateBody:
    fields = await _fields(request)
    told = {name: value for name, value in fields.items() if value or name in _REQUIRED}
    try:
        return to_struct(told, GenerateBody, strict=False)
    except InputError as error:
        raise as_fastapi(error) from None


async def _fields(request: AnyRequest) -> dict[str, Any]:
    """The form's fields, the clip as base64 however it came."""
    try:
        form = await request.form()
    except HTTPException as error:
        if error.status_code != BAD_REQUEST:
            raise
        text = "the body is no form that can be read"
        raise InputError(text, "FORM_INVALID", UNPROCESSABLE) from None
    fields: dict[str, Any] = {}
    try:
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                fields.setdefault(name, value)
            elif name in FILES:
                fields.setdefault(CLIP, base64.b64encode(await value.read()).decode())
    finally:
        await form.close()
    return fields


ROUTES = [generate, download]
