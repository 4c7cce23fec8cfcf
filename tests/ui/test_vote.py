"""What a browser sends of an unfinished stroke: grey levels, or nothing."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from ui.components.vote.component import INK_SIDE, decode_ink

COUNT = INK_SIDE * INK_SIDE


def test_grey_levels_arrive_as_they_were() -> None:
    grey = (np.arange(COUNT) % 256).astype(np.uint8).reshape(INK_SIDE, INK_SIDE)
    arrived = decode_ink(base64.b64encode(grey.tobytes()).decode())
    assert arrived is not None
    assert (arrived == grey).all()


@pytest.mark.parametrize(
    "said",
    [
        None,
        7,
        {"ink": "AAAA"},
        "",
        "AAAA",
        base64.b64encode(bytes(COUNT - 3)).decode(),
        base64.b64encode(bytes(COUNT + 3)).decode(),
        "ä" * (4 * -(-COUNT // 3)),
        "!" * (4 * -(-COUNT // 3)),
    ],
)
def test_anything_else_is_no_ink(said: object) -> None:
    assert decode_ink(said) is None
