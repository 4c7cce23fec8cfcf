"""Where numbers become moving pictures: charts that keep their place in the page while data change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from dlcore.figures.chart import Chart
from dlcore.figures.digits import data_uri, digit_image
from dlcore.figures.projector import enlarged
from ui import present
from ui.explain import explain


def show_chart(chart: Chart, key: str) -> None:
    """Draw, or redraw in place."""
    st.vega_lite_chart(pa.table(dict(chart.columns)), _spec(chart), theme=None, key=key, alt=chart.alt)


def show_selectable(chart: Chart, key: str, on_select: Callable[[], None]) -> None:
    """The same, and a click on a mark calls back; what was selected is in the state under `key`."""
    table = pa.table(dict(chart.columns))
    st.vega_lite_chart(table, _spec(chart), theme=None, key=key, alt=chart.alt, on_select=on_select)


def _spec(chart: Chart) -> dict[str, Any]:
    return enlarged(chart.spec) if present.on() else dict(chart.spec)


def show_figure(
    figure: go.Figure, key: str, alt: str, on_select: Callable[[], None] | Literal["ignore"] = "ignore"
) -> None:
    """A plotly figure that stands still. A click on a point calls back."""
    shown = enlarged(figure.to_dict()) if present.on() else figure
    st.plotly_chart(
        shown,
        key=key,
        theme=None,
        on_select=on_select,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=alt,
    )


def split_legend() -> None:
    """The marks of the three splits, once for all curves of a page."""
    st.markdown(explain(":blue[●] train :orange[▲] validation ◆ test"))


def digit_tiles(
    digits: Sequence[NDArray[np.uint8]], captions: Sequence[str], alts: Sequence[str], *, side: int = 56
) -> None:
    """Small digits in a row that wraps, each with a caption of our own making (no user's text)."""
    style = "image-rendering:pixelated;border-radius:4px;outline:1px solid rgba(128,128,128,.35)"
    tiles = "".join(
        f'<figure style="margin:0;width:{side + 24}px;text-align:center;font-size:.875rem;line-height:1.3">'
        f'<img src="{data_uri(digit_image(pixels, len(pixels)))}" alt="{alt}" width="{side}" height="{side}" '
        f'style="{style}"><figcaption>{caption}</figcaption></figure>'
        for pixels, caption, alt in zip(digits, captions, alts, strict=True)
    )
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:8px">{tiles}</div>')
