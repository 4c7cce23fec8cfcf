"""The board of autograd. It asks ui/tracing.py for graphs, and tells its page where the leaves were left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from dlcore.tensors.config import FARTHEST
from dlcore.tensors.graph import MOST_TIMES
from ui.components.parts import part

MOST_TURNS = 1_000_000
TURN = "turn"  # of what the page has heard; the board ignores an answer to an earlier one

_board = st.components.v2.component(
    "autograd",
    html=part("autograd/autograd.html"),
    css=part("autograd/autograd.css"),
    js=part("ask.js") + part("autograd/picture.js") + part("autograd/autograd.js"),
)


def show_autograd(
    key: str,
    expression: str,
    values: Mapping[str, float],
    graph: Mapping[str, Any],
    on_leaves: Callable[[Any], None],
    *,
    asks: str,
) -> None:
    """`graph` is what `asks` would answer; the board opens on it. `on_leaves` gets what a client sends. A
    component's key may not contain "__".
    """
    heard = f"{key}-{TURN}"

    def left() -> None:
        said = st.session_state[key].get("leaves")
        turn = said.get(TURN) if isinstance(said, Mapping) else None
        if type(turn) is int and 0 < turn < MOST_TURNS:
            st.session_state[heard] = turn
            said = said.get("values")
        on_leaves(said)

    data = {
        "expression": expression,
        "values": dict(values),
        "graph": dict(graph),
        "asks": asks,
        "farthest": FARTHEST,
        "most": MOST_TIMES,
        TURN: st.session_state.get(heard, 0),
    }
    _board(key=key, data=data, on_leaves_change=left)
