"""Pictures made of cells that can be clicked: maps on a wall, pixels of a map. Arrow keys move too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from dlcore.figures.maps import Sheet
from ui.components.parts import part

_sheets = st.components.v2.component(
    "sheets", html='<div class="wall"></div>', css=part("sheets/sheets.css"), js=part("sheets/sheets.js")
)


def show_sheets(
    rows: Sequence[Sequence[Sheet]],
    key: str,
    on_pick: Callable[[str, int], None] | None = None,
    *,
    leads_to: str = "",
    toggles: bool = False,
) -> None:
    """Rows of sheets. A click calls back with the sheet's id and the cell's number; a component's key may
    not contain "__".

    What a click changes stands in the container keyed `leads_to`: it comes into sight if it is not. With
    `toggles` each cell is chosen or not: arrow keys only say which is meant, Enter or Space chooses.
    """
    known = {sheet.id: sheet for row in rows for sheet in row}

    def picked() -> None:
        said = st.session_state[key].get("pick")
        name, cell = (said.get("sheet"), said.get("cell")) if isinstance(said, dict) else (None, None)
        sheet = known.get(name) if isinstance(name, str) else None  # a client may send anything
        if on_pick is not None and sheet is not None and type(cell) is int and 0 <= cell < sheet.count:
            on_pick(sheet.id, cell)

    plain = [[_plain(sheet) for sheet in row] for row in rows]
    data: dict[str, Any] = {"rows": plain, "leads_to": leads_to, "toggles": toggles}
    _sheets(key=key, data=data, on_pick_change=picked)


def _plain(sheet: Sheet) -> dict[str, Any]:
    """`anchor` is the cell that the arrow keys begin at; -1 if none is framed."""
    box = sheet.boxes[0] if sheet.boxes else None
    middle = -1
    if box is not None:
        middle = (box.row + box.height // 2) * sheet.columns + box.column + box.width // 2
    return {**asdict(sheet), "anchor": middle}
