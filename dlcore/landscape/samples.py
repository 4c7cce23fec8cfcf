"""On which digits a surface is measured: the same ones at every point, so that noise cancels between them."""

from __future__ import annotations

import torch
from torch import Tensor

from dlcore.mnist.files import load_test, load_train
from dlcore.mnist.normalize import Normalize


def pick_samples(split: str, count: int, normalize: Normalize, *, seed: int) -> tuple[Tensor, Tensor]:
    """`count` digits of "train" or "test": images (N, 1, 28, 28) float32, normalised, and labels (N,)."""
    digits = load_train() if split == "train" else load_test()
    chosen = torch.randperm(len(digits), generator=torch.Generator().manual_seed(seed))[:count]
    return normalize(digits.images[chosen]), digits.labels[chosen]
