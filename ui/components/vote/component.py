"""What the network sees and the ten bars of its vote; while the pen is down, the bars follow it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dlcore import words
from dlcore.datasets.catalogue import DIGITS
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
    asks: str = "",
    turn: tuple[int, int] = (0, 0),
    unlike: tuple[str, str] | None = None,
    names: Sequence[str] = DIGITS,
) -> None:
    """`pixels`: the (28, 28) uint8 image that was read; with none, ten empty bars. `detail` is
    left out where there is little room beside the `note`.

    `canvas` is the key of the container with a drawing canvas: while somebody draws there, the bars follow
    what `asks`, an address of ui/live_vote.py, answers. With another `turn` the browser shows what stands
    here again, also where nothing else has changed since it drew such an answer. `unlike` says how unlike a
    digit the image is, and what that means, for whoever opens it; while somebody draws it is not seen.
    `names` are the network's ten classes.
    """
    data: dict[str, Any] = {
        "note": note,
        "detail": detail,
        "canvas": canvas,
        "asks": asks,
        "turn": turn,
        "unlike": unlike,
        "side": INK_SIDE,
        "every": 1000 * SHORTEST,
        "bars": [],
        "names": list(names),
    }
    if pixels is not None and prediction is not None:
        data |= bars_of(pixels, prediction, names)
    _vote(key=key, data=data)


def bars_of(
    pixels: NDArray[np.uint8], prediction: Prediction, names: Sequence[str] = DIGITS
) -> dict[str, Any]:
    """What the browser draws of a vote on this (28, 28) image."""
    return {
        "image": base64.b64encode(pixels.tobytes()).decode(),
        "digit": prediction.digit,
        "bars": [[round(share, 4), _label(share)] for share in prediction.probabilities],
        "words": vote_words(prediction.probabilities, names),
    }


def _label(share: float) -> str:
    return words.vote_percent(share, brief=True) if share >= 0.0005 else ""


def decode_ink(said: bytes) -> NDArray[np.uint8] | None:
    """The (INK_SIDE, INK_SIDE) grey levels that the browser sent; None if it sent anything else."""
    if len(said) != INK_SIDE * INK_SIDE:
        return None
    return np.frombuffer(said, np.uint8).reshape(INK_SIDE, INK_SIDE)
