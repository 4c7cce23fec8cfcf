"""Small pictures side by side."""

from __future__ import annotations

import numpy as np

from dlcore.figures.digits import tiled


def test_tiles_lie_row_by_row_and_the_last_row_is_filled() -> None:
    cells = np.arange(3 * 2 * 2, dtype=np.uint8).reshape(3, 2, 2)
    assert tiled(cells, 2, empty=9).tolist() == [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 9, 9], [10, 11, 9, 9]]
    assert tiled(cells[:0], 2).tolist() == [[0, 0, 0, 0]] * 2
