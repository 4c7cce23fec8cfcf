"""The loss of the training points over two weights, all others held as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.inputs import inputs_of
from dlcore.playground.network import losses, num_params, sums_of, where
from dlcore.playground.points import Points
from dlcore.playground.words import INPUT_NAMES

Array = NDArray[Any]
SIDE = 41  # points each way
LEAST_REACH = 2.0  # of a weight, to either side
ROOM = 1.15  # of what the path needs


@dataclass(frozen=True)
class WeightSurface:
    """`loss` (SIDE, SIDE): a row for each value of the second weight, a column for each of the first.

    `path` (E, 3) is where the training went: both weights and its loss. Other weights moved as well, so only
    its last point must lie on the surface.
    """

    names: tuple[str, str]
    first: Array  # (SIDE,)
    second: Array  # (SIDE,)
    loss: Array
    path: Array


def surface_over(
    config: PlaygroundConfig, points: Points, weights: Array, places: tuple[int, int], path: Array
) -> WeightSurface:
    """Around the (num_params,) `weights`, over those that stand at the two `places`."""
    here = [float(weights[place]) for place in places]
    first, second = (_range(value, path[:, axis]) for axis, value in enumerate(here))
    grid = np.repeat(np.asarray(weights, np.float32)[None], SIDE * SIDE, axis=0)
    grid[:, places[0]], grid[:, places[1]] = np.tile(first, SIDE), np.repeat(second, SIDE)
    inputs = inputs_of(points.places[: points.train], config.input_names)
    targets = points.targets[: points.train]
    with np.errstate(all="ignore"):  # a hole stands where the loss is not finite
        rows = [
            losses(config, sums_of(config, row, inputs), targets).mean(axis=1)
            for row in np.split(grid, SIDE)  # row by row: all at once would take 40 times the memory
        ]
    names = weight_name(config, places[0]), weight_name(config, places[1])
    return WeightSurface(names, first, second, np.stack(rows), path)


def _range(here: float, path: Array) -> Array:
    """As far to both sides as the path went, and some room."""
    reach = max(LEAST_REACH, float(np.abs(path - here).max(initial=0.0)))
    return np.linspace(here - ROOM * reach, here + ROOM * reach, SIDE)


def weight_name(config: PlaygroundConfig, place: int) -> str:
    """Of the weight at this place in the row: from where to where it leads."""
    layer, below, unit = where(config.sizes, place)
    to = "output" if layer + 2 == len(config.sizes) else f"unit {unit + 1} of layer {layer + 1}"
    if below == config.sizes[layer]:
        return f"bias of the {to}" if to == "output" else f"bias of {to}"
    from_ = f"unit {below + 1} of layer {layer}" if layer else INPUT_NAMES[config.input_names[below]]
    return f"{from_} → {to}"


def weight_names(config: PlaygroundConfig) -> list[str]:
    return [weight_name(config, place) for place in range(num_params(config.sizes))]
