"""What a network's answers are worth."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Judged(NamedTuple):
    """Mean cross entropy in nats, and the share of samples that are right, 0..1."""

    loss: float
    accuracy: float


@torch.inference_mode()
def judged(logits: Tensor, labels: Tensor) -> Judged:
    """(N, 10) logits and (N,) labels. A loss that is not finite stays what it is."""
    right = (logits.argmax(1) == labels).sum().item() / len(labels)
    return Judged(F.cross_entropy(logits, labels).item(), right)
