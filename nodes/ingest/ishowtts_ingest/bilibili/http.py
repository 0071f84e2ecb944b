"""Answers of Bilibili's HTTP APIs."""

from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import ClientResponse

from ishowtts_ingest.bilibili.errors import LostError, RefusedError

MAX_ANSWER_BYTES = 1024 * 1024
MAX_SHOWN_CHARS = 120

# Requests that do not look like a browser's are refused with -352 or 412.
USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What every call answers."""

    code: int
    message: str = ""
    data: Any = None


async def answer(response: ClientResponse, what: str) -> Answer:
    """The answer to a call, whatever its code.

    Args:
        response: Status and body.
        what: What was asked for, to a person.

    Raises:
        RefusedError: It is none.
        LostError: The server is out of order.
    """
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise LostError(f"{what}: HTTP status {response.status}")
    if response.status != HTTPStatus.OK:
        raise RefusedError(f"{what}: HTTP status {response.status}")
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise RefusedError(f"{what}: an answer of more than {MAX_ANSWER_BYTES} bytes")
    try:
        return msgspec.json.decode(body, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RefusedError(f"{what}: the answer cannot be read") from None


def refusal(what: str, given: Answer) -> RefusedError:
    """The error for an answer that says no."""
    said = " ".join(given.message.split())[:MAX_SHOWN_CHARS]
    return RefusedError(f"{what}: code {given.code}" + (f", {said}" if said else ""))
