"""What the forger draws and what the detective says, as pictures and charts."""

from __future__ import annotations

from collections.abc import Collection

from PIL import Image

from dlcore.figures.digits import data_uri, tiled
from dlcore.figures.maps import Box, Sheet
from dlcore.gan.drawing import Pixels
from dlcore.gan.quiz import Quiz


def wall_picture(pixels: Pixels, columns: int, scale: int = 2) -> Image.Image:
    """(N, 28, 28) -> white ink on black, side by side, enlarged without smoothing."""
    sheet = Image.fromarray(tiled(pixels, columns))
    size = (sheet.width * scale, sheet.height * scale)
    return sheet.resize(size, Image.Resampling.NEAREST)


def quiz_sheet(quiz: Quiz, held_for_fakes: Collection[int]) -> Sheet:
    """The ten pictures, five in a row; those held for fakes are framed."""
    columns = 5
    boxes = tuple(Box(*divmod(place, columns)) for place in sorted(held_for_fakes))
    return Sheet(
        id="quiz",
        title="",
        note="",
        uri=data_uri(wall_picture(quiz.pixels, columns, scale=3)),
        rows=2,
        columns=columns,
        count=len(quiz.pixels),
        alt=f"Ten digits, {len(held_for_fakes)} of them marked as fakes",
        width=560,
        boxes=boxes,
    )


def wall_sheet(pixels: Pixels, name: str, columns: int, alt: str, *, chosen: int | None = None) -> Sheet:
    """Drawings side by side; the chosen one is framed."""
    return Sheet(
        id=name,
        title="",
        note="",
        uri=data_uri(wall_picture(pixels, columns)),
        rows=-(-len(pixels) // columns),
        columns=columns,
        count=len(pixels),
        alt=alt,
        width=columns * 68,
        boxes=() if chosen is None else (Box(*divmod(chosen, columns)),),
    )
