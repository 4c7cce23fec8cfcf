"""A dense network with leaky ReLU, forward and backward in NumPy, its weights one flat row of numbers.

Each layer is a matrix (inputs + 1, units) whose last row holds the biases; the layers stand one after the
other in the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Array = NDArray[Any]
LEAK = 0.01  # slope below 0


def num_params(sizes: Sequence[int]) -> int:
    return sum((below + 1) * units for below, units in pairwise(sizes))


def matrices(flat: Array, sizes: Sequence[int]) -> list[Array]:
    """Views of (num_params,): each layer's (inputs + 1, units)."""
    found, start = [], 0
    for below, units in pairwise(sizes):
        end = start + (below + 1) * units
        found.append(flat[start:end].reshape(below + 1, units))
        start = end
    return found


def first_weights(sizes: Sequence[int], draw: Generator) -> Array:
    """(num_params,) float32, drawn as torch.nn.Linear draws them."""
    flat = np.empty(num_params(sizes), np.float32)
    for matrix in matrices(flat, sizes):
        bound = 1 / np.sqrt(len(matrix) - 1)
        matrix[:] = draw.uniform(-bound, bound, matrix.shape)
    return flat


class Dense:
    """`weights` (num_params,) may change in place between two passes; `gradient` is filled by `backward`."""

    def __init__(self, weights: Array, sizes: Sequence[int]) -> None:
        self.gradient = np.zeros_like(weights)
        self._layers = matrices(weights, sizes)
        self._gradients = matrices(self.gradient, sizes)
        self._read: list[Array] = []

    def forward(self, x: Array) -> Array:
        """(B, inputs) -> (B, outputs)."""
        self._read = []
        for index, layer in enumerate(self._layers):
            self._read.append(x)
            x = x @ layer[:-1] + layer[-1]
            if index + 1 < len(self._layers):
                x = np.maximum(x, LEAK * x)
        return x

    def backward(self, blame: Array, *, inputs_alone: bool = False) -> Array:
        """After `forward`: from the loss's gradient by the outputs (B, outputs) to that by the inputs.

        It fills `gradient`, unless the gradient by the `inputs_alone` is wanted.
        """
        for index in reversed(range(len(self._layers))):
            layer, read = self._layers[index], self._read[index]
            if not inputs_alone:
                np.dot(read.T, blame, self._gradients[index][:-1])
                self._gradients[index][-1] = blame.sum(0)
            blame = blame @ layer[:-1].T
            if index:
                blame *= np.where(read > 0, np.float32(1), np.float32(LEAK))  # what a layer gave has its sign
        return blame


class Adam:
    """Kingma and Ba 2015, algorithm 1, in place. `kept` (2, num_params) are its two means."""

    def __init__(self, betas: tuple[float, float]) -> None:
        self.betas = betas

    def nudge(self, weights: Array, gradient: Array, kept: Array, lr: float, step: int) -> None:
        """`step` counts the nudges of these weights, from 1."""
        first, second = self.betas
        mean, square = kept
        mean *= first
        mean += (1 - first) * gradient
        square *= second
        square += (1 - second) * gradient * gradient
        scale = np.sqrt(square / (1 - second**step)) + 1e-8
        weights -= lr / (1 - first**step) * mean / scale


class Descent:
    """Stochastic gradient descent, in place; it keeps nothing."""

    def nudge(self, weights: Array, gradient: Array, kept: Array, lr: float, step: int) -> None:
        weights -= lr * gradient
