"""What the network says of images of two classes: its logits, counted."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dlcore.figures.embedding import SIGNS
from dlcore.figures.flat import still_axis, still_layout
from dlcore.figures.layout import lay_out
from dlcore.figures.palette import PALETTES, Theme
from dlcore.inspection.embedding.patches import PatchEmbedding

BINS = 40  # even: one edge is the decision


def logit_figure(result: PatchEmbedding, theme: Theme, *, height: int = 160) -> go.Figure:
    """How many images got which logit, by class; the network says patch right of 0."""
    colours = PALETTES[theme]
    edges, counts = logit_counts(result)
    middles = (edges[:-1] + edges[1:]) / 2
    figure = go.Figure()
    for label in (False, True):
        figure.add_trace(
            go.Bar(
                x=middles,
                y=counts[int(label)],
                width=float(edges[1] - edges[0]),
                name=f"{SIGNS[label]} {'patch' if label else 'no patch'}",
                marker={"color": colours.positive if label else colours.negative, "line": {"width": 0}},
                opacity=0.85,
                hovertemplate="%{y} images, logit about %{x:.1f}<extra></extra>",
            )
        )
    figure.add_vline(0, line={"color": colours.text, "width": 2, "dash": "dash"})
    axis = still_axis(colours)
    lay_out(
        figure,
        barmode="overlay",
        xaxis={**axis, "title": "Logit: over 0 it says patch", "showgrid": False},
        yaxis={**axis, "title": "Images", "nticks": 4, "rangemode": "tozero"},
        showlegend=False,
    )
    return still_layout(figure, colours, height)


def logit_counts(result: PatchEmbedding) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Edges (BINS + 1,) even about 0; images between them without and with a patch, (2, BINS)."""
    limit = float(np.abs(result.logits).max()) * 1.02 or 1.0
    edges = np.linspace(-limit, limit, BINS + 1)
    counts = [np.histogram(result.logits[result.labels == label], edges)[0] for label in (False, True)]
    return edges, np.array(counts, np.int64)


def logit_alt(result: PatchEmbedding) -> str:
    """The finding in words."""
    missed = int((result.labels & ~result.right).sum())
    imagined = int((~result.labels & ~result.right).sum())
    with_patch = int(result.labels.sum())
    without = len(result.labels) - with_patch
    return (
        f"Logits of {without} images without a patch, {imagined} of them over 0, and of {with_patch} with "
        f"one, {missed} of them not over 0."
    )
