"""Audio in pieces of a set length."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_player.audio.pieces import PieceCutter

_EVEN = st.integers(1, 40).map(lambda count: 2 * count)


@settings(deadline=None, max_examples=100)
@given(
    pushed=st.lists(st.binary(max_size=50).map(lambda data: data * 2), max_size=20),
    piece_bytes=_EVEN,
    first_bytes=st.none() | _EVEN,
)
def test_nothing_is_lost_and_the_last_piece_is_held_back(pushed, piece_bytes, first_bytes):
    cutter = PieceCutter(piece_bytes, first_bytes)
    pieces = [piece for pcm in pushed for piece in cutter.push(pcm)]
    last = cutter.finish()
    assert b"".join([*pieces, last]) == b"".join(pushed)
    assert bool(last) == any(pushed)
    sizes = [len(piece) for piece in pieces]
    assert sizes == [first_bytes or piece_bytes, *[piece_bytes] * len(sizes)][: len(sizes)]
    assert len(last) <= (piece_bytes if pieces else first_bytes or piece_bytes)
