"""Which digits a network takes for which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dlcore.datasets.catalogue import DIGITS
from dlcore.figures.layout import lay_out
from dlcore.figures.palette import PALETTES, Theme, mixed


def confusion_figure(confusion: NDArray[np.int64], theme: Theme, names: Sequence[str] = DIGITS) -> go.Figure:
    """(10, 10) counts, rows = true classes. What is no class and was never said is left out.

    Only mistakes are coloured: the diagonal would drown them.
    """
    colours = PALETTES[theme]
    used = max(np.flatnonzero(confusion.sum(0) + confusion.sum(1)), default=len(names) - 1) + 1
    digits = tuple(names) == DIGITS
    used = len(names) if digits else int(used)
    confusion, names = confusion[:used, :used], list(names[:used])
    wrong = confusion.astype(float)
    np.fill_diagonal(wrong, np.nan)
    text = [[f"{count:,}" if count else "" for count in row] for row in confusion]
    figure = go.Figure(
        go.Heatmap(
            z=wrong,
            x=names,
            y=names,
            text=text,
            texttemplate="%{text}",
            textfont={"size": 14, "color": colours.text},
            colorscale=[[0, colours.background], [1, mixed(colours.wrong, colours.background, 0.5)]],
            zmin=0,
            zmax=max(1.0, float(np.nanmax(wrong))),
            showscale=False,
            xgap=1,
            ygap=1,
            hovertemplate="A true %{y} read as %{x}: %{text}<extra></extra>",
        )
    )
    axis = {"type": "category", "tickfont": {"size": 14}, "showgrid": False, "constrain": "domain"}
    lay_out(
        figure,
        xaxis={**axis, "title": "The network said"},
        yaxis={
            **axis,
            "title": "True digit" if digits else "True class",
            "automargin": not digits,
            "autorange": "reversed",
            "scaleanchor": "x",
        },
        height=420,
        margin={"l": 56, "r": 10, "t": 10, "b": 52},  # beside the ticks, not over them
        plot_bgcolor=colours.grid,
        paper_bgcolor=colours.background,
        font={"color": colours.text},
    )
    return figure


def confusion_difference_figure(
    first: NDArray[np.int64], second: NDArray[np.int64], theme: Theme, names: Sequence[str] = DIGITS
) -> go.Figure:
    """(10, 10) each, rows = true digits: how many more (+) or fewer (-) of each answer the second gave.

    Off the diagonal more is worse, drawn in the colour of what is wrong; the diagonal is only written.
    """
    colours = PALETTES[theme]
    change = (second - first).astype(float)
    text = [[f"{count:+,}" if count else "" for count in row] for row in second - first]
    np.fill_diagonal(change, np.nan)
    limit = float(np.nanmax(np.abs(change))) or 1.0
    figure = confusion_figure(second, theme, names)
    used = len(figure.data[0].x)
    change, text = change[:used, :used], [row[:used] for row in text[:used]]
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


def confusion_alt(confusion: NDArray[np.int64], names: Sequence[str] = DIGITS) -> str:
    """The finding in words: the most frequent mistake."""
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    true, said = map(int, np.unravel_index(int(wrong.argmax()), wrong.shape))
    if wrong.max() == 0:
        return "Confusion matrix: no mistakes."
    mistake = f"{wrong.max()} times a {names[true]} was read as {names[said]}"
    return f"Confusion matrix. The most frequent mistake: {mistake}."
