"""What handlers are given, and how their errors are documented."""

from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter

from ishowtts_player.bridge import Bridge
from ishowtts_player.errors import ErrorBody

AnyRequest = Request[Any, Any, Any]
TheBridge = NamedDependency[Bridge]
RoomName = Annotated[str, PathParameter(description="The room's name: a-z, 0-9, _ and -.")]

_ERRORS = {
    400: "The input is wrong",
    404: "There is no such voice",
    408: "The body did not arrive in time",
    409: "It is so already",
    413: "The body is too large",
    415: "The body is not called JSON",
    422: "A field is missing or of the wrong type",
    500: "It cannot be kept",
    501: "Not installed or not configured here",
    502: "An answer of another version",
    503: "Not now: a limit is reached, or a part is not there",
    504: "No answer in time",
}


def documented_errors(
    *statuses: int, body: type[msgspec.Struct] = ErrorBody
) -> dict[int, ResponseSpec]:
    """Error answers for the OpenAPI document.

    Args:
        statuses: That there are.
        body: As the interface writes them.
    """
    return {
        status: ResponseSpec(body, description=_ERRORS[status], generate_examples=False)
        for status in statuses
    }
