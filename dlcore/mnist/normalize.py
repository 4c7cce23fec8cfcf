"""From grey levels to what the network sees. The same numbers serve training and drawing, forever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import torch
from torch import Tensor

NormalizeName = Literal["half", "mnist"]


class Normalize(NamedTuple):
    """(x / 255 - mean) / std, as ToTensor and torchvision's Normalize do it."""

    mean: float
    std: float

    def __call__(self, images: Tensor, varied_by: torch.Generator | None = None, /) -> Tensor:
        """uint8 (B, 1, 28, 28) -> float32 of the same shape, on the same device. It varies nothing."""
        scale = 1.0 / (255.0 * self.std)
        return images.to(torch.float32).mul_(scale).sub_(self.mean / self.std)


NORMALIZE: Mapping[NormalizeName, Normalize] = {
    "half": Normalize(0.5, 0.5),  # maps 0..1 to -1..1; the mean becomes -0.74, not 0
    "mnist": Normalize(0.1307, 0.3081),  # mean and deviation of the training pixels
}
