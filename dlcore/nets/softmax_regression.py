"""The smallest network that reads digits: one dense layer, and nothing hidden."""

from __future__ import annotations

from torch import Tensor, nn


class SoftmaxRegression(nn.Module):
    """(B, 1, 28, 28) -> logits (B, 10). 7,850 parameters.

    Each digit has one picture of 784 weights, and its logit says how well the image fits it. Nothing is
    hidden, so there is nothing to drop: `dropout` changes nothing.
    """

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, 10)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.fc1(x.flatten(1))
        return logits
