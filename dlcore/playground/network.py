"""A dense network as one flat row of numbers, forward and backward in NumPy.

Each layer is a matrix (inputs + 1, units) whose last row holds the biases; the layers stand one after the
other in the row. A batch has a column for each point, so that what the units of a layer give is one block of
memory. Small matrices make NumPy's overhead the cost, so the arrays of a batch are made once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlcore.playground.activations import ACTIVATIONS, Activation
from dlcore.playground.config import PlaygroundConfig

Array = NDArray[Any]
AT_ONCE = 250_000  # numbers of a layer: more take memory by the 100 MB, and are no faster


def num_params(sizes: Sequence[int]) -> int:
    return sum((below + 1) * units for below, units in pairwise(sizes))


def matrices(flat: Array, sizes: Sequence[int]) -> list[Array]:
    """Views of (..., num_params): each layer's (..., inputs + 1, units)."""
    found, start = [], 0
    for below, units in pairwise(sizes):
        end = start + (below + 1) * units
        found.append(flat[..., start:end].reshape(*flat.shape[:-1], below + 1, units))
        start = end
    return found


def where(sizes: Sequence[int], place: int) -> tuple[int, int, int]:
    """The layer, the unit below (or, after them, the bias), and the unit that this weight leads to."""
    start = 0
    for layer, (below, units) in enumerate(pairwise(sizes)):
        if start <= place < start + (below + 1) * units:
            return layer, (place - start) // units, (place - start) % units
        start += (below + 1) * units
    raise IndexError(f"There is no weight {place}.")


def first_weights(config: PlaygroundConfig) -> Array:
    """(num_params,) float32, drawn by the config's seed."""
    draw = np.random.default_rng(config.seed)
    flat = np.zeros(num_params(config.sizes), np.float32)
    for matrix in matrices(flat, config.sizes):
        below, units = matrix.shape[0] - 1, matrix.shape[1]
        match config.init:
            case "uniform":
                matrix[:-1], matrix[-1] = draw.uniform(-0.5, 0.5, (below, units)), 0.1
            case "xavier":
                bound = np.sqrt(6 / (below + units))
                matrix[:-1] = draw.uniform(-bound, bound, (below, units))
            case "he":
                matrix[:-1] = draw.normal(0, np.sqrt(2 / below), (below, units))
            case "torch":
                matrix[:] = draw.uniform(-1, 1, (below + 1, units)) / np.sqrt(below)
            case "tiny":
                matrix[:-1] = draw.normal(0, 0.01, (below, units))
            case "large":
                matrix[:-1] = draw.normal(0, 1, (below, units))
            case "zero":
                pass
    return flat


def activation_names(config: PlaygroundConfig) -> list[str]:
    """Of every layer; the output is a number, or lies between -1 and 1."""
    return [*config.hidden_activations, "linear" if config.criterion == "number" else "tanh"]


class Layer:
    """One layer at work on a batch of N points; every array is written anew by each pass.

    `weights` (inputs + 1, units) and their `gradient`; what it `reads` (inputs + 1, N), with a last row of
    ones; its `sums` and what it `gives` (units, N); its `blame`, the gradient of the loss by the sums.
    """

    def __init__(self, weights: Array, gradient: Array, reads: Array, gives: Array, activation: Activation):
        self.weights, self.gradient, self.reads, self.gives = weights, gradient, reads, gives
        self.sums, self.blame, self._slope = (np.zeros_like(gives) for _ in range(3))
        self.activation = activation
        self._weighs, self._back, self._by_point = weights.T, weights[:-1], self.blame.T  # views, made once

    def forward(self) -> None:
        np.dot(self._weighs, self.reads, self.sums)
        self.activation.of(self.sums, self.gives)

    def blame_itself(self) -> None:
        """From the gradient by what it gives, which stands in `blame`, to that by its sums."""
        self.activation.slope(self.sums, self.gives, self._slope)
        np.multiply(self.blame, self._slope, self.blame)

    def blame_below(self, below: Layer) -> None:
        np.dot(self._back, self.blame, below.blame)
        below.blame_itself()

    def gather(self) -> None:
        """A weight's gradient: blame times what flowed through it, summed over the points."""
        np.dot(self.reads, self._by_point, self.gradient)


