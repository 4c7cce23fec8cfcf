"""Grids of values. A click on a cell of a grid that is `live` calls back with its number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

import streamlit as st

from dlcore.figures.cells import Grid
from ui.components.parts import part

_cells = st.components.v2.component(
    "cells", html='<div class="grids"></div>', css=part("cells/cells.css"), js=part("cells/cells.js")
)


def show_cells(grids: Sequence[Grid], key: str, on_pick: Callable[[int], None] | None = None) -> None:
    """A component's key may not contain "__"."""
    live = {grid.id: grid for grid in grids if grid.live}

    def picked() -> None:
        said = st.session_state[key].get("pick")
        name, cell = (said.get("grid"), said.get("cell")) if isinstance(said, dict) else (None, None)
        grid = live.get(name) if isinstance(name, str) else None  # a client may send anything
        if on_pick is not None and grid is not None and type(cell) is int and 0 <= cell < grid.count:
            on_pick(cell)

    _cells(key=key, data={"grids": [asdict(grid) for grid in grids]}, on_pick_change=picked)
