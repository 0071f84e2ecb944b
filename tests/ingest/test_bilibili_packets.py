"""Bilibili's binary packets, however they are cut, nested or damaged."""

import itertools
import struct
import zlib

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_ingest.bilibili.packets import (
    MAX_UNPACKED_BYTES,
    Format,
    Operation,
    Packet,
    PacketDecoder,
    encode,
)


class Decoded:
    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.errors: list[str] = []
        self._decoder = PacketDecoder(self.errors.append)

    def feed(self, *frames: bytes) -> "Decoded":
        for frame in frames:
            self.packets += self._decoder.feed(frame)
        return self

    @property
    def bodies(self) -> list[bytes]:
        return [packet.body for packet in self.packets]


def compressed(form: int, *bodies: bytes) -> bytes:
    inner = b"".join(encode(Operation.COMMAND, body, Format.JSON) for body in bodies)
    packed = zlib.compress(inner) if form == Format.ZLIB else brotli.compress(inner)
    return encode(Operation.COMMAND, packed, form)


_OPERATIONS = st.sampled_from(list(Operation))
_BODIES = st.binary(max_size=50)


@given(_OPERATIONS, _BODIES)
@settings(deadline=None)
def test_what_is_encoded_is_decoded(operation: Operation, body: bytes) -> None:
    decoded = Decoded().feed(encode(operation, body))
    assert decoded.packets == [Packet(operation, body)]
    assert decoded.errors == []


@given(st.lists(_BODIES, min_size=1, max_size=5), st.sampled_from([Format.ZLIB, Format.BROTLI]))
@settings(deadline=None)
def test_a_compressed_packet_gives_all_that_are_in_it(bodies: list[bytes], form: Format) -> None:
    assert Decoded().feed(compressed(form, *bodies)).bodies == bodies


@given(st.lists(_BODIES, min_size=1, max_size=5), st.lists(st.integers(0, 300), max_size=5))
@settings(deadline=None)
def test_the_cuts_between_frames_do_not_matter(bodies: list[bytes], cuts: list[int]) -> None:
    whole = b"".join(encode(Operation.COMMAND, body) for body in bodies)
    places = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    frames = [whole[a:b] for a, b in itertools.pairwise(places)]
    decoded = Decoded().feed(*frames)
    assert (decoded.bodies, decoded.errors) == (bodies, [])


@given(st.lists(st.binary(max_size=200), max_size=5))
@settings(deadline=None)
def test_no_bytes_raise_anything(frames: list[bytes]) -> None:
    Decoded().feed(*frames)


@given(_BODIES, st.integers(0, 65), st.integers(1, 255))
@settings(deadline=None)
def test_a_damaged_byte_raises_nothing(body: bytes, place: int, change: int) -> None:
    frame = bytearray(compressed(Format.BROTLI, body))
    frame[place % len(frame)] ^= change
    Decoded().feed(bytes(frame))


def test_after_a_packet_whose_rest_was_lost_the_next_frame_is_read() -> None:
    lost, good = encode(Operation.COMMAND, b"x" * 100), encode(Operation.COMMAND, b"good")
    decoded = Decoded().feed(lost[:50], good, good)
    assert decoded.bodies == [b"good", b"good"]
    assert decoded.errors == ["a packet ended in the middle"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ((15, 16, 0, 5, 0), "a packet of 15 bytes with a header of 16"),
        ((0, 0, 0, 5, 0), "a packet of 0 bytes with a header of 0"),
        ((2**32 - 1, 16, 0, 5, 0), "a packet of 4294967295 bytes"),
        ((16, 65535, 0, 5, 0), "with a header of 65535"),
        ((16, 16, 77, 5, 0), "unknown format 77"),
    ],
    ids=["short", "zero", "huge", "header", "format"],
)
def test_a_wrong_header_is_said_and_the_next_frame_is_read(
    header: tuple[int, ...], said: str
) -> None:
    decoded = Decoded().feed(struct.pack(">IHHII", *header), encode(Operation.COMMAND, b"good"))
    assert decoded.bodies == [b"good"]
    assert len(decoded.errors) == 1
    assert said in decoded.errors[0]


def test_a_longer_header_than_usual_is_skipped() -> None:
    frame = struct.pack(">IHHII", 24, 20, 0, 5, 0) + b"more" + b"body"
    assert Decoded().feed(frame).bodies == [b"body"]


@pytest.mark.parametrize("form", [Format.ZLIB, Format.BROTLI])
def test_a_bomb_is_refused_and_its_neighbour_is_read(form: Format) -> None:
    bomb = compressed(form, b"\0" * (MAX_UNPACKED_BYTES + 1))
    assert len(bomb) < 10_000
    decoded = Decoded().feed(encode(Operation.COMMAND, b"good") + bomb)
    assert decoded.bodies == [b"good"]
    assert "unpacks to more than" in decoded.errors[0]
    assert Decoded().feed(compressed(form, b"x" * 1_000_000)).bodies == [b"x" * 1_000_000]


def test_many_small_bombs_in_one_frame_share_its_bound() -> None:
    bomb = compressed(Format.BROTLI, b"\0" * 1_000_000)
    decoded = Decoded().feed(bomb * 20)
    assert len(decoded.bodies) == MAX_UNPACKED_BYTES // 1_000_000
    assert len(decoded.errors) == 20 - len(decoded.bodies)


def test_nesting_has_a_bound() -> None:
    frame = encode(Operation.COMMAND, b"deep", Format.JSON)
    for _ in range(2):
        frame = encode(Operation.COMMAND, zlib.compress(frame), Format.ZLIB)
    assert Decoded().feed(frame).bodies == [b"deep"]
    frame = encode(Operation.COMMAND, zlib.compress(frame), Format.ZLIB)
    decoded = Decoded().feed(frame)
    assert decoded.bodies == []
    assert decoded.errors == ["packets are nested more than 2 deep"]


def test_a_compressed_packet_that_is_cut_is_said() -> None:
    whole = encode(Operation.COMMAND, b"x" * 50, Format.JSON)
    cut = encode(Operation.COMMAND, zlib.compress(whole[:40]), Format.ZLIB)
    decoded = Decoded().feed(cut, encode(Operation.COMMAND, b"good"))
    assert decoded.bodies == [b"good"]
    assert decoded.errors == ["a compressed packet ends in the middle"]
