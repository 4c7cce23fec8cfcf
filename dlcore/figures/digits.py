"""Small pictures: digits as people see them, and the maps a layer makes of them."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlcore.figures.palette import PALETTES, Theme


def digit_image(pixels: NDArray[np.uint8], side: int) -> Image.Image:
    """(28, 28) uint8, 0 = paper -> white ink on black, enlarged without smoothing."""
    return Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)


def data_uri(image: Image.Image) -> str:
    """The picture as a PNG that stands inside the page itself."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def maps_image(maps: NDArray[np.float32], theme: Theme, *, columns: int, scale: int = 3) -> Image.Image:
    """(C, H, W) signed maps -> one picture: violet below 0, the page's background at 0, green above."""
    colours = PALETTES[theme]
    limit = float(np.abs(maps).max()) or 1.0
    share = maps / limit
    weight = (np.sign(share) * np.sqrt(np.abs(share)))[..., None]  # (C, H, W, 1) in -1..1, faint ones lifted
    zero, positive, negative = (_rgb(c) for c in (colours.background, colours.positive, colours.negative))
    towards = np.where(weight > 0, positive, negative)
    tiles = zero + np.abs(weight) * (towards - zero)  # (C, H, W, 3)
    count, height, width, _ = tiles.shape
    rows, gap = -(-count // columns), 2
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), _rgb(colours.grid))
    for index, tile in enumerate(tiles):
        top, left = (index // columns) * (height + gap), (index % columns) * (width + gap)
        sheet[top : top + height, left : left + width] = tile
    image = Image.fromarray(sheet.round().astype(np.uint8))
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)


def _rgb(colour: str) -> NDArray[np.float64]:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float64)
