"""Small pictures: digits as people see them, and the maps a layer makes of them."""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlcore.figures.palette import PALETTES, Theme

FINE = 12  # pixels a tile has at least before the browser enlarges it
EDGE, ZERO = 0, 128  # places in the list of colours

Maps = NDArray[np.float32] | NDArray[np.float64]


def digit_image(pixels: NDArray[np.uint8], side: int) -> Image.Image:
    """(28, 28) uint8, 0 = paper -> white ink on black, enlarged without smoothing."""
    return Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)


def data_uri(image: Image.Image) -> str:
    """The picture as a PNG that stands inside the page itself."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def maps_image(
    maps: Maps, theme: Theme, *, columns: int, scale: int = 3, limit: float | None = None
) -> Image.Image:
    """(C, H, W) signed maps -> one picture: violet below 0, the page's background at 0, green above.

    `limit` has the full colour: the largest number, if none is named.
    """
    gap = 2 * scale
    grid = _grid(_shades(maps, limit), columns, scale, gap)
    return _coloured(grid[gap:, :-gap], theme).convert("RGB")


def tiles_image(maps: Maps, theme: Theme, *, columns: int, limit: float | None = None) -> Image.Image:
    """(N, h, w) signed maps -> equal cells: a click finds the right one. `limit` has the full colour."""
    if len(maps) == 1:  # nothing to part it from
        return _coloured(_shades(maps[0], limit), theme)
    scale = max(1, -(-FINE // max(maps.shape[1:])))
    return _coloured(_grid(_shades(maps, limit), columns, scale, gap=1), theme)


def tiled(cells: NDArray[np.uint8], columns: int, empty: int = 0) -> NDArray[np.uint8]:
    """(N, h, w) -> one picture in rows of `columns`; where the last row lacks a cell it is `empty`."""
    count, high, wide = cells.shape
    rows = max(1, -(-count // columns))
    whole = np.full((rows * columns, high, wide), empty, np.uint8)
    whole[:count] = cells
    return whole.reshape(rows, columns, high, wide).swapaxes(1, 2).reshape(rows * high, columns * wide)


def _grid(shades: NDArray[np.uint8], columns: int, scale: int, gap: int) -> NDArray[np.uint8]:
    """(N, h, w) -> equal cells in rows of `columns`, each with an edge at its top and right."""
    count, height, width = shades.shape
    cells = np.full((count, height * scale + gap, width * scale + gap), EDGE, np.uint8)
    cells[:, gap:, :-gap] = shades.repeat(scale, 1).repeat(scale, 2)
    return tiled(cells, columns, ZERO)


def _shades(values: Maps, limit: float | None) -> NDArray[np.uint8]:
    """Signed numbers -> 1..255, 128 is 0. A byte a pixel: ten sheets are drawn at every stroke."""
    share = (values / (limit or float(np.abs(values).max()) or 1.0)).clip(-1, 1)
    shades: NDArray[np.uint8] = (ZERO + np.round(127 * share)).astype(np.uint8)
    return shades


def _coloured(shades: NDArray[np.uint8], theme: Theme) -> Image.Image:
    image = Image.fromarray(shades)
    image.putpalette(_palette(theme))
    return image


@lru_cache(maxsize=2)
def _palette(theme: Theme) -> bytes:
    scale = signed_colours(np.arange(1 - ZERO, 256 - ZERO) / 127, theme, limit=1.0)
    return np.vstack([_rgb(PALETTES[theme].grid), scale]).round().astype(np.uint8).tobytes()


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
