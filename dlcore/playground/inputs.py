"""What the first layer sees of a point: its two numbers, and what can be made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
SIDE = 6.0  # the plane goes from -SIDE to SIDE

INPUTS: Mapping[str, Callable[[Array, Array], Array]] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1x1": lambda x1, x2: x1 * x1,
    "x2x2": lambda x1, x2: x2 * x2,
    "x1x2": lambda x1, x2: x1 * x2,
    "sin_x1": lambda x1, x2: np.sin(x1),
    "sin_x2": lambda x1, x2: np.sin(x2),
}


def inputs_of(places: Array, names: Sequence[str]) -> Array:
    """(len(names), N) of the (N, 2) places in the plane."""
    return np.stack([INPUTS[name](places[:, 0], places[:, 1]) for name in names])
