"""The marks of a picture: pixels of ink that touch each other, with their extents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Marks:
    """`labels` (H, W): 0 for paper, else the number of the pixel's mark; the rest is (marks + 1,)."""

    labels: Whole
    area: Whole
    top: Whole
    bottom: Whole  # the first row below
    left: Whole
    right: Whole  # the first column beyond

    @property
    def height(self) -> Whole:
        return self.bottom - self.top

    @property
    def width(self) -> Whole:
        return self.right - self.left

    @property
    def numbers(self) -> list[int]:
        """Largest first."""
        return [int(n) for n in np.argsort(-self.area, kind="stable") if n and self.area[n]]

    def mask(self, numbers: list[int]) -> Mask:
        wanted = np.zeros(self.area.size, bool)
        wanted[numbers] = True
        return wanted[self.labels]


def find_marks(mask: Mask) -> Marks:
    """Corners touch too. Rows are cut into runs, and runs that touch are joined until none is left."""
    height, width = mask.shape
    padded = np.zeros((height, width + 2), np.int8)
    padded[:, 1:-1] = mask
    change = np.diff(padded, axis=1)
    rows, starts = np.nonzero(change == 1)
    ends = np.nonzero(change == -1)[1]
    belongs = _joined(*_touching(rows, starts, ends, width + 2), rows.size)
    names, number = np.unique(belongs, return_inverse=True)
    number = number + 1

    labels = np.zeros(mask.shape, np.int64)
    labels[mask] = np.repeat(number, ends - starts)
    count = names.size + 1
    top, left = np.full(count, height), np.full(count, width)
    bottom, right = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.minimum.at(top, number, rows)
    np.minimum.at(left, number, starts)
    np.maximum.at(bottom, number, rows + 1)
    np.maximum.at(right, number, ends)
    area = np.bincount(number, weights=ends - starts, minlength=count).astype(np.int64)
    return Marks(labels, area, top, bottom, left, right)


def _touching(rows: Whole, starts: Whole, ends: Whole, stride: int) -> tuple[Whole, Whole]:
    """Pairs of runs of neighbouring rows that share a column or a corner."""
    below = (rows + 1) * stride
    first = np.searchsorted(rows * stride + ends, below + starts, "left")
    last = np.searchsorted(rows * stride + starts, below + ends, "right")
    count = np.maximum(last - first, 0)
    upper = np.repeat(np.arange(rows.size), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return upper, np.repeat(first, count) + within


def _joined(one: Whole, other: Whole, runs: int) -> Whole:
    """For every run the least run of its mark."""
    least = np.arange(runs)
    while one.size:
        low = np.minimum(least[one], least[other])
        high = np.maximum(least[one], least[other])
        if (low == high).all():
            break
        np.minimum.at(least, high, low)
        while (least[least] != least).any():
            least = least[least]
    return least
