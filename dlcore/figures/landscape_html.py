"""A surface to take away: a page to turn it in, and its numbers."""

from __future__ import annotations

import csv
import io

import plotly.graph_objects as go

from dlcore.figures.space import as_it_is
from dlcore.landscape.picture import Picture


def surface_html(figure: go.Figure, title: str) -> str:
    """One file that any browser opens, also without a network: about 5 MB, nearly all of it plotly.js."""
    titled = go.Figure(figure).update_layout(title=as_it_is(title), margin={"t": 60})
    page: str = titled.to_html(include_plotlyjs=True)
    return page


def surface_csv(picture: Picture) -> str:
    """Every point: alpha, beta, loss in nats, share of right digits."""
    assert picture.surface is not None
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["alpha", "beta", "loss", "accuracy"])
    surface = picture.surface
    for beta, losses, accuracies in zip(surface.beta, surface.loss, surface.accuracy, strict=True):
        for alpha, loss, accuracy in zip(surface.alpha, losses, accuracies, strict=True):
            writer.writerow([f"{alpha:.6g}", f"{beta:.6g}", f"{loss:.6g}", f"{accuracy:.6g}"])
    return out.getvalue()
