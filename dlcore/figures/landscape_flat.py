"""Surfaces seen from above, slices through them, and the straight line between two networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.curves import LOSS_AXIS
from dlcore.figures.landscape import FLOOR, HOVER, View, axis_unit, height_of
from dlcore.figures.layout import lay_out
from dlcore.figures.palette import FONT, PALETTES, Theme
from dlcore.landscape.lines import Line
from dlcore.landscape.picture import Picture
from dlcore.run import stop_names


def contour_figure(picture: Picture, theme: Theme, view: View, *, height: int = 380) -> go.Figure:
    """The surface from above, with the shadow of the path on it."""
    colours = PALETTES[theme]
    surface = picture.surface
    assert surface is not None
    figure = go.Figure()
    by_loss = view.colour == "loss"
    figure.add_trace(
        go.Contour(
            x=surface.alpha.astype(np.float32),
            y=surface.beta.astype(np.float32),
            z=height_of(surface.loss, log=view.log)
            if by_loss
            else (100 * surface.accuracy).astype(np.float32),
            customdata=np.stack([surface.loss, surface.accuracy], axis=-1).astype(np.float32),
            hovertemplate=HOVER,
            colorscale="Viridis",
            reversescale=not by_loss,
            ncontours=16,
            line={"width": 1},
            showscale=False,
        )
    )
    if picture.path:
        x, y = ([getattr(stop.placed, name) for stop in picture.path] for name in ("alpha", "beta"))
        names = [f"epoch {name}" for name in stop_names(picture.path)]
        ends = [names[0], *[""] * (len(names) - 2), names[-1]]
        common = {"x": np.array(x, np.float32), "y": np.array(y, np.float32), "showlegend": False}
        figure.add_trace(
            go.Scatter(mode="lines", line={"color": "#000000", "width": 6}, hoverinfo="skip", **common)
        )
        figure.add_trace(
            go.Scatter(
                mode="lines+markers+text",
                line={"color": "#FFFFFF", "width": 3},
                marker={"size": 9, "color": "#FFFFFF", "line": {"color": "#000000", "width": 2}},
                text=ends,
                textposition="top center",
                textfont={"size": 14, "color": "#FFFFFF", "shadow": "0 0 4px #000, 0 0 2px #000"},
                hovertext=names,
                hovertemplate="%{hovertext}<extra></extra>",
                **common,
            )
        )
    axis = {"gridcolor": colours.grid, "zeroline": False, "tickfont": {"size": 14, "color": colours.muted}}
    unit = axis_unit(picture)
    lay_out(
        figure,
        height=height,
        margin={"l": 60, "r": 12, "t": 8, "b": 50},
        paper_bgcolor=colours.background,
        plot_bgcolor=colours.background,
        font={"family": FONT, "size": 14, "color": colours.text},
        xaxis={**axis, "title": {"text": f"α ({unit})"}},
        yaxis={**axis, "title": {"text": f"β ({unit})"}},
        uirevision="contour",
    )
    return figure


def slice_chart(picture: Picture, theme: Theme, view: View, *, height: int = 300) -> Chart:
    """Loss along each direction, through the point of the grid that is nearest to the network itself."""
    surface = picture.surface
    assert surface is not None
    row, column = (int(np.abs(axis).argmin()) for axis in (surface.beta, surface.alpha))
    at_beta, at_alpha = (round(float(value), 9) + 0.0 for value in (surface.beta[row], surface.alpha[column]))
    first, second = f"along α (β {at_beta:.2g})", f"along β (α {at_alpha:.2g})"
    curves = {first: (surface.alpha, surface.loss[row]), second: (surface.beta, surface.loss[:, column])}
    columns: dict[str, list[Any]] = {"Where": [], "Loss": [], "Slice": []}
    for name, (where, losses) in curves.items():
        finite = np.isfinite(losses)
        columns["Where"] += [float(value) for value in where[finite]]
        columns["Loss"] += [max(float(value), FLOOR) for value in losses[finite]]
        columns["Slice"] += [name] * int(finite.sum())
    return Chart(
        _spec(theme, view, f"Distance from the network ({axis_unit(picture)})", list(curves), height),
        columns,
        f"Loss along the two directions of the plane, through the network: {_span(columns['Loss'])}",
    )


def line_chart(lines: Mapping[str, Line], theme: Theme, view: View, *, height: int = 300) -> Chart:
    """Loss on the straight line from one network, at 0, to another, at 1."""
    columns: dict[str, list[Any]] = {"Where": [], "Loss": [], "Slice": []}
    for name, line in lines.items():
        finite = [(t, loss) for t, loss in zip(line.t, line.losses, strict=True) if np.isfinite(loss)]
        columns["Where"] += [t for t, _ in finite]
        columns["Loss"] += [max(loss, FLOOR) for _, loss in finite]
        columns["Slice"] += [name] * len(finite)
    spec = _spec(theme, view, "From the one network (0) to the other (1)", list(lines), height)
    return Chart(spec, columns, f"Loss on the line between two networks: {_span(columns['Loss'])}")


def _span(losses: Sequence[float]) -> str:
    return f"from {min(losses):.3g} to {max(losses):.3g} nats" if losses else "nothing finite"


def _spec(theme: Theme, view: View, where: str, names: Sequence[str], height: int) -> dict[str, Any]:
    colours = PALETTES[theme]
    spec = base_spec(theme, height)
    style = {"domain": list(names), "range": [colours.train, colours.val][: len(names)]}
    dash = {"domain": list(names), "range": [[1, 0], [6, 4]][: len(names)]}
    legend = {
        "orient": "top",
        "title": None,
        "labelFontSize": 14,
        "labelColor": colours.text,
        "labelLimit": 400,
    }
    y: dict[str, Any] = {"field": "Loss", "type": "quantitative", "title": "Loss (nats)"}
    if view.log:
        y |= LOSS_AXIS
    return spec | {
        "mark": {"type": "line", "strokeWidth": 2.5, "point": {"size": 24}},
        "encoding": {
            "x": {"field": "Where", "type": "quantitative", "title": where},
            "y": y,
            "color": {"field": "Slice", "type": "nominal", "scale": style, "legend": legend},
            "strokeDash": {"field": "Slice", "type": "nominal", "scale": dash, "legend": legend},
            "tooltip": [
                {"field": "Where", "type": "quantitative", "format": ".3g"},
                {"field": "Loss", "type": "quantitative", "format": ".3g"},
                {"field": "Slice", "type": "nominal"},
            ],
        },
    }
