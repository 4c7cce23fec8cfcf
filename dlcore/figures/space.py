"""The space that surfaces stand in: one scene, or two side by side, seen from one place."""

from __future__ import annotations

import html
from typing import Any

import plotly.graph_objects as go

from dlcore.figures.layout import lay_out
from dlcore.figures.palette import FONT, PALETTES, Palette, Theme

SCENES = ("scene", "scene2")
EMPTY_AXES = {"xaxis": "α", "yaxis": "β", "zaxis": "Loss (nats)"}
SPACE = {  # how every scene stands in it
    "aspectmode": "manual",
    "aspectratio": {"x": 1, "y": 1, "z": 0.7},
    "camera": {"eye": {"x": 1.4, "y": -1.4, "z": 0.95}, "center": {"x": 0, "y": 0, "z": -0.12}},
    "uirevision": "surface",
}


def as_it_is(text: str) -> str:
    """Somebody's text for a title of Plotly's, which makes links and letters of tags and entities."""
    return html.escape(text, quote=False)


def empty_figure(count: int, theme: Theme, *, height: int = 560) -> go.Figure:
    """Where `count` surfaces will stand: axes without numbers, seen from where the surfaces will be seen."""
    colours = PALETTES[theme]
    figure = blank_figure(colours, height)
    axis = {**plain_axis(colours), "range": [-1, 1], "showticklabels": False}
    for index, scene in enumerate(SCENES[:count]):
        figure.add_trace(go.Scatter3d(x=[None], y=[None], z=[None], scene=scene, hoverinfo="skip"))
        axes = {name: {**axis, "title": {"text": text}} for name, text in EMPTY_AXES.items()}
        lay_out(figure, **{scene: {"domain": room_of(index, count), **axes, **SPACE}})
    return figure


def blank_figure(colours: Palette, height: int, *, top: int = 0) -> go.Figure:
    return go.Figure(
        layout={
            "height": height,
            "margin": {"l": 0, "r": 0, "t": top, "b": 0},
            "paper_bgcolor": colours.background,
            "font": {"family": FONT, "size": 14, "color": colours.text},
            "showlegend": False,
            "uirevision": "surface",
        }
    )


def room_of(index: int, count: int) -> dict[str, list[float]]:
    """The place of one scene among those side by side."""
    width = 1 / count
    return {"x": [index * width + 0.01 * index, (index + 1) * width - 0.01], "y": [0.12, 1.0]}


def plain_axis(colours: Palette) -> dict[str, Any]:
    return {
        "backgroundcolor": colours.background,
        "gridcolor": colours.grid,
        "zerolinecolor": colours.grid,
        "showspikes": False,
        "tickfont": {"size": 13, "color": colours.muted},
    }
