"""What becomes of a digit before the network reads it."""

from __future__ import annotations

import torch
from torch import Tensor

from dlcore.data import Prepare
from dlcore.mnist.augment import PARTS, augment
from dlcore.mnist.normalize import NORMALIZE
from dlcore.training.config import TrainConfig


def preparation(config: TrainConfig) -> Prepare:
    """Normalised as the config says; if it augments, moved a little in training."""
    normalize = NORMALIZE[config.normalize]
    if not config.augment:
        return normalize
    parts = PARTS[config.augment_by]

    def prepare(images: Tensor, varied_by: torch.Generator | None = None, /) -> Tensor:
        return normalize(images if varied_by is None else augment(images, varied_by, parts))

    return prepare
