"""The activation functions of the playground, and their slopes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
ActivationName = Literal["tanh", "relu", "sigmoid", "linear", "leaky", "gelu"]
NAMES: Mapping[str, str] = {
    "tanh": "tanh",
    "relu": "ReLU",
    "sigmoid": "Sigmoid",
    "linear": "Linear (none)",
    "leaky": "Leaky ReLU",
    "gelu": "GELU",
}
LEAK = 0.01  # the slope of Leaky ReLU below 0, torch's default
BEND = sqrt(2 / pi)
ONE, HALF = np.array(1, np.float32), np.array(0.5, np.float32)  # NumPy is slower to take Python's numbers


@dataclass(frozen=True)
class Activation:
    """`of(z, out)` writes a = f(z) to `out`; `slope(z, a, out)` writes f'(z), from whichever is cheaper."""

    of: Callable[[Array, Array], object]
    slope: Callable[[Array, Array, Array], object]


def _tanh(z: Array, out: Array) -> None:
    np.tanh(z, out)


def _tanh_slope(z: Array, a: Array, out: Array) -> None:
    np.multiply(a, a, out)
    np.subtract(ONE, out, out)


def _sigmoid(z: Array, out: Array) -> None:
    np.multiply(z, HALF, out)  # 1 / (1 + exp(-z)) = (1 + tanh(z / 2)) / 2, which cannot overflow
    np.tanh(out, out)
    np.add(out, ONE, out)
    np.multiply(out, HALF, out)


def _sigmoid_slope(z: Array, a: Array, out: Array) -> None:
    np.subtract(ONE, a, out)
    out *= a


def _bend(z: Array) -> Array:
    bent: Array = np.tanh(BEND * (z + 0.044715 * z * z * z))
    return bent


def _gelu(z: Array, out: Array) -> None:
    """Hendrycks and Gimpel 2016 (arXiv 1606.08415), the form with tanh."""
    np.multiply(0.5 * z, 1 + _bend(z), out)


def _gelu_slope(z: Array, a: Array, out: Array) -> None:
    bent = _bend(z)
    out[:] = 0.5 * (1 + bent) + 0.5 * z * (1 - bent**2) * BEND * (1 + 3 * 0.044715 * z**2)


def _leaky_slope(z: Array, a: Array, out: Array) -> None:
    out[:] = np.where(z > 0, 1.0, LEAK)


ACTIVATIONS: Mapping[str, Activation] = {
    "tanh": Activation(_tanh, _tanh_slope),
    "relu": Activation(lambda z, out: np.maximum(z, 0, out=out), lambda z, a, out: np.greater(z, 0, out)),
    "sigmoid": Activation(_sigmoid, _sigmoid_slope),
    "linear": Activation(lambda z, out: np.copyto(out, z), lambda z, a, out: out.fill(1)),
    "leaky": Activation(lambda z, out: np.maximum(z, LEAK * z, out=out), _leaky_slope),
    "gelu": Activation(_gelu, _gelu_slope),
}
