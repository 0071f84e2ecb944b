"""What handlers are given, and how their errors are documented."""

from typing import Annotated, Any

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
    409: "It is so already",
    415: "The body is not called JSON",
    422: "A field is missing or of the wrong type",
    501: "Not installed or not configured here",
    502: "An answer of another version",
    503: "Not now: a limit is reached, or a part is not there",
    504: "No answer in time",
}


def documented_errors(*statuses: int) -> dict[int, ResponseSpec]:
    """Error answers for the OpenAPI document."""
    return {
        status: ResponseSpec(ErrorBody, description=_ERRORS[status], generate_examples=False)
        for status in statuses
    }
