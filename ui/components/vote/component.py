"""What the network sees and the ten bars of its vote; while the pen is down, the bars follow it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dlcore import words
from dlcore.figures.bars import vote_words
from dlcore.serving.predictor import Prediction
from ui.components.parts import part
from ui.pace import SHORTEST

INK_SIDE = 70  # what the pen's unfinished stroke is sent as: INK_SIDE × INK_SIDE grey levels

_vote = st.components.v2.component(
    "vote", html=part("vote/vote.html"), css=part("vote/vote.css"), js=part("vote/vote.js")
)


def show_vote(
    key: str,
    pixels: NDArray[np.uint8] | None,
    prediction: Prediction | None,
    *,
    note: str,
    detail: str = "",
    canvas: str = "",
    every: float = SHORTEST,
    on_ink: Callable[[NDArray[np.uint8]], None] | None = None,
) -> None:
    """`pixels`: the (28, 28) uint8 image that was read; with none, ten empty bars. `detail` is
    left out where there is little room beside the `note`.

    `canvas` is the key of the container with a drawing canvas: while somebody draws there, `on_ink` gets
    the ink so far, (INK_SIDE, INK_SIDE) uint8, at most once in `every` seconds.
    """

    def moved() -> None:
        ink = decode_ink(st.session_state[key].get("ink"))
        if on_ink is not None and ink is not None:
            on_ink(ink)

    data: dict[str, Any] = {
        "note": note,
        "detail": detail,
        "canvas": canvas,
        "side": INK_SIDE,
        "every": 1000 * every,
        "bars": [],
    }
    if pixels is not None and prediction is not None:
        data |= {
            "image": base64.b64encode(pixels.tobytes()).decode(),
            "digit": prediction.digit,
            "bars": [[round(share, 4), _label(share)] for share in prediction.probabilities],
            "words": vote_words(prediction.probabilities),
        }
    _vote(key=key, data=data, on_ink_change=moved)


def _label(share: float) -> str:
    return words.percent(share) if share >= 0.0005 else ""


def decode_ink(said: object) -> NDArray[np.uint8] | None:
    """The grey levels that the browser sent in base64; None if they are anything else."""
    if not isinstance(said, str) or len(said) != -(-INK_SIDE * INK_SIDE // 3) * 4:
        return None
    try:
        return np.frombuffer(base64.b64decode(said, validate=True), np.uint8).reshape(INK_SIDE, INK_SIDE)
    except ValueError:  # no base64, or another length
        return None
