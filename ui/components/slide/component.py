"""The window slides over a map by itself and the map fills; space, arrow keys and a click lead it too.

All numbers are sent at once: the browser shows them, place by place, and asks for nothing while it plays.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any
from zlib import crc32

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dlcore.figures.maps import Sheet
from dlcore.figures.palette import PALETTES, Theme
from dlcore.inspection.activations.slide import Slide
from ui.components.parts import part

_slide = st.components.v2.component(
    "slide",
    html=part("slide/slide.html"),
    css=part("slide/slide.css"),
    js=part("slide/sight.js") + part("slide/slide.js"),
)


def show_slide(
    slide: Slide,
    sheets: Sequence[Sheet],
    at: int,
    key: str,
    on_pick: Callable[[str, int], None],
    *,
    theme: Theme,
    by_itself: bool,
    keys_everywhere: bool,
) -> None:
    """`at` is the place looked at, row by row. A click calls back with the sheet's id and the cell's number,
    and so does the place where the window comes to rest by hand.

    It sets off `by_itself` where the visitor's system does not ask for less motion. With `keys_everywhere`
    its keys work without a click on it first. A component's key may not contain "__".
    """
    known = {sheet.id: sheet for sheet in sheets}

    def picked() -> None:
        said = st.session_state[key].get("pick")
        name, cell = (said.get("sheet"), said.get("cell")) if isinstance(said, dict) else (None, None)
        sheet = known.get(name) if isinstance(name, str) else None  # a client may send anything
        if sheet is not None and type(cell) is int and 0 <= cell < sheet.count:
            on_pick(sheet.id, cell)

    data = slide_data(slide, sheets, at, theme) | {"by_itself": by_itself, "everywhere": keys_everywhere}
    _slide(key=key, data=data, on_pick_change=picked)


def slide_data(slide: Slide, sheets: Sequence[Sheet], at: int, theme: Theme) -> dict[str, Any]:
    """What the browser needs; numbers as float32 in base64. The `version` says which map of which digit."""
    operation, colours = slide.operation, PALETTES[theme]
    numbers: dict[str, NDArray[Any]] = {
        "reads": slide.reads,
        "others": slide.others,
        "gives": slide.gives,
    }
    packed = {name: _packed(values) for name, values in numbers.items()}
    version = crc32("".join(packed.values()).encode())
    return {
        "version": f"{operation.name} {slide.unit} {version}",
        "name": f"{operation.name}, map {slide.unit + 1}",
        "kind": operation.kind,
        "sheets": [asdict(sheet) for sheet in sheets],
        "at": at,
        "size": operation.size,
        "stride": operation.stride,
        "padding": operation.padding,
        "numbers": packed,
        "kernel": None if slide.kernel is None else _packed(slide.kernel),
        "bias": slide.bias,
        "maps": len(operation.before),
        "onward": [
            {
                "name": step.name,
                "kind": step.kind,
                "side": step.side,
                "rows": step.gives.shape[0],
                "columns": step.gives.shape[1],
                "gives": _packed(step.gives),
                "reads": _packed(step.reads) if step.kind == "relu" else None,
                "follows": step.follows,
            }
            for step in slide.onward
        ],
        "colours": [colours.negative, colours.background, colours.positive],
    }


def _packed(values: NDArray[Any]) -> str:
    """Row by row, as little-endian float32."""
    return base64.b64encode(values.astype(np.dtype("<f4")).tobytes()).decode()
