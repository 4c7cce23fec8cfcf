"""The board of autograd. It asks ui/tracing.py for graphs, and tells its page where the leaves were left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from dlcore.tensors.config import FARTHEST
from dlcore.tensors.graph import MOST_TIMES
from ui.components.parts import part

_board = st.components.v2.component(
    "autograd",
    html=part("autograd/autograd.html"),
    css=part("autograd/autograd.css"),
    js=part("autograd/picture.js") + part("autograd/autograd.js"),
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
    """`graph` is what `asks` would answer; the board opens on it. `on_leaves` gets what a client sends."""

    def left() -> None:
        on_leaves(st.session_state[key].get("leaves"))

    data = {
        "expression": expression,
        "values": dict(values),
        "graph": dict(graph),
        "asks": asks,
        "farthest": FARTHEST,
        "most": MOST_TIMES,
    }
    _board(key=key, data=data, on_leaves_change=left)
