"""The only part that learns: one linear layer from 1,280 features to the classes. Several at once.

Softmax regression from zeros, AdamW (Loshchilov and Hutter 2019), every picture in every step. As all
heads read the same features, those of five folds or of twenty splits are one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

STEPS, LR, DECAY = 150, 0.01, 0.01


@dataclass(frozen=True)
class Heads:
    """H heads of C classes: `weight` (H, C, 1280), `bias` (H, C)."""

    weight: Tensor
    bias: Tensor

    def logits(self, features: Tensor) -> Tensor:
        """(N, 1280) -> (H, N, C)."""
        return torch.einsum("nf,hcf->hnc", features, self.weight) + self.bias[:, None]


def train_heads(features: Tensor, labels: Tensor, classes: int, learns: Tensor, steps: int = STEPS) -> Heads:
    """`features` (N, 1280); `labels` (N,) int64; `learns` (H, N) bool: which pictures each head learns from.

    The gradient of the mean cross-entropy is written out: (shares - one-hot labels) times features.
    """
    count, width = features.shape
    heads = len(learns)
    weight, bias = torch.zeros(width, heads * classes), torch.zeros(heads * classes)
    each = (learns / learns.sum(1, keepdim=True)).T[:, :, None]  # (N, H, 1)
    right = F.one_hot(labels, classes)[:, None].float()  # (N, 1, C)
    optimizer = torch.optim.AdamW([weight, bias], lr=LR, weight_decay=DECAY)
    turned = features.T.contiguous()
    with torch.no_grad():
        for _ in range(steps):
            shares = (features @ weight + bias).view(count, heads, classes).softmax(2)
            error = ((shares - right) * each).view(count, heads * classes)
            weight.grad, bias.grad = turned @ error, error.sum(0)
            optimizer.step()
    return Heads(weight.T.reshape(heads, classes, width).contiguous(), bias.view(heads, classes))
