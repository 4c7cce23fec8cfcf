"""A small residual network: each pair of convolutions adds to what it read, in place of replacing it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class SmallResNet(nn.Module):
    """(B, 1, 28, 28) -> logits (B, 10). 35,274 parameters.

    He, Zhang, Ren, Sun 2015, "Deep Residual Learning for Image Recognition", equation 1. In place of batch
    norm, which mixes the images of a batch, group norm looks at one image alone (Wu, He 2018): so a batch can
    be computed in pieces and still be the same batch.
    """

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, kernel_size=5, padding=2)
        self.conv2 = nn.Conv2d(16, 16, kernel_size=3, padding=1)
        self.norm2 = nn.GroupNorm(1, 16)
        self.conv3 = nn.Conv2d(16, 16, kernel_size=3, padding=1)
        self.conv4 = nn.Conv2d(16, 32, kernel_size=3, padding=1)
        self.norm4 = nn.GroupNorm(1, 32)
        self.conv5 = nn.Conv2d(32, 32, kernel_size=3, padding=1)
        self.skip1 = nn.Conv2d(16, 32, kernel_size=1)
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(dropout)
        self.fc1 = nn.Linear(32 * 7 * 7, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.pool(self.conv1(x)))  # (B, 16, 14, 14)
        x = F.relu(x + self.conv3(F.relu(self.norm2(self.conv2(x)))))  # (B, 16, 14, 14)
        x = self.pool(x)  # (B, 16, 7, 7)
        x = F.relu(self.skip1(x) + self.conv5(F.relu(self.norm4(self.conv4(x)))))  # (B, 32, 7, 7)
        logits: Tensor = self.fc1(self.dropout(x.flatten(1)))
        return logits
