"""The pictures of data and batches: their numbers are those that were counted and measured."""

from __future__ import annotations

import numpy as np
import pytest

from dlcore.batches.loading import TENSORS, Loading, Way
from dlcore.batches.statistics import Statistics
from dlcore.figures.batches import (
    COLUMNS,
    classes_chart,
    grey_chart,
    grid_image,
    stages_chart,
    wall_sheet,
    ways_chart,
)

SEEN = Statistics(tuple(range(10, 20)), (200, *[0] * 254, 56))


def test_a_wall_has_a_cell_for_each_digit_and_frames_the_chosen_one() -> None:
    pixels = np.arange(14 * 28 * 28, dtype=np.uint8).reshape(14, 28, 28)
    grid = np.asarray(grid_image(pixels, 4)).reshape(4, 30, 4, 30).swapaxes(1, 2)
    assert (grid[3, 1, 1:-1, 1:-1] == pixels[13]).all()
    assert (grid[3, 2, 1:-1, 1:-1] == 0).all()
    assert {*grid[:, :, [0, -1]].flat, *grid[:, :, :, [0, -1]].flat} == {64}
    sheet = wall_sheet(pixels, 13, "note")
    assert (sheet.rows, sheet.columns, sheet.count) == (2, COLUMNS, 14)
    assert (sheet.boxes[0].row, sheet.boxes[0].column) == (1, 1)
    assert wall_sheet(pixels[:0], None, "none").rows == 1


def test_charts_hold_what_was_counted() -> None:
    classes = classes_chart(SEEN, "light")
    assert classes.columns["images"] == list(range(10, 20))
    assert [digit for digit, end in enumerate(classes.columns["end"]) if end] == [0, 9]
    grey = grey_chart(SEEN, 0.5, 0.5, "dark")
    assert grey.columns["share"][0] == pytest.approx(100 * 200 / 256)
    assert grey.columns["value"][0] == -1.0, "all of the darkest stretch are exactly 0"
    assert max(grey.columns["value"]) <= 1.0


def test_parts_of_the_loader_add_up_to_it() -> None:
    ways = (Way(TENSORS, (0.5,), 0.1), Way("DataLoader, 0 workers", (10.0,), 0.1))
    seen = Loading(ways, (("transform it", 6.0), ("stack the batch", 1.0)), 30.0, 320, 2, 0.0)
    assert ways_chart(seen, "light").columns["end"][-1] == 30.0
    assert "all the rest 3.0 µs" in stages_chart(seen, "light").alt
