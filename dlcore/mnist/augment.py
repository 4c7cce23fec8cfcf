"""Each digit a little moved, turned and resized, anew at every epoch: more variety from the same ink."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

MAX_SHIFT = 2.0 / 14  # two pixels; grid_sample's unit is half the image, 14 pixels
MAX_ROTATION = math.radians(12.0)
MAX_SCALE = 0.12

AugmentBy = Literal["all", "shift", "turn", "resize"]
PARTS: Mapping[AugmentBy, tuple[float, ...]] = {  # of the turn, the size, the shift right and down
    "all": (1.0, 1.0, 1.0, 1.0),
    "shift": (0.0, 0.0, 1.0, 1.0),
    "turn": (1.0, 0.0, 0.0, 0.0),
    "resize": (0.0, 1.0, 0.0, 0.0),
}
ALL = PARTS["all"]


def augment(images: Tensor, generator: torch.Generator, parts: tuple[float, ...] = ALL) -> Tensor:
    """Shift up to 2 pixels, rotate up to 12 degrees, scale by up to 12 %, each drawn evenly.

    images: uint8 (B, 1, 28, 28), any device; returns the same type and shape. Random numbers are drawn on
    the CPU from `generator`, so a run repeats exactly whatever its device. Whatever the `parts`, as many
    are drawn.
    """
    draws = torch.rand(4, len(images), generator=generator).mul_(2).sub_(1)  # (4, B) in -1..1
    draws *= torch.tensor(parts)[:, None]
    angle = draws[0] * MAX_ROTATION
    size = 1 / (1 + draws[1] * MAX_SCALE)  # where to read from: the inverse of the scaling
    cos, sin = angle.cos() * size, angle.sin() * size
    rows = [cos, -sin, draws[2] * MAX_SHIFT, sin, cos, draws[3] * MAX_SHIFT]
    theta = torch.stack(rows, dim=1).reshape(-1, 2, 3).to(images.device)  # (B, 2, 3)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)  # (B, 28, 28, 2)
    moved = F.grid_sample(images.float(), grid, mode="bilinear", align_corners=False)
    return moved.round_().to(torch.uint8)
