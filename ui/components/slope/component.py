"""The component itself: two curves go in, all else happens in the browser."""

from __future__ import annotations

import streamlit as st

from dlcore.figures.palette import PALETTES, Theme
from dlcore.signals.curve import Curve
from ui.components.parts import part

_slope = st.components.v2.component(
    "slope", html=part("slope/slope.html"), css=part("slope/slope.css"), js=part("slope/slope.js")
)


def show_slope(key: str, name: str, curve: Curve, layers: int, theme: Theme) -> None:
    """The function called `name`; `layers`: how often a gradient is multiplied by its slope."""
    colours = PALETTES[theme]
    data = {
        "name": name,
        "sums": curve.sums.tolist(),
        "gives": curve.gives.tolist(),
        "slopes": curve.slopes.tolist(),
        "layers": layers,
        "colours": {role: getattr(colours, role) for role in ("train", "val", "text", "grid", "muted")},
    }
    _slope(key=key, data=data)
