"""A hand on one sheet: a column for each digit, a drawing in each cell; what is misread has a red frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlcore.figures.digits import data_uri
from dlcore.figures.maps import Box, Sheet
from dlcore.figures.palette import PALETTES, Theme
from dlcore.hand.drawings import ASIDE, Drawing
from dlcore.mnist.canvas import FIELD

DIGITS = 10
FRAME = 6  # pixels around each drawing
COVERED = 3  # of them the outer ones, which the frame of the picked drawing covers
CELL = FIELD + 2 * FRAME
WIDTH = 400  # pixels on screen


def places(hand: Sequence[Drawing]) -> list[int]:
    """The cell of each drawing: its digit's column, from top to bottom in the order in which it came."""
    seen: Counter[int] = Counter()
    cells = []
    for drawing in hand:
        cells.append(DIGITS * seen[drawing.label] + drawing.label)
        seen[drawing.label] += 1
    return cells


def hand_sheet(
    name: str,
    hand: Sequence[Drawing],
    right: NDArray[np.bool_],
    theme: Theme,
    *,
    title: str,
    note: str,
    picked: int | None = None,
) -> Sheet:
    """All drawings; `right` (N,) says which are read as they were meant, `picked` which one is framed."""
    cells = places(hand)
    rows = max(ASIDE, 1 + max(cells, default=0) // DIGITS)
    box = (Box(*divmod(cells[picked], DIGITS)),) if picked is not None else ()
    return Sheet(
        id=name,
        title=title,
        note=note,
        uri=data_uri(_picture(hand, cells, right, rows, theme)),
        rows=rows,
        columns=DIGITS,
        count=rows * DIGITS,
        alt=f"{len(hand)} drawings, {int(right.sum())} of them read right: {title} {note}",
        width=WIDTH,
        boxes=box,
    )


def _picture(
    hand: Sequence[Drawing], cells: Sequence[int], right: NDArray[np.bool_], rows: int, theme: Theme
) -> Image.Image:
    """Empty cells have the grid's colour, a drawing the frame of what became of it."""
    colours = PALETTES[theme]
    field = np.empty((rows, CELL, DIGITS, CELL, 3), np.uint8)
    field[:] = _rgb(colours.background)
    field[:, 1:-1, :, 1:-1] = _rgb(colours.grid)
    for drawing, cell, good in zip(hand, cells, right, strict=True):
        row, column = divmod(cell, DIGITS)
        if not good:
            field[row, COVERED:-COVERED, column, COVERED:-COVERED] = _rgb(colours.wrong)
        field[row, FRAME:-FRAME, column, FRAME:-FRAME] = drawing.pixels[..., np.newaxis]
    return Image.fromarray(field.reshape(rows * CELL, DIGITS * CELL, 3))


def _rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
