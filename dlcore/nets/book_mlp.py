"""The network of the book: two hidden dense layers, no convolution."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class BookMLP(nn.Module):
    """(B, 1, 28, 28) -> logits (B, 10). 55,050 parameters.

    784-64-64-10: it knows nothing of neighbours, so shuffled pixels would read as well.
    """

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, 64)
        self.fc2 = nn.Linear(64, 64)
        self.dropout = nn.Dropout(dropout)
        self.fc3 = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.fc1(x.flatten(1)))  # (B, 64)
        x = F.relu(self.fc2(self.dropout(x)))  # (B, 64)
        logits: Tensor = self.fc3(self.dropout(x))
        return logits
