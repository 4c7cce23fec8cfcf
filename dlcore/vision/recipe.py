"""How one network wants a picture: its size, the square that is read, the scale of its numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Scaling:
    """A pixel's value from 0 to 255 becomes (value / unit - mean) / spread, for each of the three colours."""

    unit: float
    mean: tuple[float, ...]
    spread: tuple[float, ...]

    def apply(self, values: Pixels) -> Pixels:
        """(H, W, 3) float32."""
        mean, spread = (np.array(each, np.float32) for each in (self.mean, self.spread))
        scaled: Pixels = (values / np.float32(self.unit) - mean) / spread
        return scaled

    @property
    def code(self) -> str:
        """Its line of NumPy."""
        if self.unit == 1:
            return f"x = (x - {self.mean[0]:g}) / {self.spread[0]:g}"
        return f"x = (x / {self.unit:g} - {list(self.mean)}) / {list(self.spread)}"


MIDDLE, SPREAD = 127.0, 128.0  # Lite0 was trained on (value - 127) / 128
SIDE = 224  # pixels of the square that it reads
HALVES = Scaling(1, (MIDDLE,) * 3, (SPREAD,) * 3)
IMAGENET = Scaling(255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@dataclass(frozen=True)
class Recipe:
    """The shorter side becomes `resize` pixels, a square of `crop` is read; `interpolation` is Pillow's name.

    As torchvision does it, the longer side is cut to whole pixels; with a `gap`, as Lite0's was, it is
    rounded, and Pillow may first shrink in whole steps, its reducing_gap.
    """

    resize: int
    crop: int
    interpolation: str
    scaling: Scaling = IMAGENET
    gap: float | None = None

    def size(self, opened: tuple[int, int]) -> tuple[int, int]:
        """Width and height after resizing."""
        shorter = min(opened)
        if self.gap is None:
            wide, high = (int(self.resize * side / shorter) for side in opened)
        else:
            wide, high = (max(self.resize, round(side * self.resize / shorter)) for side in opened)
        return wide, high


LITE0 = Recipe(256, SIDE, "BICUBIC", HALVES, gap=2.0)
