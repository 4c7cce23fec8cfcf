"""A picture becomes 28×28 grey levels as it is: nothing is cut off, sought or centred."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlcore.vision.pictures import read_picture

SIDE = 28


def grey_square(data: bytes) -> NDArray[np.uint8]:
    """(28, 28) of a picture's file: what makes it a square has the colour of its border.

    Raises UploadError if it is no picture that can be read.
    """
    grey = read_picture(data).convert("L")
    side = max(grey.size)
    square = Image.new("L", (side, side), int(np.median(borders(np.asarray(grey)[None]))))
    square.paste(grey, ((side - grey.width) // 2, (side - grey.height) // 2))
    return np.asarray(square.resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def borders(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(N, H, W) -> the outermost pixels of all images, (N, 2H + 2W)."""
    return np.concatenate([pixels[:, 0], pixels[:, -1], pixels[:, :, 0], pixels[:, :, -1]], axis=1)
