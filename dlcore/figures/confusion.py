"""Which digits a network takes for which."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dlcore.figures.palette import PALETTES, Theme, mixed


def confusion_figure(confusion: NDArray[np.int64], theme: Theme) -> go.Figure:
    """(10, 10) counts, rows = true digits. Only mistakes are coloured: the diagonal would drown them."""
    colours = PALETTES[theme]
    wrong = confusion.astype(float)
    np.fill_diagonal(wrong, np.nan)
    digits = [str(digit) for digit in range(10)]
    text = [[f"{count:,}" if count else "" for count in row] for row in confusion]
    figure = go.Figure(
        go.Heatmap(
            z=wrong,
            x=digits,
            y=digits,
            text=text,
            texttemplate="%{text}",
            textfont={"size": 14, "color": colours.text},
            colorscale=[[0, colours.background], [1, mixed(colours.wrong, colours.background, 0.5)]],
            zmin=0,
            showscale=False,
            xgap=1,
            ygap=1,
            hovertemplate="A true %{y} read as %{x}: %{text}<extra></extra>",
        )
    )
    axis = {"type": "category", "tickfont": {"size": 14}, "showgrid": False, "constrain": "domain"}
    figure.update_layout(
        xaxis={**axis, "title": "The network said"},
        yaxis={**axis, "title": "True digit", "autorange": "reversed", "scaleanchor": "x"},
        height=420,
        margin={"l": 56, "r": 10, "t": 10, "b": 52},  # beside the ticks, not over them
        plot_bgcolor=colours.grid,
        paper_bgcolor=colours.background,
        font={"color": colours.text},
    )
    return figure


def confusion_difference_figure(
    first: NDArray[np.int64], second: NDArray[np.int64], theme: Theme
) -> go.Figure:
    """(10, 10) each, rows = true digits: how many more (+) or fewer (-) of each answer the second gave.

    Off the diagonal more is worse, drawn in the colour of what is wrong; the diagonal is only written.
    """
    colours = PALETTES[theme]
    change = (second - first).astype(float)
    text = [[f"{count:+,}" if count else "" for count in row] for row in second - first]
    np.fill_diagonal(change, np.nan)
    limit = float(np.nanmax(np.abs(change))) or 1.0
    figure = confusion_figure(second, theme)
    figure.update_traces(
        z=change,
        text=text,
        zmin=-limit,
        zmax=limit,
        colorscale=[
            [0, mixed(colours.train, colours.background, 0.5)],
            [0.5, colours.background],
            [1, mixed(colours.wrong, colours.background, 0.5)],
        ],
        hovertemplate="A true %{y} read as %{x}: %{text} times<extra></extra>",
    )
    return figure


def confusion_alt(confusion: NDArray[np.int64]) -> str:
    """The finding in words: the most frequent mistake."""
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    true, said = np.unravel_index(int(wrong.argmax()), wrong.shape)
    if wrong.max() == 0:
        return "Confusion matrix: no mistakes."
    return f"Confusion matrix. The most frequent mistake: {wrong.max()} times a {true} was read as {said}."
