"""The plain network beside its twins: what a training step takes, and whether the gradients agree."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

import numpy as np
import torch

from dlcore.blackpatch.images import Examples, Image
from dlcore.blackpatch.network import Network, cross_entropy
from dlcore.blackpatch.twins.numpy_twin import NumpyTwin
from dlcore.blackpatch.twins.torch_twin import TorchTwin
from dlcore.blackpatch.walk import Arrow

IMAGES = 10  # in one round of a measurement
ROUNDS = 5
H = 1e-5  # errors of rounding, about 1e-16 / H, and of the formula, about H², are both small

Input = TypeVar("Input")


@dataclass(frozen=True)
class StepTimes:
    """Microseconds for one update from one image: the median of a few rounds over the same images."""

    plain: float
    numpy: float
    torch: float


def time_train_steps(network: Network, examples: Examples, lr: float = 0.01) -> StepTimes:
    """Train copies of the network, plain, in NumPy and in torch, in turns. About 30 ms for 81-56-1."""
    plain, in_numpy, in_torch = deepcopy(network), NumpyTwin(network), TorchTwin(network)
    labels = examples.labels[:IMAGES]
    lists = examples.images[:IMAGES]
    arrays = [np.array(image) for image in lists]
    tensors = [torch.tensor(image, dtype=torch.float64) for image in lists]

    def plain_step(image: Image, label: int, lr: float) -> None:
        flow = plain.forward(image)
        plain.nudge(flow, plain.backward(flow, label), lr)

    def seconds(step: Callable[[Input, int, float], None], images: Sequence[Input]) -> float:
        began = time.perf_counter()
        for image, label in zip(images, labels, strict=True):
            step(image, label, lr)
        return time.perf_counter() - began

    rounds = [
        (
            seconds(plain_step, lists),
            seconds(in_numpy.train_step, arrays),
            seconds(in_torch.train_step, tensors),
        )
        for _ in range(ROUNDS)
    ]
    return StepTimes(*(median(times) / len(labels) * 1e6 for times in zip(*rounds, strict=True)))


@dataclass(frozen=True)
class ParameterGradient:
    """∂L/∂w of one weight (or bias), found in three ways."""

    layer: int  # counted from 1
    unit: int
    input: int | None  # None: the unit's bias
    by_hand: float
    autograd: float
    numeric: float


@dataclass(frozen=True)
class GradientCheck:
    """Layer by layer and row by row all weights, then the layer's biases; and the largest differences."""

    parameters: tuple[ParameterGradient, ...]

    def at(self, arrow: Arrow) -> ParameterGradient:
        """That of one weight."""
        place = (arrow.layer + 1, arrow.unit, arrow.source)
        return next(p for p in self.parameters if (p.layer, p.unit, p.input) == place)

    @property
    def hand_autograd(self) -> float:
        return max(abs(p.by_hand - p.autograd) for p in self.parameters)

    @property
    def hand_numeric(self) -> float:
        return max(abs(p.by_hand - p.numeric) for p in self.parameters)


def check_gradients(network: Network, image: Image, label: int) -> GradientCheck:
    """The gradient of one image's loss for every parameter: by hand, by autograd, by central differences.

    Two forward passes per parameter: about 0.1 s for 81-56-1, some seconds for 100,000 parameters.
    """
    found = zip(
        _places(network),
        _by_hand(network, image, label),
        _autograd(network, image, label),
        _numeric(network, image, label),
        strict=True,
    )
    return GradientCheck(tuple(ParameterGradient(*place, *values) for place, *values in found))


def _places(network: Network) -> Iterator[tuple[int, int, int | None]]:
    for number, layer in enumerate(network.layers, start=1):
        for unit, row in enumerate(layer.weights):
            yield from ((number, unit, j) for j in range(len(row)))
        yield from ((number, unit, None) for unit in range(len(layer.biases)))


def _by_hand(network: Network, image: Image, label: int) -> Iterator[float]:
    flow = network.forward(image)
    for x, blame in zip(flow, network.backward(flow, label), strict=False):
        yield from (d * x_j for d in blame for x_j in x)
        yield from blame


def _autograd(network: Network, image: Image, label: int) -> Iterator[float]:
    for by_weight, by_bias in TorchTwin(network).gradients(image, label):
        yield from by_weight.flatten().tolist()
        yield from by_bias.tolist()


def _numeric(network: Network, image: Image, label: int) -> Iterator[float]:
    """Central differences: (L(w + h) - L(w - h)) / 2h."""
    twin, x = NumpyTwin(network), np.array(image)

    def loss() -> float:
        return cross_entropy(float(twin.forward(x)[-1][0]), label)

    for weight, bias in zip(twin.weights, twin.biases, strict=True):
        for parameter in (weight, bias):
            for place in np.ndindex(parameter.shape):
                kept = parameter[place]
                parameter[place] = kept + H
                above = loss()
                parameter[place] = kept - H
                below = loss()
                parameter[place] = kept
                yield (above - below) / (2 * H)
