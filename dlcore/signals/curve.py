"""An activation function and its slope, as far as they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlcore.playground.activations import ACTIVATIONS

Array = NDArray[Any]
REACH, PLACES = 6.0, 241


@dataclass(frozen=True)
class Curve:
    """(PLACES,) float64: sums from -REACH to REACH, what the function gives there, and its slope."""

    sums: Array
    gives: Array
    slopes: Array

    @property
    def steepest(self) -> float:
        return float(np.abs(self.slopes).max())


def curve_of(activation: str) -> Curve:
    sums = np.linspace(-REACH, REACH, PLACES)
    gives, slopes = np.empty_like(sums), np.empty_like(sums)
    function = ACTIVATIONS[activation]
    function.of(sums, gives)
    function.slope(sums, gives, slopes)
    return Curve(sums, gives, slopes)
