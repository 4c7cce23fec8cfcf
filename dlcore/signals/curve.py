"""An activation and its slope, point by point, for a tangent that is moved by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcore.playground.activations import ACTIVATIONS

REACH, STEPS = 6.0, 240  # from -REACH to REACH


@dataclass(frozen=True)
class Curve:
    """At STEPS + 1 places from -REACH to REACH; `steepest` is the place of the largest slope."""

    values: tuple[float, ...]
    slopes: tuple[float, ...]
    steepest: int


def curve_of(name: str) -> Curve:
    """As training computes it; a kink's slope is that of its left side."""
    z = np.linspace(-REACH, REACH, STEPS + 1)
    gives, slope = np.empty_like(z), np.empty_like(z)
    ACTIVATIONS[name].of(z, gives)
    ACTIVATIONS[name].slope(z, gives, slope)
    return Curve(tuple(gives.tolist()), tuple(slope.tolist()), int(np.argmax(slope)))
