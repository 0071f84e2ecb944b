"""The page and its files, from the package."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Annotated

from litestar import Response, route
from litestar.params import PathParameter
from litestar.types import Method

from ishowtts_player.errors import ApiError
from ishowtts_player.routes.parameters import AnyRequest

INDEX = "index.html"
READ: list[Method] = ["GET", "HEAD"]
"""The server leaves a body away that is not asked for."""
NOT_MODIFIED = 304
NOT_FOUND = 404
MEDIA_TYPES = {
    "css": "text/css",
    "html": "text/html",
    "ico": "image/x-icon",
    "js": "text/javascript",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
    "woff2": "font/woff2",
}

Name = Annotated[str, PathParameter(description="A file of the page.")]


@dataclass(frozen=True)
class StaticFile:
    """A file as it is sent."""

    content: bytes
    media_type: str
    etag: str


@lru_cache(maxsize=1)
def static_files() -> dict[str, StaticFile]:
    """Every file of the page by its name: what is not in this table is not opened."""
    files: dict[str, StaticFile] = {}
    for entry in resources.files("ishowtts_player").joinpath("static").iterdir():
        media_type = MEDIA_TYPES.get(entry.name.rpartition(".")[2])
        if media_type is not None and entry.is_file():
            content = entry.read_bytes()
            etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            files[entry.name] = StaticFile(content, media_type, etag)
    return files


def page(request: AnyRequest) -> Response[bytes]:
    """The page itself."""
    return _serve(request, INDEX)


@route("/static/{name:str}", http_method=READ, include_in_schema=False)
async def static(request: AnyRequest, name: Name) -> Response[bytes]:
    """A file of the page."""
    return _serve(request, name)


@route("/favicon.ico", http_method=READ, include_in_schema=False)
async def favicon(request: AnyRequest) -> Response[bytes]:
    """What browsers ask for on pages that are not ours, such as JSON."""
    return _serve(request, "favicon.svg")


def _serve(request: AnyRequest, name: str) -> Response[bytes]:
    file = static_files().get(name)
    if file is None:
        raise ApiError(NOT_FOUND, "NOT_FOUND", "there is no such file")
    headers = {"etag": file.etag, "cache-control": "no-cache"}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=NOT_MODIFIED, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)


ROUTES = [static, favicon]
