"""Images on their way from a dataset into a batch: played, or step by step."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import streamlit as st

from dlcore.batches.pipeline import Passage
from dlcore.figures.batches import grid_image
from dlcore.figures.digits import data_uri
from ui.components.parts import part

COLUMNS = 8  # of the batch
_conveyor = st.components.v2.component(
    "conveyor",
    html=part("conveyor/conveyor.html"),
    css=part("conveyor/conveyor.css"),
    js=part("conveyor/conveyor.js"),
)


def show_conveyor(passage: Passage, key: str) -> None:
    """A component's key may not contain "__"."""
    data: dict[str, Any] = {
        "items": [asdict(item) for item in passage.items],
        "uri": data_uri(grid_image(passage.pixels, COLUMNS)),
        "columns": COLUMNS,
        "total": passage.total,
        "shape": f"({', '.join(map(str, passage.shape))})",
    }
    _conveyor(key=key, data=data)
