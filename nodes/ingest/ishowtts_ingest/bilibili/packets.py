"""The binary packets of Bilibili's live chat.

A header of 16 bytes, big-endian: length of the packet (4), of the header (2), format of the
body (2), operation (4), sequence (4). A compressed body is itself a run of packets.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import NamedTuple

import brotli

from ishowtts_ingest.bilibili.errors import PacketError

HEADER = struct.Struct(">IHHII")
MAX_PACKET_BYTES = 1024 * 1024
"""The largest that was seen are gift storms of about 100 kB."""
MAX_UNPACKED_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 2
"""The platform nests once; twice is still read."""


class Operation(IntEnum):
    HEARTBEAT = 2
    HEARTBEAT_REPLY = 3
    COMMAND = 5
    AUTH = 7
    AUTH_REPLY = 8


class Format(IntEnum):
    JSON = 0
    PLAIN = 1
    ZLIB = 2
    BROTLI = 3


_OPERATIONS = frozenset(Operation)
_FORMATS = frozenset(Format)


class Packet(NamedTuple):
    """One packet with an unpacked body."""

    operation: int
    body: bytes


class _Header(NamedTuple):
    length: int
    start: int
    format: int
    operation: int


def encode(operation: int, body: bytes = b"", form: int = Format.PLAIN) -> bytes:
    """A packet as it is sent. A compressed body is given compressed."""
    return HEADER.pack(HEADER.size + len(body), HEADER.size, form, operation, 1) + body


class PacketDecoder:
    """Unpacks what comes over one connection, however it is cut into frames.

    Args:
        on_invalid: Told why something was dropped, as a sentence; what follows is read.
    """

    def __init__(self, on_invalid: Callable[[str], None]) -> None:
        self._on_invalid = on_invalid
        self._partial = b""

    def feed(self, frame: bytes) -> Iterator[Packet]:
        """The packets that a frame completes."""
        if self._partial and _begins_anew(frame):
            self._on_invalid("a packet ended in the middle")
            self._partial = b""
        data = self._partial + frame
        self._partial = b""
        budget = _Budget(MAX_UNPACKED_BYTES)
        try:
            for header, body in _split(data):
                if body is None:
                    self._partial = data[header.start :]
                else:
                    yield from self._unpacked(header, body, budget)
        except PacketError as error:
            self._on_invalid(str(error))

    def _unpacked(self, header: _Header, body: bytes, budget: "_Budget") -> Iterator[Packet]:
        """One bad body spoils nothing but itself: the next packet's place is known."""
        try:
            yield from _unpack(header, body, budget, depth=0)
        except PacketError as error:
            self._on_invalid(str(error))


class _Budget:
    """Bytes that one frame may still unpack to."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, unpacked: bytes) -> bytes:
        self.left -= len(unpacked)
        if self.left < 0:
            raise PacketError(f"a frame unpacks to more than {MAX_UNPACKED_BYTES} bytes")
        return unpacked


def _begins_anew(frame: bytes) -> bool:
    """Whether a frame can be no continuation: the rest of the packet before it is lost."""
    try:
        header = _header(frame, 0)
    except PacketError:
        return False
    return (
        header is not None
        and header.length <= len(frame)
        and header.operation in _OPERATIONS
        and header.format in _FORMATS
    )


def _header(data: bytes, at: int) -> _Header | None:
    """The header that begins at an offset; None where the data end before it does."""
    if len(data) - at < HEADER.size:
        return None
    length, header_length, form, operation, _ = HEADER.unpack_from(data, at)
    if header_length < HEADER.size or not header_length <= length <= MAX_PACKET_BYTES:
        raise PacketError(f"a packet of {length} bytes with a header of {header_length}")
    return _Header(length, at, form, operation)


def _split(data: bytes) -> Iterator[tuple[_Header, bytes | None]]:
    """Packets one after the other; the last one's body is None where it is not whole."""
    at = 0
    while at < len(data):
        header = _header(data, at)
        if header is None or at + header.length > len(data):
            yield header or _Header(0, at, 0, 0), None
            return
        (header_length,) = struct.unpack_from(">H", data, at + 4)
        yield header, data[at + header_length : at + header.length]
        at += header.length


def _unpack(header: _Header, body: bytes, budget: _Budget, depth: int) -> Iterator[Packet]:
    if header.format in (Format.JSON, Format.PLAIN):
        yield Packet(header.operation, body)
        return
    if depth == MAX_DEPTH:
        raise PacketError(f"packets are nested more than {MAX_DEPTH} deep")
    inner = budget.spend(_decompressed(header.format, body, budget.left))
    for each, each_body in _split(inner):
        if each_body is None:
            raise PacketError("a compressed packet ends in the middle")
        yield from _unpack(each, each_body, budget, depth + 1)


def _decompressed(form: int, body: bytes, limit: int) -> bytes:
    """At most a little more than `limit` bytes: enough to see that it is too much."""
    try:
        if form == Format.ZLIB:
            return zlib.decompressobj().decompress(body, limit + 1)
        if form == Format.BROTLI:
            return brotli.Decompressor().process(body, output_buffer_limit=limit + 1)
    except (zlib.error, brotli.error) as error:
        raise PacketError(f"a body cannot be decompressed: {error}") from None
    raise PacketError(f"a body of unknown format {form}")
