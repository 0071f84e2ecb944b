"""Events as they come in, within bounds: the `wyoming` package's own reader takes any length."""

import asyncio
from typing import Annotated, Any

import msgspec
from msgspec import Meta

MAX_LINE_BYTES = 64 * 1024
MAX_DATA_BYTES = 256 * 1024
MAX_PAYLOAD_BYTES = 1024 * 1024
_PIECE_BYTES = 64 * 1024


class FramingError(Exception):
    """What came in is no event, or too large; nothing after it can be read."""


class _Header(msgspec.Struct):
    type: Annotated[str, Meta(min_length=1, max_length=100)]
    data: dict[str, Any] | None = None
    data_length: Annotated[int, Meta(ge=0)] | None = None
    payload_length: Annotated[int, Meta(ge=0)] | None = None


class InboundEvent(msgspec.Struct, frozen=True):
    """One event; its payload is not kept, as none that we take has one."""

    type: str
    data: dict[str, Any]


_read_header = msgspec.json.Decoder(_Header).decode
_read_data = msgspec.json.Decoder(dict[str, Any]).decode


async def read_event(reader: asyncio.StreamReader) -> InboundEvent | None:
    """The next event; None where the client has left.

    Args:
        reader: Its limit is `MAX_LINE_BYTES`.

    Raises:
        FramingError: It is no event, or larger than we take.
    """
    try:
        header = _decode(_read_header, await reader.readuntil(b"\n"))
        data = dict(header.data or {})
        data |= await _more_data(reader, header.data_length or 0)
        await _skip(reader, header.payload_length or 0)
    except asyncio.LimitOverrunError:
        raise FramingError(f"a line is longer than {MAX_LINE_BYTES} bytes") from None
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return InboundEvent(header.type, data)


async def _more_data(reader: asyncio.StreamReader, length: int) -> dict[str, Any]:
    if length > MAX_DATA_BYTES:
        raise FramingError(f"data_length is over {MAX_DATA_BYTES}")
    return _decode(_read_data, await reader.readexactly(length)) if length else {}


async def _skip(reader: asyncio.StreamReader, length: int) -> None:
    if length > MAX_PAYLOAD_BYTES:
        raise FramingError(f"payload_length is over {MAX_PAYLOAD_BYTES}")
    while length:
        length -= len(await reader.readexactly(min(length, _PIECE_BYTES)))


def _decode(decode: Any, payload: bytes) -> Any:
    try:
        return decode(payload)
    except msgspec.ValidationError as error:
        raise FramingError(f"not an event: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise FramingError("not an event: no valid JSON") from None
    except RecursionError:
        raise FramingError("not an event: nested too deeply") from None
