"""Reading a JSON body strictly, and describing it in the OpenAPI document."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from litestar import Request
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema

from ishowtts_player.errors import InputError

T = TypeVar("T", bound=msgspec.Struct)

UNSUPPORTED_MEDIA_TYPE = 415
UNPROCESSABLE = 422


async def read_json(request: Request[Any, Any, Any], kind: type[T], *, empty: T | None = None) -> T:
    """The body as a struct.

    Args:
        request: Not read yet.
        kind: What it has to be; fields that it does not know are ignored.
        empty: What no body at all means; None if there must be one.

    Raises:
        InputError: 415 it is not called JSON, 400 it is not JSON, 422 it is not a `kind`.
    """
    body = await request.body()
    if not body and empty is not None:
        return empty
    _check_type(request)
    return decode_json(body, kind)


def decode_json(data: bytes | str, kind: type[T]) -> T:
    """JSON as a struct; fields that it does not know are ignored.

    Raises:
        InputError: 400 it is not JSON, 422 it is not a `kind`.
    """
    with _json_errors():
        return msgspec.json.decode(data, type=kind)


async def read_any_json(request: Request[Any, Any, Any]) -> Any:
    """The body as whatever it is, where that decides how it is to be read; `to_struct` follows.

    Raises:
        InputError: 415 it is not called JSON, 400 it is not JSON.
    """
    body = await request.body()
    _check_type(request)
    with _json_errors():
        return msgspec.json.decode(body)


def to_struct(value: Any, kind: type[T], *, strict: bool = True) -> T:
    """What was decoded, as a struct.

    Args:
        value: Of JSON, or the fields of a form.
        kind: What it has to be.
        strict: Whether `"1"` is no number; fields of forms are always text.

    Raises:
        InputError: 422 it is not a `kind`.
    """
    with _json_errors():
        return msgspec.convert(value, kind, strict=strict)


def _check_type(request: Request[Any, Any, Any]) -> None:
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != "application/json" and not declared.endswith("+json"):
        text = "the body must be JSON, with content-type: application/json"
        raise InputError(text, "UNSUPPORTED_MEDIA_TYPE", UNSUPPORTED_MEDIA_TYPE)


@contextlib.contextmanager
def _json_errors() -> Iterator[None]:
    try:
        yield
    except msgspec.ValidationError as error:
        raise InputError(str(error), "INVALID_FIELD", UNPROCESSABLE, _field(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InputError("the body is not valid JSON", "INVALID_JSON") from None


def _field(error: msgspec.ValidationError) -> str | None:
    """The field that msgspec names in its sentence: the one that is missing, or where it is."""
    sentence = str(error)
    missing = sentence.partition("missing required field `")[2].partition("`")[0]
    where = sentence.partition("`$.")[2].rstrip("`")
    return ".".join(filter(None, (where, missing))) or None


def operation_with(kind: type[msgspec.Struct], *, required: bool = True) -> type[Operation]:
    """An OpenAPI operation whose body is documented as a struct."""
    _, components = msgspec.json.schema_components([kind])
    content = {"application/json": OpenAPIMediaType(schema=_RawSchema(components[kind.__name__]))}

    @dataclass
    class OperationWithBody(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody(content=content, required=required)

    return OperationWithBody


class _RawSchema(Schema):
    """A schema that is already in its final form."""

    def __init__(self, raw: dict[str, Any]) -> None:
        super().__init__()
        self._raw = raw

    def to_schema(self) -> dict[str, Any]:
        return self._raw
