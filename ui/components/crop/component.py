"""A square on a picture, moved by mouse, finger or arrow keys. The page hears where it lies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeGuard

import streamlit as st

from dlcore.figures.vision import CropSquare
from ui.components.parts import part

MOST_TURNS = 1_000_000
TURN = "turn"  # of what the page has heard; the square ignores an answer to an earlier one

_crop = st.components.v2.component(
    "crop",
    html='<div class="crop"><div class="picture"><img alt=""><div class="square"></div></div><p></p></div>',
    css=part("crop/crop.css"),
    js=part("crop/crop.js"),
)


def show_crop(square: CropSquare, key: str, on_move: Callable[[float, float], None]) -> None:
    """It calls back with how far across and down the square lies, each from 0 to 1: a client may send
    anything, but nothing else arrives. A component's key may not contain "__".
    """
    heard = f"{key}-{TURN}"

    def moved() -> None:
        said = st.session_state[key].get("move")
        if not isinstance(said, dict):
            return
        across, down, turn = (said.get(name) for name in ("across", "down", TURN))
        if _share(across) and _share(down) and type(turn) is int and 0 < turn < MOST_TURNS:
            st.session_state[heard] = turn
            on_move(round(across, 5), round(down, 5))

    data = {
        "uri": square.uri,
        "width": square.size[0],
        "height": square.size[1],
        "side": square.side,
        "left": square.corner[0],
        "top": square.corner[1],
        "label": square.label,
        TURN: st.session_state.get(heard, 0),
    }
    _crop(key=key, data=data, on_move_change=moved)


def _share(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1
