"""Which rows share a batch. Pure; the tensors are elsewhere."""

from collections.abc import Sequence
from typing import NamedTuple

LEAST_FILL = 0.8
"""A shorter row joins only if this share of it is its own: on a busy GPU padding costs as much as
speech does."""


class RowShape(NamedTuple):
    """What decides a row's company.

    Attributes:
        guided: Rows with and without guidance run apart: half the lanes.
        frames: Its length.
    """

    guided: bool
    frames: int


def group_by_length(shapes: Sequence[RowShape], most_rows: int) -> list[list[int]]:
    """Put rows of like length together, the longest first.

    Args:
        shapes: One a row.
        most_rows: Rows in a group, at least 1.

    Returns:
        Groups of indices into `shapes`; each row is in one.
    """
    groups: list[list[int]] = []
    for index in sorted(range(len(shapes)), key=lambda index: shapes[index], reverse=True):
        if groups and len(groups[-1]) < most_rows and _fits(shapes[groups[-1][0]], shapes[index]):
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def bucket(frames: int, multiple: int, most: int) -> int:
    """The padded length of a batch: the next multiple, so that few lengths ever occur."""
    return min(-(-frames // multiple) * multiple, most)


def _fits(longest: RowShape, shape: RowShape) -> bool:
    return shape.guided == longest.guided and shape.frames >= LEAST_FILL * longest.frames
