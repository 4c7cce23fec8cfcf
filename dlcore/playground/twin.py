"""The same network in torch: the oracle of the tests, and the second way to a gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from dlcore.playground.activations import LEAK
from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.inputs import inputs_of
from dlcore.playground.network import Network, losses, sums_of, where
from dlcore.playground.points import Points

Array = NDArray[Any]
NUDGE = 1e-5  # of one weight, up and down, to measure a slope in float64

FUNCTIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "relu": F.relu,
    "sigmoid": torch.sigmoid,
    "linear": lambda z: z,
    "leaky": lambda z: F.leaky_relu(z, LEAK),
    "gelu": lambda z: F.gelu(z, approximate="tanh"),
}


def torch_loss(config: PlaygroundConfig, flat: Tensor, inputs: Array, targets: Array) -> Tensor:
    """The mean loss of (inputs, N) and (1, N) targets under the (num_params,) weights, as torch counts it."""
    gives, start = torch.as_tensor(inputs).T, 0
    names = [*config.hidden_activations, "linear"]
    for below, units, name in zip(config.sizes, config.sizes[1:], names, strict=False):
        matrix = flat[start : start + (below + 1) * units].reshape(below + 1, units)
        start += (below + 1) * units
        gives = FUNCTIONS[name](F.linear(gives, matrix[:-1].T, matrix[-1]))
    wanted = torch.as_tensor(targets).T
    if config.criterion == "entropy":
        return F.softplus(-wanted * gives).mean()
    outputs = gives if config.regression else torch.tanh(gives)
    return (0.5 * (outputs - wanted) ** 2).mean()


@dataclass(frozen=True)
class Blame:
    """The gradient of the mean training loss: of all weights by the chain rule, of one in three ways.

    `read` and `blame` are what that weight multiplies and the blame of the unit it leads to, for each of the
    N training points: the chain rule is the mean of their products.
    """

    gradient: Array  # (num_params,) float64
    chain: float
    autograd: float
    measured: float
    read: Array  # (N,)
    blame: Array  # (N,)


def blame_of(config: PlaygroundConfig, weights: Array, points: Points, place: int) -> Blame:
    """For the weight that stands at this `place` in the (num_params,) row."""
    flat = np.asarray(weights, np.float64)
    inputs = inputs_of(points.places[: points.train].astype(np.float64), config.input_names)
    targets = points.targets[None, : points.train].astype(np.float64)
    network = Network(config, flat, points.train)
    network.forward(inputs)
    network.backward(targets)
    gradient = network.gradient / points.train
    leaf = torch.tensor(flat, requires_grad=True)
    (autograd,) = torch.autograd.grad(torch_loss(config, leaf, inputs, targets), leaf)
    nudged = np.repeat(flat[None], 2, axis=0)
    nudged[:, place] += (NUDGE, -NUDGE)
    high, low = losses(config, sums_of(config, nudged, inputs), targets[0]).mean(axis=1)
    layer, below, unit = where(config.sizes, place)
    at_work = network.layers[layer]
    return Blame(
        gradient,
        float(gradient[place]),
        float(autograd[place]),
        float((high - low) / (2 * NUDGE)),
        at_work.reads[below].copy(),
        at_work.blame[unit].copy(),
    )
