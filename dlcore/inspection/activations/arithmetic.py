"""One number of a map, worked out again by hand from the numbers it was made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlcore.inspection.activations.flow import Operation

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class ReceptiveField:
    """What a number is made of: rows and columns of the maps it reads. Beyond their edge is padding, 0."""

    row: int  # may lie beyond the edge, as -1 does
    column: int
    height: int
    width: int


@dataclass(frozen=True)
class Cell:
    """One number of an operation: what it read, what it made of it, and what torch made of it."""

    window: ReceptiveField
    patch: Doubles  # (C, h, w): the numbers under the window
    kernel: Doubles | None  # (C, h, w), of a convolution or dense layer
    terms: Doubles  # (C, h, w): products; of the softmax e to the logits; else the patch itself
    bias: float
    value: float  # by hand, in float64
    torch: float  # what the network had, in float32

    @property
    def total(self) -> float:
        """The sum of the terms, without the bias."""
        return float(self.terms.sum())

    @property
    def by_map(self) -> Doubles:
        """What each map that is read adds to the sum, (C,)."""
        shares: Doubles = self.terms.sum(axis=(1, 2))
        return shares

    @property
    def leading(self) -> int:
        """The map that is read whose part is the largest, up or down."""
        return int(np.abs(self.by_map).argmax())

    def largest(self, count: int) -> NDArray[np.int64]:
        """The places of the terms furthest from 0, largest first, in the flattened patch."""
        order: NDArray[np.int64] = np.argsort(-np.abs(self.terms).ravel(), kind="stable")[:count]
        return order


def work_out(operation: Operation, unit: int, row: int, column: int) -> Cell:
    """The number of map `unit` at `row` and `column`, all from 0."""
    given = operation.before.astype(np.float64)
    found = float(operation.after[unit, row, column])
    window = window_of(operation, row, column)
    if operation.kind == "relu":
        patch = given[unit, row, column].reshape(1, 1, 1)
        return Cell(window, patch, None, patch, 0.0, max(0.0, float(patch[0, 0, 0])), found)
    if operation.kind == "pool":
        patch = _cut(given[unit : unit + 1], window, -np.inf)
        return Cell(window, patch, None, patch, 0.0, float(patch.max()), found)
    if operation.kind == "softmax":
        powers = np.exp(given - given.max())
        share = float(powers[unit, 0, 0] / powers.sum())
        return Cell(window, given, None, powers, 0.0, share, found)
    assert operation.weight is not None
    kernel = operation.weight[unit].astype(np.float64)
    bias = 0.0 if operation.bias is None else float(operation.bias[unit])
    patch = _cut(given, window, 0.0)
    products = patch * kernel
    return Cell(window, patch, kernel, products, bias, float(products.sum()) + bias, found)


def window_of(operation: Operation, row: int, column: int) -> ReceptiveField:
    """Where on the maps it reads a number of this row and column comes from."""
    if operation.kind in ("dense", "softmax"):
        return ReceptiveField(0, 0, *operation.before.shape[1:])
    top, left = (place * operation.stride - operation.padding for place in (row, column))
    return ReceptiveField(top, left, operation.size, operation.size)


def _cut(maps: Doubles, window: ReceptiveField, beyond: float) -> Doubles:
    """(C, H, W) -> (C, h, w) under the window."""
    edge = max(window.height, window.width)
    wide = np.pad(maps, ((0, 0), (edge, edge), (edge, edge)), constant_values=beyond)
    rows = slice(window.row + edge, window.row + edge + window.height)
    columns = slice(window.column + edge, window.column + edge + window.width)
    cut: Doubles = wide[:, rows, columns]
    return cut


def over_paper(operation: Operation, unit: int, paper: float) -> float:
    """What a first convolution's kernel gives where nothing is drawn: bias + paper · Σ weights."""
    assert operation.weight is not None
    bias = 0.0 if operation.bias is None else float(operation.bias[unit])
    return bias + paper * float(operation.weight[unit].sum(dtype=np.float64))
