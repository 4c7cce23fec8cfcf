"""A small image to paint, pixel by pixel: with the mouse, a finger, or arrow keys and space."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui.components.parts import part

_pad = st.components.v2.component(
    "pixel_pad",
    html='<div class="pad" role="grid" tabindex="0"></div>',
    css=part("pixel_pad/pixel_pad.css"),
    js=part("pixel_pad/pixel_pad.js"),
)


def pixel_pad(key: str, size: int, black: list[bool], *, version: str, label: str) -> list[bool]:
    """The painting: True where a pixel is black, row by row. `black` is shown whenever `version` changes."""
    data = {"size": size, "black": black, "version": version, "label": label}
    result: Any = _pad(key=key, data=data, on_black_change=lambda: None)
    said = result.get("black")
    cells = said.get("cells") if isinstance(said, dict) and said.get("version") == version else None
    if isinstance(cells, list) and len(cells) == size * size:
        return [cell is True for cell in cells]
    return black
