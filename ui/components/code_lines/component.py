"""A script whose lines can be clicked; the arrow keys go from line to line, Enter chooses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

import streamlit as st

from dlcore.figures.code_lines import CodeLine
from ui.components.parts import part

_code = st.components.v2.component(
    "code_lines",
    html='<div class="code"></div>',
    css=part("code_lines/code_lines.css"),
    js=part("code_lines/code_lines.js"),
)


def show_code_lines(
    lines: Sequence[CodeLine], key: str, on_pick: Callable[[int], None] | None = None
) -> None:
    """A click calls back with the line's number; without `on_pick` it only shows. A component's key may not
    contain "__".
    """

    def picked() -> None:
        number = st.session_state[key].get("pick")
        if on_pick is not None and type(number) is int and 1 <= number <= len(lines):
            on_pick(number)  # a client may send anything

    data = {"lines": [asdict(line) for line in lines], "live": on_pick is not None}
    _code(key=key, data=data, on_pick_change=picked)
