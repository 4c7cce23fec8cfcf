"""The black patch's network in NumPy: a layer is one matrix product, its gradient one outer product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dlcore.blackpatch.network import Dense, Network, sigmoid

Array = NDArray[np.float64]


class Listed(Protocol):
    def tolist(self) -> Any: ...


class NumpyTwin:
    """Begins with a copy of a plain network's weights."""

    def __init__(self, network: Network) -> None:
        self.weights = [np.array(layer.weights) for layer in network.layers]  # (out, in)
        self.biases = [np.array(layer.biases) for layer in network.layers]  # (out)

    def forward(self, image: Sequence[float] | Array) -> list[Array]:
        """What flows into every layer, and last [logit]."""
        flow = [np.asarray(image)]
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            flow.append(np.maximum(weight @ flow[-1] + bias, 0.0))
        flow.append(self.weights[-1] @ flow[-1] + self.biases[-1])
        return flow

    def backward(self, flow: list[Array], label: int) -> list[Array]:
        """The blame of every layer's outputs z, for what `forward` gave."""
        blames = [np.array([sigmoid(flow[-1][0]) - label])]
        for weight, a in zip(self.weights[:0:-1], flow[-2:0:-1], strict=True):
            blames.append((blames[-1] @ weight) * (a > 0.0))
        return blames[::-1]

    def gradients(self, image: Sequence[float] | Array, label: int) -> list[tuple[Array, Array]]:
        """∂L/∂w (out, in) and ∂L/∂b (out) of every layer."""
        flow = self.forward(image)
        blames = self.backward(flow, label)
        return [(np.outer(blame, x), blame) for x, blame in zip(flow, blames, strict=False)]

    def train_step(self, image: Sequence[float] | Array, label: int, lr: float) -> None:
        """One update from one image."""
        found = self.gradients(image, label)
        for weight, bias, (by_weight, by_bias) in zip(self.weights, self.biases, found, strict=True):
            weight -= lr * by_weight
            bias -= lr * by_bias

    def network(self) -> Network:
        """The weights as a plain network of lists."""
        return plain_network(self.weights, self.biases)


def plain_network(weights: Sequence[Listed], biases: Sequence[Listed]) -> Network:
    """Arrays or tensors, layer by layer -> a network of lists."""
    pairs = zip(weights, biases, strict=True)
    return Network([Dense(weight.tolist(), bias.tolist()) for weight, bias in pairs])
