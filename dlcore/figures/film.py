"""Images that wander from shot to shot: a figure with a button to play and a bar to go back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dlcore.figures.flat import still_axis, still_layout
from dlcore.figures.layout import lay_out
from dlcore.figures.palette import PALETTES, Palette, Theme
from dlcore.inspection.embedding.film import Shot

MOVE, STAY = 400, 1000  # milliseconds of a move, and from one shot to the next
EDGE = 1.08  # of the farthest image


@dataclass(frozen=True)
class Kind:
    """Images that look alike: which of them, by what sign, in what colour."""

    images: NDArray[np.int64]
    sign: Sequence[str]
    colour: str


def film_figure(
    shots: Sequence[Shot], kinds: Sequence[Kind], theme: Theme, *, picked: int, height: int = 460
) -> go.Figure:
    """The first shot, and all as frames. The image `picked` is ringed in each."""
    colours = PALETTES[theme]
    figure = go.Figure(_traces(shots[0], kinds, picked, colours))
    number = list(range(len(kinds) + 1))
    figure.frames = [
        go.Frame(name=str(index), data=_places(shot, kinds, picked), traces=number)
        for index, shot in enumerate(shots)
    ]
    axis = {**still_axis(colours), "showgrid": False, "showticklabels": False}
    lay_out(
        figure,
        showlegend=False,
        xaxis={**axis, "range": (-1.25 * EDGE, 1.25 * EDGE)},
        yaxis={**axis, "range": (-EDGE, EDGE), "scaleanchor": "x"},
        updatemenus=[_buttons(colours)],
        sliders=[_slider(shots, colours)],
    )
    return still_layout(figure, colours, height)


def film_alt(shots: Sequence[Shot]) -> str:
    """The finding in words."""
    return f"{len(shots[0].points)} images wander through {', '.join(shot.name for shot in shots)}."


def _traces(shot: Shot, kinds: Sequence[Kind], picked: int, colours: Palette) -> list[go.Scatter]:
    marks = [
        go.Scatter(
            **place,
            mode="text",
            text=list(kind.sign),
            textfont={"size": 14, "color": kind.colour},
            hoverinfo="skip",
        )
        for kind, place in zip(kinds, _places(shot, kinds, picked), strict=False)
    ]
    ring = {"symbol": "circle-open", "size": 26, "color": colours.text, "line": {"width": 2.5}}
    last = _places(shot, kinds, picked)[-1]
    return [*marks, go.Scatter(**last, mode="markers", marker=ring, hoverinfo="skip")]


def _places(shot: Shot, kinds: Sequence[Kind], picked: int) -> list[Mapping[str, Any]]:
    chosen = [kind.images for kind in kinds] + [np.array([picked])]
    points = shot.points.astype(np.float32)
    return [{"x": points[images, 0], "y": points[images, 1]} for images in chosen]


def _moving(stay: int) -> dict[str, Any]:
    return {
        "frame": {"duration": stay, "redraw": False},
        "transition": {"duration": MOVE, "easing": "cubic-in-out"},
        "mode": "immediate",
        "fromcurrent": True,
    }


def _buttons(colours: Palette) -> dict[str, Any]:
    return {
        "type": "buttons",
        "direction": "left",
        "showactive": False,
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "pad": {"t": 26, "r": 8},
        "bgcolor": colours.background,
        "bordercolor": colours.muted,
        "font": {"size": 15, "color": colours.text},
        "buttons": [
            {"label": "▶ Play", "method": "animate", "args": [None, _moving(STAY)]},
            {"label": "❚❚", "method": "animate", "args": [[None], _moving(0)]},
        ],
    }


def _slider(shots: Sequence[Shot], colours: Palette) -> dict[str, Any]:
    return {
        "x": 0.26,
        "len": 0.74,
        "y": 0,
        "yanchor": "top",
        "pad": {"t": 18},
        "currentvalue": {"visible": True, "xanchor": "left", "font": {"size": 15, "color": colours.text}},
        "font": {"size": 13, "color": colours.muted},
        "bgcolor": colours.grid,
        "bordercolor": colours.muted,
        "activebgcolor": colours.train,
        "tickcolor": colours.muted,
        "steps": [
            {"label": shot.name, "method": "animate", "args": [[str(index)], _moving(0)]}
            for index, shot in enumerate(shots)
        ],
    }
