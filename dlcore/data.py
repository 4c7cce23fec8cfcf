"""What training takes: images and their labels, sorted by what they are for, and how a network reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True)
class Samples:
    """N images, or whatever else is to be told apart, as they are kept, and the class of each."""

    images: Tensor  # (N, …)
    labels: Tensor  # (N,) int64

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, which: slice | Tensor) -> Samples:
        """Some of them: a slice, or indices (K,)."""
        return Samples(self.images[which], self.labels[which])

    def __repr__(self) -> str:
        shape, kind = "×".join(map(str, self.images.shape[1:])), str(self.images.dtype).removeprefix("torch.")
        return f"Samples({len(self):,} of {shape} {kind})"

    def to(self, device: torch.device) -> Samples:
        """The same samples on a device; the same tensors if they are there."""
        return Samples(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Splits:
    """Samples to learn from, to choose by, and to ask once at the end. `val` may be empty."""

    train: Samples
    val: Samples
    test: Samples


class Prepare(Protocol):
    """From images (B, …) as they are kept to what a network reads, on the same device."""

    def __call__(self, images: Tensor, varied_by: torch.Generator | None = None, /) -> Tensor:
        """With a generator, as in training: each image may be varied a little, by numbers drawn from it."""
