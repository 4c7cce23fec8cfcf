"""What a browser sends of an unfinished stroke: grey levels, or nothing."""

from __future__ import annotations

import numpy as np
import pytest

from ui import limits
from ui.components.vote.component import INK_SIDE, decode_ink

COUNT = INK_SIDE * INK_SIDE


def test_grey_levels_arrive_as_they_were() -> None:
    grey = (np.arange(COUNT) % 256).astype(np.uint8).reshape(INK_SIDE, INK_SIDE)
    arrived = decode_ink(grey.tobytes())
    assert arrived is not None
    assert (arrived == grey).all()


@pytest.mark.parametrize("count", [0, 1, COUNT - 1, COUNT + 1])
def test_anything_else_is_no_ink(count: int) -> None:
    assert decode_ink(bytes(count)) is None


def test_the_door_lets_just_so_much_in() -> None:
    assert limits.INK_BYTES == COUNT
