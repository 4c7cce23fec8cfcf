"""Grey images of a few pixels: as a picture, and as text where a picture cannot stand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

FRAME = 150  # a grey that is seen on white and on black
SHADES = "█▓▒░"  # from black to white


def framed_image(image: NDArray[np.float32], side: int) -> Image.Image:
    """(H, W) grey levels from 0 black to 1 white, enlarged without smoothing, in a thin frame."""
    pixels = (np.clip(image, 0, 1) * 255).round().astype(np.uint8)
    large = Image.fromarray(pixels).resize((side - 2, side - 2), Image.Resampling.NEAREST)
    return ImageOps.expand(large, border=1, fill=FRAME)


def patch_text(image: NDArray[np.float32]) -> str:
    """(H, W) grey levels as lines of block characters, two to a pixel so that pixels are square."""
    levels = np.clip((image * len(SHADES)).astype(int), 0, len(SHADES) - 1)
    return "<br>".join("".join(2 * SHADES[level] for level in row) for row in levels)
