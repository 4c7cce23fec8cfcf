"""Flat figures that stand still: their letters and axes, and the plane that a layer's points lie on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from dlcore.figures.layout import lay_out
from dlcore.figures.palette import FONT, Palette
from dlcore.words import exact_percent

Range = tuple[float, float]
LEGEND = {"orientation": "h", "y": 1.01, "yanchor": "bottom", "x": 0, "itemclick": False}  # above it


def still_axis(colours: Palette) -> dict[str, Any]:
    return {
        "tickfont": {"size": 14, "color": colours.muted},
        "title_font": {"size": 14, "color": colours.text},
        "gridcolor": colours.grid,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }


def still_layout(figure: go.Figure, colours: Palette, height: int) -> go.Figure:
    return lay_out(
        figure,
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hovermode="closest",
        dragmode=False,
        plot_bgcolor=colours.background,
        paper_bgcolor=colours.background,
        font={"color": colours.text, "family": FONT, "size": 14},
    )


def plane_titles(shares: Sequence[float]) -> tuple[str, str]:
    """What the two directions hold."""
    x, y = (f"Direction {i + 1}: {exact_percent(share, 1)}" for i, share in enumerate(shares))
    return f"{x} of the variance", y


def flat_layout(
    figure: go.Figure, x: Range, y: Range, titles: tuple[str, str] | None, colours: Palette, height: int
) -> go.Figure:
    """One scale for both axes, pictures as hover text. Without `titles` distances have no meaning."""
    below, beside = titles or ("Distances between islands mean nothing", "")
    axis = {**still_axis(colours), "showgrid": False, "nticks": 6, "showticklabels": titles is not None}
    lay_out(
        figure,
        xaxis={**axis, "title": below, "range": x},
        yaxis={**axis, "title": beside, "range": y, "scaleanchor": "x"},
        hoverlabel={
            "align": "left",
            "font": {"family": "monospace", "size": 14, "color": colours.text},
            "bgcolor": colours.background,
            "bordercolor": colours.muted,
        },
    )
    return still_layout(figure, colours, height)
