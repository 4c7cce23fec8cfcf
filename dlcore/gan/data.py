"""Digits for the two networks: from -1 (paper) to 1 (ink), as the forger draws them."""

from __future__ import annotations

import torch
from torch import Tensor

from dlcore.data import Samples
from dlcore.mnist.files import load_train


def digits_to_learn(digit: int | None) -> Samples:
    """The training digits, all or those of one class, uint8."""
    digits = load_train()
    return digits if digit is None else digits[(digits.labels == digit).nonzero().squeeze(1)]


def as_drawn(images: Tensor) -> Tensor:
    """Grey levels uint8 -> float32 from -1 to 1."""
    return images.float() / 127.5 - 1


def as_pixels(drawings: Tensor) -> Tensor:
    """From -1 to 1 -> grey levels uint8: 0 is paper, 255 is ink."""
    return ((drawings + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