class Network:
    """The arrays of a network for batches of one size. `flat` may change in place between two passes."""

    def __init__(self, config: PlaygroundConfig, flat: Array, batch: int) -> None:
        self.gradient = np.zeros_like(flat)
        self._entropy = config.criterion == "entropy"
        reads = [np.ones((units + 1, batch), flat.dtype) for units in config.sizes[:-1]]
        self.inputs, self.outputs = reads[0][:-1], np.zeros((1, batch), flat.dtype)
        gives = [after[:-1] for after in reads[1:]] + [self.outputs]
        activations = [ACTIVATIONS[name] for name in activation_names(config)]
        parts = matrices(flat, config.sizes), matrices(self.gradient, config.sizes), reads, gives, activations
        self.layers = [Layer(*part) for part in zip(*parts, strict=True)]
        self._from_the_output = [*pairwise(self.layers)][::-1]

    def forward(self, inputs: Array) -> Array:
        """(1, N) outputs of (inputs, N): between -1 and 1 for a class, any number in regression."""
        np.copyto(self.inputs, inputs, "same_kind")
        for layer in self.layers:
            layer.forward()
        if self._entropy:  # the sum is a logit: 2 p - 1 = tanh(z / 2)
            np.tanh(0.5 * self.layers[-1].sums, self.outputs)
        return self.outputs

    def backward(self, targets: Array) -> None:
        """After `forward`: fill `gradient` with that of the loss, summed over the (1, N) targets."""
        last = self.layers[-1]
        np.subtract(self.outputs, targets, last.blame)
        if self._entropy:
            last.blame *= 0.5  # p - y, for y of 0 and 1
        else:
            last.blame_itself()
        for below, layer in self._from_the_output:
            layer.gather()
            layer.blame_below(below)
        self.layers[0].gather()


def losses(config: PlaygroundConfig, sums: Array, targets: Array) -> Array:
    """Each point's loss, of the last layer's sums and its target (of one shape): half the squared error, or
    in nats."""
    if config.criterion == "entropy":
        lost: Array = np.logaddexp(0, -targets * sums)  # exact for any sum, unlike the log of a share
        return lost
    half: Array = 0.5 * (outputs_from(config, sums) - targets) ** 2
    return half


def outputs_from(config: PlaygroundConfig, sums: Array) -> Array:
    """What the last layer's sums give: between -1 and 1 for a class, any number in regression."""
    if config.regression:
        return sums
    given: Array = np.tanh(0.5 * sums if config.criterion == "entropy" else sums)
    return given


def sums_of(config: PlaygroundConfig, flats: Array, inputs: Array) -> Array:
    """(E, N) sums of the last layer, of E rows of weights on the (inputs, N): many moments at once."""
    at_once = max(1, AT_ONCE // (max(config.sizes) * inputs.shape[1]))
    found = np.empty((len(flats), inputs.shape[1]), np.result_type(flats, inputs))
    for start in range(0, len(flats), at_once):
        part = slice(start, start + at_once)
        found[part] = _sums_at_once(config, flats[part], inputs)
    return found


def _sums_at_once(config: PlaygroundConfig, flats: Array, inputs: Array) -> Array:
    gives = np.broadcast_to(inputs, (len(flats), *inputs.shape))
    for weights, name in zip(matrices(flats, config.sizes), activation_names(config), strict=True):
        across = weights.swapaxes(1, 2)  # (E, units, inputs + 1)
        sums = across[..., :-1] @ gives + across[..., -1:]
        gives = np.empty_like(sums)
        ACTIVATIONS[name].of(sums, gives)
    last: Array = sums[:, 0]
    return last
