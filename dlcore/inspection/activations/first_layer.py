"""What the layers of a network make of a digit."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from dlcore.mnist.normalize import Normalize


@torch.inference_mode()
def first_layer_maps(model: nn.Module, digit: NDArray[np.uint8], normalize: Normalize) -> NDArray[np.float32]:
    """The maps (C, H, W) of the first convolution for one digit (28, 28) uint8, before pool and ReLU."""
    convolution = next(module for module in model.modules() if isinstance(module, nn.Conv2d))
    images = normalize(torch.from_numpy(digit)[None, None])  # (1, 1, 28, 28)
    return convolution(images)[0].numpy()  # type: ignore[no-any-return]
