"""The loss of the training points over two weights, all others held as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlcore.errors import ConfigError
from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.inputs import inputs_of
from dlcore.playground.network import losses, sums_of, where
from dlcore.playground.points import Points
from dlcore.playground.words import INPUT_NAMES

Array = NDArray[Any]
SIDE, LEAST_SIDE = 41, 15  # points each way
WORK = 60_000_000  # points × examples × weights: some 0.3 s
LEAST_REACH = 2.0  # of a weight, to either side
ROOM = 1.15  # of what the path needs


@dataclass(frozen=True)
class WeightSurface:
    """`loss` (S, S): a row for each value of the second weight, a column for each of the first.

    `path` (E, 3) is where the training went: both weights and its loss. Other weights moved as well, so only
    its last point must lie on the surface.
    """

    names: tuple[str, str]
    first: Array  # (S,)
    second: Array  # (S,)
    loss: Array
    path: Array


def surface_over(
    config: PlaygroundConfig, points: Points, weights: Array, places: tuple[int, int], path: Array
) -> WeightSurface:
    """Around the (num_params,) `weights`, over those that stand at the two `places`.

    Raises ConfigError where no loss is a number.
    """
    side = _side(points.train * len(weights))
    here = [float(weights[place]) for place in places]
    first, second = (_range(value, path[:, axis], side) for axis, value in enumerate(here))
    grid = np.repeat(np.asarray(weights, np.float32)[None], side * side, axis=0)
    grid[:, places[0]], grid[:, places[1]] = np.tile(first, side), np.repeat(second, side)
    inputs = inputs_of(points.places[: points.train], config.input_names)
    targets = points.targets[: points.train]
    with np.errstate(all="ignore"):  # a hole stands where the loss is not finite
        rows = [
            losses(config, sums_of(config, row, inputs), targets).mean(axis=1)
            for row in np.split(grid, side)  # row by row: all at once would take 40 times the memory
        ]
    if not any(np.isfinite(row).any() for row in rows):
        raise ConfigError("Around these weights no loss is a number: go back some epochs.")
    names = weight_name(config, places[0]), weight_name(config, places[1])
    return WeightSurface(names, first, second, np.stack(rows), path)


def _side(each: int) -> int:
    """An odd number of points, so that the weights themselves are one; the fewer, the dearer each is."""
    side = int(np.clip((WORK / each) ** 0.5, LEAST_SIDE, SIDE))
    return side - 1 + side % 2


def _range(here: float, path: Array, side: int) -> Array:
    """As far to both sides as the path went, and some room."""
    reach = max(LEAST_REACH, float(np.abs(path - here).max(initial=0.0)))
    return np.linspace(here - ROOM * reach, here + ROOM * reach, side)


def weight_name(config: PlaygroundConfig, place: int) -> str:
    """Of the weight at this place in the row: from where to where it leads."""
    layer, below, unit = where(config.sizes, place)
    to = "output" if layer + 2 == len(config.sizes) else f"unit {unit + 1} of layer {layer + 1}"
    if below == config.sizes[layer]:
        return f"bias of the {to}" if to == "output" else f"bias of {to}"
    from_ = f"unit {below + 1} of layer {layer}" if layer else INPUT_NAMES[config.input_names[below]]
    return f"{from_} → {to}"
