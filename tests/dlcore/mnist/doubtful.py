"""Pictures that are not one upright digit: two digits, a digit on its side, textures."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tests.dlcore.mnist.pictures import Ink, encoded, enlarged, lit, noisy, plain, shaded, wood, written


def beside(digit: Ink, other: Ink, rng: np.random.Generator, gap: int = 0) -> bytes:
    """Two digits side by side; a negative gap lets them nearly touch."""
    side = 105
    ink = np.zeros((180, 250))
    left = 15
    top = 37 + rng.integers(-11, 12)
    ink[top : top + side, left : left + side] = enlarged(digit, side)
    left += side + gap
    top = 37 + rng.integers(-11, 12)
    ink[top : top + side, left : left + side] = np.maximum(
        ink[top : top + side, left : left + side], enlarged(other, side)
    )
    return encoded(noisy(written(lit(180, 250, rng), ink), rng), "JPEG", quality=88)


def beside_in_shade(digit: Ink, other: Ink, rng: np.random.Generator, slope: float, pen: float) -> bytes:
    """Two digits on paper that darkens strongly to one side; `pen`: the light that the ink gives back."""
    ink = np.zeros((180, 250))
    for left, one in ((15, digit), (130, other)):
        top = 37 + rng.integers(-11, 12)
        ink[top : top + 105, left : left + 105] = enlarged(one, 105)
    paper = shaded(180, 250, slope)
    return encoded(noisy(written(paper, ink, pen * paper / 215), rng), "JPEG", quality=88)


def turned(digit: Ink, quarters: int, rng: np.random.Generator) -> bytes:
    return plain(np.ascontiguousarray(np.rot90(digit, quarters)), rng)


def texture(kind: str, rng: np.random.Generator) -> bytes:
    """A picture with no digit on it."""
    high, wide = 230, 200
    match kind:
        case "paper":
            coarse = np.asarray(
                Image.fromarray(rng.normal(0, 1, (58, 50)).astype(np.float32)).resize((wide, high), 3)
            )
            grey = lit(high, wide, rng, rng.uniform(150, 230)) + 3 * coarse
        case "crumpled":
            coarse = rng.normal(0, 1, (10, 9)).astype(np.float32)
            grey = 200 + 18 * np.asarray(Image.fromarray(coarse).resize((wide, high), 3))
        case "wood":
            grey = wood(high, wide, rng, rng.uniform(80, 180))
            grey = grey if rng.random() < 0.5 else np.ascontiguousarray(wood(wide, high, rng).T)
        case "shadow":
            y, x = np.mgrid[-1 : 1 : high * 1j, -1 : 1 : wide * 1j]
            a, b, c = rng.normal(0, 1, 3)
            soft = rng.uniform(0.02, 0.3)
            away = (a * x + b * y) / np.hypot(a, b) - 0.3 * c
            grey = 210 - 70 / (1 + np.exp(-away / soft))
        case "round shadow":
            y, x = np.mgrid[-1 : 1 : high * 1j, -1 : 1 : wide * 1j]
            cx, cy = rng.uniform(-0.7, 0.7, 2)
            radius, soft = rng.uniform(0.3, 0.9), rng.uniform(0.02, 0.3)
            away = np.hypot(x - cx, (y - cy) * rng.uniform(0.6, 1.6)) - radius
            grey = 210 - 80 / (1 + np.exp(away / soft))
        case "noise":
            grey = rng.uniform(60, 200) + rng.normal(0, rng.uniform(5, 50), (high, wide))
        case "coarse noise":
            small = rng.normal(0, 1, (int(rng.integers(15, 80)),) * 2).astype(np.float32)
            grey = 128 + 40 * np.asarray(Image.fromarray(small).resize((wide, high), 3))
        case "blank":
            grey = np.full((high, wide), float(rng.integers(0, 256)))
        case "lined":
            grey = 225 - 50.0 * ((np.mgrid[0:high, 0:wide][0] + rng.integers(0, 26)) % 26 < 2)
        case _:  # "squared"
            y, x = np.mgrid[0:high, 0:wide]
            grey = 225 - 50.0 * ((y % 18 < 2) | (x % 18 < 2))
    return encoded(noisy(grey, rng, 2), "JPEG", quality=88)


TEXTURES = (
    "paper",
    "crumpled",
    "wood",
    "shadow",
    "round shadow",
    "noise",
    "coarse noise",
    "blank",
    "lined",
    "squared",
)
