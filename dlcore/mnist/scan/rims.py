"""Rims and frames along the borders of a picture are cut off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float64]

DEEPEST = 0.16  # of a side
STEP = 20  # grey levels between a rim and what it surrounds
WHOLE = 0.97  # of a line is rim
SIDES = 3  # at least: the bar of a 7 that was cropped tightly lies along one


def inner(grey: Grey) -> tuple[slice, slice]:
    """Rows and columns within the rims; all of them if there are none."""
    height, width = grey.shape
    depths = [_depth(grey), _depth(grey[::-1]), _depth(grey.T), _depth(grey.T[::-1])]
    if sum(depth > 0 for depth in depths) < SIDES:
        return slice(0, height), slice(0, width)
    top, bottom, left, right = depths
    return slice(top, height - bottom), slice(left, width - right)


def _depth(grey: Grey) -> int:
    """How many of the first rows are rim: up to the last step that goes along the whole picture."""
    ends = grey.shape[1] // 6  # where other sides' rims lie
    rows = grey[: int(DEEPEST * grey.shape[0]) + 4, ends : grey.shape[1] - ends]
    level = np.median(rows, axis=1)
    for at in range(len(rows) - 3, 0, -1):
        outside, inside = level[at - 1], level[at + 1]  # the row between may be half of each
        if abs(outside - inside) < STEP:
            continue
        middle, darker = (outside + inside) / 2, outside < inside
        if ((rows[at - 1] < middle) == darker).mean() < WHOLE:
            continue
        if ((rows[at + 1 : at + 3] < middle) == darker).mean() > 0.4:
            continue
        return at + 2
    return 0
