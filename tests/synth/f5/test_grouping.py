"""Who shares a batch."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ishowtts_synth.f5.grouping import LEAST_FILL, RowShape, bucket, group_by_length

SHAPES = st.lists(st.builds(RowShape, st.booleans(), st.integers(2, 8192)), max_size=20)


@settings(deadline=None)
@given(SHAPES, st.integers(1, 8))
def test_every_row_is_in_one_group_of_its_kind(shapes: list[RowShape], most_rows: int) -> None:
    groups = group_by_length(shapes, most_rows)
    assert sorted(index for group in groups for index in group) == list(range(len(shapes)))
    for group in groups:
        rows = [shapes[index] for index in group]
        assert len(rows) <= most_rows
        assert len({row.guided for row in rows}) == 1
        lengths = [row.frames for row in rows]
        assert min(lengths) >= LEAST_FILL * max(lengths)


def test_like_lengths_share_a_batch() -> None:
    shapes = [RowShape(True, frames) for frames in (100, 650, 640, 95, 660)]
    assert group_by_length(shapes, 16) == [[4, 1, 2], [0, 3]]


@pytest.mark.parametrize(
    ("frames", "multiple", "padded"), [(100, 1, 100), (100, 64, 128), (128, 64, 128), (99, 70, 120)]
)
def test_buckets(frames: int, multiple: int, padded: int) -> None:
    assert bucket(frames, multiple, most=120 if padded == 120 else 8192) == padded
