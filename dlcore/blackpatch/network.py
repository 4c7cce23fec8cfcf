"""A network of dense layers, forward and backward written out. Only lists of numbers, nothing hidden.

Shapes stand in comments: [out][in] is a list of `out` rows with `in` numbers each. The derivative of the
loss with respect to a number is called its blame.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from itertools import pairwise
from math import exp, log1p

if sys.version_info >= (3, 12):
    from math import sumprod as dot
else:
    from operator import mul

    def dot(p: Sequence[float], q: Sequence[float]) -> float:
        """Σ_j p_j q_j"""
        return sum(map(mul, p, q), 0.0)


Vector = list[float]


def sigmoid(z: float) -> float:
    """1 / (1 + e^-z), written so that no exponential overflows."""
    if z >= 0.0:
        return 1.0 / (1.0 + exp(-z))
    return exp(z) / (1.0 + exp(z))


def cross_entropy(logit: float, label: int) -> float:
    """-log p for label 1, -log(1 - p) for label 0, where p = sigmoid(logit). In nats."""
    # -log p = log(1 + e^-z), and by symmetry for 1 - p
    z = logit if label else -logit
    return log1p(exp(-z)) if z >= 0.0 else log1p(exp(z)) - z


class Dense:
    """A layer: every output is a weighted sum of all inputs."""

    def __init__(self, weights: list[Vector], biases: Vector) -> None:
        self.weights = weights  # [out][in]
        self.biases = biases  # [out]

    def __repr__(self) -> str:
        return f"Dense({len(self.weights[0])} -> {len(self.weights)})"

    def forward(self, x: Vector) -> Vector:
        # z_i = Σ_j w_ij x_j + b_i
        return [dot(row, x) + b for row, b in zip(self.weights, self.biases)]

    def backward(self, blame: Vector) -> Vector:
        """From the blame of the outputs z to the blame of the inputs x."""
        # ∂L/∂x_j = Σ_i ∂L/∂z_i w_ij
        passed = [0.0] * len(self.weights[0])
        for row, d in zip(self.weights, blame):
            if d != 0.0:
                passed = [p + d * w for p, w in zip(passed, row)]
        return passed

    def nudge(self, x: Vector, blame: Vector, lr: float) -> None:
        """Move every weight and bias a little against its blame."""
        # ∂L/∂w_ij = ∂L/∂z_i x_j and ∂L/∂b_i = ∂L/∂z_i
        for i, d in enumerate(blame):
            if d != 0.0:
                step = lr * d
                self.weights[i] = [w - step * x_j for w, x_j in zip(self.weights[i], x)]
                self.biases[i] -= step


class Network:
    """Dense layers with ReLU between them; the last one gives the logit of "there is a patch"."""

    def __init__(self, layers: list[Dense]) -> None:
        self.layers = layers

    def __repr__(self) -> str:
        return f"Network({'-'.join(map(str, self.widths))}, {self.num_params:,} parameters)"

    def forward(self, image: Vector) -> list[Vector]:
        """What flows into every layer, and last [logit]."""
        flow = [image]
        *hidden, last = self.layers
        for layer in hidden:
            flow.append([z if z > 0.0 else 0.0 for z in layer.forward(flow[-1])])  # a = max(0, z)
        flow.append(last.forward(flow[-1]))
        return flow

    def backward(self, flow: list[Vector], label: int) -> list[Vector]:
        """The blame of every layer's outputs z, for what `forward` gave."""
        # the output's: ∂L/∂z = p - y
        blames = [[sigmoid(flow[-1][0]) - label]]
        for layer, a in zip(self.layers[:0:-1], flow[-2:0:-1]):
            # ReLU lets blame through where it let the number through
            blames.append([d if a_j > 0.0 else 0.0 for d, a_j in zip(layer.backward(blames[-1]), a)])
        return blames[::-1]

    def nudge(self, flow: list[Vector], blames: list[Vector], lr: float) -> None:
        for layer, x, blame in zip(self.layers, flow, blames):
            layer.nudge(x, blame, lr)

    def logit(self, image: Vector) -> float:
        return self.forward(image)[-1][0]

    def predict(self, image: Vector) -> float:
        """The probability that there is a patch, 0..1."""
        return sigmoid(self.logit(image))

    @property
    def widths(self) -> list[int]:
        """Inputs, hidden units layer by layer, outputs."""
        return [len(self.layers[0].weights[0]), *(len(layer.biases) for layer in self.layers)]

    @property
    def num_params(self) -> int:
        return sum((inputs + 1) * outputs for inputs, outputs in pairwise(self.widths))


def build_network(widths: Sequence[int], *, init: float, seed: int | str) -> Network:
    """Layers between `widths` = [inputs, hidden …, 1], weights and biases even in -init..init."""
    chance = random.Random(seed)

    def numbers(count: int) -> Vector:
        return [chance.uniform(-init, init) for _ in range(count)]

    return Network(
        [
            Dense([numbers(inputs) for _ in range(outputs)], numbers(outputs))
            for inputs, outputs in pairwise(widths)
        ]
    )
