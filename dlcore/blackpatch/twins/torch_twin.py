"""The black patch's network in torch: only the way forward is written, autograd finds the way back."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from dlcore.blackpatch.network import Network
from dlcore.blackpatch.twins.numpy_twin import plain_network


class TorchTwin:
    """Begins with a copy of a plain network's weights, in float64 on the CPU."""

    def __init__(self, network: Network) -> None:
        self.weights = [_parameter(layer.weights) for layer in network.layers]  # (out, in)
        self.biases = [_parameter(layer.biases) for layer in network.layers]  # (out)

    def forward(self, image: Sequence[float] | Tensor) -> Tensor:
        """The logit (1)."""
        x = torch.as_tensor(image, dtype=torch.float64)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = F.relu(F.linear(x, weight, bias))
        return F.linear(x, self.weights[-1], self.biases[-1])

    def gradients(self, image: Sequence[float] | Tensor, label: int) -> list[tuple[Tensor, Tensor]]:
        """∂L/∂w (out, in) and ∂L/∂b (out) of every layer."""
        logit = self.forward(image)
        loss = F.binary_cross_entropy_with_logits(logit, torch.full_like(logit, label))
        found = torch.autograd.grad(loss, [*self.weights, *self.biases])
        layers = len(self.weights)
        return list(zip(found[:layers], found[layers:], strict=True))

    def train_step(self, image: Sequence[float] | Tensor, label: int, lr: float) -> None:
        """One update from one image."""
        found = self.gradients(image, label)
        with torch.no_grad():
            for weight, bias, (by_weight, by_bias) in zip(self.weights, self.biases, found, strict=True):
                weight -= lr * by_weight
                bias -= lr * by_bias

    def network(self) -> Network:
        """The weights as a plain network of lists."""
        return plain_network(self.weights, self.biases)


def _parameter(numbers: Sequence[float] | Sequence[Sequence[float]]) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
