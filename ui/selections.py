"""What was selected in a chart or table. A client may send anything: only what can be used is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st


def picked_number(key: str, group: str, name: str) -> int | None:
    """The whole number `name` that the first selected mark carries; None if nothing usable is selected.

    `group` is the chart's own name for its selection: "points" in a plotly figure.
    """
    marks = _selected(key, group)
    said = marks[0].get(name) if marks and isinstance(marks[0], Mapping) else None
    try:
        return int(said)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None


def picked_rows(key: str, count: int) -> list[int]:
    """The selected rows of a table that has so many."""
    return [row for row in _selected(key, "rows") if type(row) is int and 0 <= row < count]


def _selected(key: str, group: str) -> Sequence[Any]:
    said = st.session_state.get(key)
    selection = said.get("selection") if isinstance(said, Mapping) else None
    marks = selection.get(group) if isinstance(selection, Mapping) else None
    return marks if isinstance(marks, list) else []
