"""Small pictures: digits as people see them, and the maps a layer makes of them."""

from __future__ import annotations

import base64
import io
from typing import Any

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
    tiles = signed_colours(maps, theme)  # (C, H, W, 3)
    count, height, width, _ = tiles.shape
    rows, gap = -(-count // columns), 2
    sheet = np.full(
        (rows * (height + gap) - gap, columns * (width + gap) - gap, 3), _rgb(PALETTES[theme].grid)
    )
    for index, tile in enumerate(tiles):
        top, left = (index // columns) * (height + gap), (index % columns) * (width + gap)
        sheet[top : top + height, left : left + width] = tile
    image = Image.fromarray(sheet.round().astype(np.uint8))
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)


def signed_colours(
    values: NDArray[np.floating[Any]], theme: Theme, limit: float | None = None
) -> NDArray[np.float64]:
    """Numbers of any shape -> their colours, (..., 3) in 0..255; `limit` has the full colour."""
    colours = PALETTES[theme]
    share = (values / (limit or float(np.abs(values).max()) or 1.0)).clip(-1, 1)
    weight = (np.sign(share) * np.sqrt(np.abs(share)))[..., None]  # faint ones lifted
    zero, positive, negative = (_rgb(c) for c in (colours.background, colours.positive, colours.negative))
    coloured: NDArray[np.float64] = zero + np.abs(weight) * (np.where(weight > 0, positive, negative) - zero)
    return coloured


def _rgb(colour: str) -> NDArray[np.float64]:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float64)
