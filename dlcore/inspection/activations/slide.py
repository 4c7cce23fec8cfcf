"""A window that slides over a whole map: every number that it makes on its way, worked out ahead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlcore.inspection.activations.arithmetic import Doubles
from dlcore.inspection.activations.flow import Flow, Operation
from dlcore.inspection.activations.look import Place
from dlcore.inspection.listening import Floats, Kind


@dataclass(frozen=True)
class Onward:
    """What a later step of the same layer makes of the map: the number of (row, column) goes on to
    (row // side, column // side).
    """

    name: str
    kind: Kind
    side: int
    reads: Floats  # what it reads of the map
    gives: Floats  # (H'', W'')
    follows: bool  # it reads what the step before it gave: no norm stands between


@dataclass(frozen=True)
class Slide:
    """One map of a convolution, pool or ReLU, place by place. Of several maps that are read, one is
    looked at: the one that says most over all places.
    """

    operation: Operation
    unit: int
    source: int  # which map is looked at, from 0
    reads: Floats  # (H, W): its numbers
    kernel: Floats | None  # (h, w): its weights, of a convolution
    bias: float
    others: Doubles  # (H', W'): what the other maps add
    gives: Floats  # (H', W'): what torch made there
    onward: tuple[Onward, ...]  # the pool and ReLU that follow, as far as they go


def slide_over(flow: Flow, place: Place) -> Slide | None:
    """The way of the window over the map that is looked at; None where a map is one number."""
    operation, unit = place.operation, place.unit
    if place.one_number:
        return None
    gives, onward = operation.after[unit], _onward(flow, place)
    if operation.weight is None:
        nothing = np.zeros(gives.shape)
        return Slide(operation, unit, unit, operation.before[unit], None, 0.0, nothing, gives, onward)
    by_map = _sums(operation, unit)
    source = int(np.abs(by_map).sum((1, 2)).argmax())
    bias = 0.0 if operation.bias is None else float(operation.bias[unit])
    return Slide(
        operation,
        unit,
        source,
        operation.before[source],
        operation.weight[unit, source],
        bias,
        by_map.sum(0) - by_map[source],
        gives,
        onward,
    )


def _sums(operation: Operation, unit: int) -> Doubles:
    """(C, H', W'): the sum of the products at every place, for each map that is read."""
    assert operation.weight is not None
    edge, step = operation.padding, operation.stride
    maps = np.pad(operation.before.astype(np.float64), ((0, 0), (edge, edge), (edge, edge)))
    windows = sliding_window_view(maps, (operation.size, operation.size), (1, 2))[:, ::step, ::step]
    sums: Doubles = np.einsum("cyxij,cij->cyx", windows, operation.weight[unit].astype(np.float64))
    return sums


def _onward(flow: Flow, place: Place) -> tuple[Onward, ...]:
    """The steps after it, as long as each number goes on to one place alone."""
    found: list[Onward] = []
    side, last = 1, place.operation.after[place.unit]
    for after in flow.operations[place.index + 1 :]:
        apart = after.kind == "pool" and (after.stride, after.padding) == (after.size, 0)
        if not (apart or after.kind == "relu"):
            break
        side *= after.size
        reads, gives = after.before[place.unit], after.after[place.unit]
        found.append(Onward(after.name, after.kind, side, reads, gives, np.array_equal(reads, last)))
        last = gives
    return tuple(found)
