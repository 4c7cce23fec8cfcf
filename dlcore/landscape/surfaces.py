"""A surface: loss and accuracy on the points of a plane, a coarse picture first, then finer ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from dlcore.errors import ConfigError
from dlcore.events import Tick
from dlcore.landscape.engines import Engine
from dlcore.landscape.planes import Plane, Window

RESOLUTIONS = (11, 21, 41, 81)  # each has the points of the one before it, and one more between any two


@dataclass(frozen=True)
class Row:
    """Some cells of one row of a grid: `row` counts betas, `columns` alphas."""

    row: int
    columns: tuple[int, ...]
    losses: tuple[float, ...]  # nats; not finite where the network broke
    accuracies: tuple[float, ...]


@dataclass(frozen=True)
class Surface:
    """The finest grid that is complete. Of an (n, n) grid the entry [j, i] lies at (alpha[i], beta[j])."""

    alpha: NDArray[np.float64]
    beta: NDArray[np.float64]
    loss: NDArray[np.float32]
    accuracy: NDArray[np.float32]

    @property
    def resolution(self) -> int:
        return len(self.alpha)


def iter_level(
    engine: Engine, plane: Plane, resolution: int, level: int, *, part: int = 0, parts: int = 1
) -> Iterator[Tick | Row]:
    """Measure the points of one level of a grid, 0 the coarsest, that no coarser one has.

    Rows and columns count on the finest grid. Two processes share the work as `part` 0 and 1 of 2. Raises
    ConfigError if the resolution is unknown.
    """
    stride = strides(resolution)[level]
    alphas, betas = plane.window.axes(resolution)
    origin, first, second = map(engine.vector, (plane.origin, plane.first, plane.second))
    start = torch.empty_like(origin)
    for row in range(0, resolution, stride):
        if (row // stride // 2) % parts != part:  # in pairs of rows, which in every level are equal work
            continue
        known = level > 0 and row % (2 * stride) == 0  # every second point of this row
        columns = tuple(range(stride, resolution, 2 * stride) if known else range(0, resolution, stride))
        torch.add(origin, second, alpha=float(betas[row]), out=start)
        judged = yield from engine.judge(start, first, [float(alphas[column]) for column in columns])
        losses, accuracies = zip(*judged, strict=True)
        yield Row(row, columns, losses, accuracies)


def strides(resolution: int) -> list[int]:
    """How many points of the finest grid lie between two of each level, coarsest level first."""
    if resolution not in RESOLUTIONS:
        raise ConfigError(
            f"Resolution must be one of {', '.join(map(str, RESOLUTIONS))}. Got {resolution} instead."
        )
    return [2**power for power in reversed(range(RESOLUTIONS.index(resolution) + 1))]


def assemble(rows: Iterable[Row], window: Window, resolution: int) -> Surface | None:
    """The finest grid of which all cells are among the rows; None as long as not even the coarsest is."""
    loss, accuracy = (np.full((resolution, resolution), np.nan, np.float32) for _ in range(2))
    measured = np.zeros((resolution, resolution), bool)
    for row in rows:
        columns = list(row.columns)
        loss[row.row, columns], accuracy[row.row, columns] = row.losses, row.accuracies
        measured[row.row, columns] = True
    for stride in reversed(strides(resolution)):
        if measured[::stride, ::stride].all():
            alpha, beta = (axis[::stride] for axis in window.axes(resolution))
            return Surface(alpha, beta, loss[::stride, ::stride].copy(), accuracy[::stride, ::stride].copy())
    return None
