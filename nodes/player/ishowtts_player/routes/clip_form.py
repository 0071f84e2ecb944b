"""Reading a clip from a form, and describing such a form in the OpenAPI document."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar.datastructures import FormMultiDict, UploadFile
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType

from ishowtts_player.audio.decoder import ClipLimits, check_size
from ishowtts_player.errors import ApiError, InputError
from ishowtts_player.routes.parameters import AnyRequest

UNSUPPORTED_MEDIA_TYPE = 415
REQUEST_TIMEOUT = 408
BODY_TIMEOUT_S = 60.0
FORM_OVERHEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = ClipLimits().bytes + FORM_OVERHEAD_BYTES


@dataclass(frozen=True)
class ClipForm:
    """What a form holds.

    Attributes:
        text: The transcript; None where the form has no such field.
        audio: The clip; None where none was sent: browsers send an empty file instead.
        filename: The clip's, as the client calls it; never a path of ours.
    """

    text: str | None = None
    audio: bytes | None = None
    filename: str = ""


async def read_clip_form(request: AnyRequest, file: str, text: str = "text") -> ClipForm:
    """The fields of a form; the handler's `request_max_body_size` is `MAX_BODY_BYTES`.

    Args:
        request: Not read yet.
        file: Name of the field with the clip.
        text: Name of the field with the transcript.

    Raises:
        ApiError: It is no such form, or too large, or does not arrive.
    """
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != "multipart/form-data":
        told = f"the body must be multipart/form-data with the fields {text} and {file}"
        raise InputError(told, "UNSUPPORTED_MEDIA_TYPE", UNSUPPORTED_MEDIA_TYPE)
    form = FormMultiDict()
    try:
        form = await asyncio.wait_for(request.form(), BODY_TIMEOUT_S)
        return await _read(form, file, text)
    except asyncio.TimeoutError:
        raise ApiError(REQUEST_TIMEOUT, "TIMEOUT", "the form did not arrive in time") from None
    except (ValueError, LookupError):
        raise InputError("the form holds text that cannot be read", "BAD_FORM") from None
    finally:
        await form.close()


async def _read(form: FormMultiDict, file: str, text: str) -> ClipForm:
    transcript: Any = form.get(text)
    if isinstance(transcript, UploadFile):
        raise InputError(f"{text} is a field, not a file", "BAD_FORM")
    kept = None if transcript is None else str(transcript).strip()
    upload: Any = form.get(file)
    if upload is None or upload == "":
        return ClipForm(kept)
    if not isinstance(upload, UploadFile):
        raise InputError(f"{file} is a file: send it with a filename", "BAD_FORM")
    data = await upload.read()
    check_size(len(data), ClipLimits().bytes)
    return ClipForm(kept, data or None, upload.filename)


def operation_with_form(fields: Mapping[str, str]) -> type[Operation]:
    """An OpenAPI operation whose body is a form.

    Args:
        fields: Name of each and its format, `binary` for a file, else empty.
    """
    properties = {
        name: Schema(type=OpenAPIType.STRING, format=kind or None)  # type: ignore[arg-type]
        for name, kind in fields.items()
    }
    form = Schema(type=OpenAPIType.OBJECT, properties=dict(properties))

    class OperationWithForm(Operation):
        def __post_init__(self) -> None:
            content = {"multipart/form-data": OpenAPIMediaType(schema=form)}
            self.request_body = RequestBody(content=content, required=True)

    return OperationWithForm
