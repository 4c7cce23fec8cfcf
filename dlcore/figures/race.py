"""A race on its hill: in space, on the map from above, and the loss by step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.flat import LEGEND
from dlcore.figures.layout import lay_out
from dlcore.figures.palette import PALETTES, Theme, mixed
from dlcore.figures.racers import LOOKS
from dlcore.optimizers.advice import standing
from dlcore.optimizers.hills import Hill
from dlcore.optimizers.race import Left, Race, Racer
from dlcore.optimizers.rules import TITLES

GRID = 61  # places along each edge
FLOOR = 0.1  # added to the loss before its power of ten is drawn: else every minimum is a bottomless pit
SOFT = 0.6  # so much Viridis in the hill's colours: the paths must be seen on it
LIFT = 0.012  # of the height: paths lie a little above the hill
MAX_POINTS = 120
LEAST = 1e-8  # of a loss on the log scale: what is smaller is drawn there
CAMERA = {  # it looks a little to the left, where the names of the heights stand
    "eye": {"x": 0.8, "y": -1.7, "z": 1.95},
    "center": {"x": -0.1, "y": -0.06, "z": -0.15},
}
VIRIDIS = (
    "#440154", "#482878", "#3E4989", "#31688E", "#26828E", "#1F9E89", "#35B779", "#6ECE58", "#B5DE2B",
    "#FDE725",
)  # fmt: skip


def heights(hill: Hill, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """f, or the power of ten of f + FLOOR where heights differ much."""
    return np.log10(values + FLOOR) if hill.log_height else values


def grid(hill: Hill) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """x (n), y (n) and the height above each (n, n), row by row of y."""
    x, y = np.linspace(*hill.x, GRID), np.linspace(*hill.y, GRID)
    return x, y, heights(hill, hill.value(x[None, :], y[:, None]) + np.zeros((GRID, GRID)))


def on_map(hill: Hill, path: NDArray[np.float64]) -> NDArray[np.float64]:
    """A path (n, 2) that ends where it crosses the edge of the map."""
    inside, out = path[:-1], path[-1]
    if hill.holds(*out) or not len(inside):
        return path
    last, share = inside[-1], 1.0
    for axis, (low, high) in enumerate((hill.x, hill.y)):
        move = out[axis] - last[axis]
        if out[axis] > high or out[axis] < low:
            share = min(share, ((high if move > 0 else low) - last[axis]) / move)
    return np.vstack([inside, last + share * (out - last)])


def traces(race: Race) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Which traces of both figures are paths and which are their heads: the hill is 0."""
    count = len(race.racers)
    return tuple(range(1, count + 1)), tuple(range(count + 1, 2 * count + 1))


def race_figure(race: Race, theme: Theme) -> go.Figure:
    """The hill in space, each path at its real height, each racer at its end. The start is a ×."""
    colours, hill = PALETTES[theme], race.map
    x, y, z = grid(hill)
    lift = LIFT * float(z.max() - z.min())

    def space(path: NDArray[np.float64]) -> dict[str, Any]:
        above = heights(hill, hill.value(path[:, 0], path[:, 1])) + lift
        return {"x": path[:, 0], "y": path[:, 1], "z": above}

    figure = go.Figure(
        go.Surface(
            x=x, y=y, z=z, colorscale=_softened(theme), showscale=False, hoverinfo="none",
            lighting={"ambient": 0.75, "diffuse": 0.5, "specular": 0.05, "roughness": 0.9},
            contours={"z": {"show": True, "color": mixed(colours.text, colours.background, 0.3), "width": 1,
                            "start": float(z.min()), "end": float(z.max()),
                            "size": float(z.max() - z.min()) / 12}},
        )
    )  # fmt: skip
    for racer in race.racers:
        look = LOOKS[racer.name]
        figure.add_trace(
            go.Scatter3d(
                **space(on_map(hill, racer.path)), mode="lines", name=TITLES[racer.name], hoverinfo="skip",
                line={"color": look.colour(theme), "width": 6, "dash": look.dash}, showlegend=False,
            )
        )  # fmt: skip
    for racer in race.racers:
        look = LOOKS[racer.name]
        figure.add_trace(
            go.Scatter3d(
                **space(on_map(hill, racer.path)), mode="markers", name=TITLES[racer.name],
                hovertemplate=f"{TITLES[racer.name]}<extra></extra>", showlegend=False,
                marker={"symbol": look.symbol, "size": 7, "color": look.colour(theme), "line": {"width": 1}},
            )
        )  # fmt: skip
    start = np.array([[race.config.start_x, race.config.start_y]])
    figure.add_trace(
        go.Scatter3d(
            **space(start), mode="text", text=["×"], hoverinfo="skip", showlegend=False,
            textposition="middle center", textfont={"size": 26, "color": colours.text},
        )
    )  # fmt: skip
    return _in_space(figure, hill)


def _in_space(figure: go.Figure, hill: Hill) -> go.Figure:
    height: dict[str, Any] = {"title": "Loss", "nticks": 3}  # seen from above there is no room for more
    if hill.log_height:
        losses = (0, 1, 10, 100, 1000)
        height |= {
            "tickvals": [math.log10(loss + FLOOR) for loss in losses],
            "ticktext": list(map(str, losses)),
        }
        height["title"] = "Loss, log"
    lay_out(
        figure,
        scene={
            "xaxis": {"title": "x", "nticks": 5},
            "yaxis": {"title": "y", "nticks": 5},
            "zaxis": height,
            "aspectratio": {"x": 1.15, "y": 1.15, "z": 0.75},
            "camera": CAMERA,
        },
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
    )
    return figure


def _softened(theme: Theme) -> list[list[Any]]:
    background = PALETTES[theme].background
    return [[index / (len(VIRIDIS) - 1), mixed(c, background, SOFT)] for index, c in enumerate(VIRIDIS)]


def map_figure(race: Race, theme: Theme) -> go.Figure:
    """The same from above. Minima are rings, filled where the loss is lowest; the start is a ×."""
    colours, hill = PALETTES[theme], race.map
    x, y, z = grid(hill)
    figure = go.Figure(
        go.Contour(
            x=x, y=y, z=z, colorscale=_softened(theme), showscale=False, ncontours=16, hoverinfo="none",
            line={"width": 0.6, "color": mixed(colours.text, colours.background, 0.45)},
        )
    )  # fmt: skip
    for racer in race.racers:
        look, path = LOOKS[racer.name], on_map(hill, racer.path)
        figure.add_trace(
            go.Scatter(
                x=path[:, 0], y=path[:, 1], mode="lines", name=TITLES[racer.name], hoverinfo="skip",
                line={"color": look.colour(theme), "width": 2.5, "dash": look.dash},
            )
        )  # fmt: skip
    for racer in race.racers:
        look, path = LOOKS[racer.name], on_map(hill, racer.path)
        figure.add_trace(
            go.Scatter(
                x=path[:, 0], y=path[:, 1], mode="markers", name=TITLES[racer.name],
                hovertemplate=f"{TITLES[racer.name]}<extra></extra>", showlegend=False, cliponaxis=False,
                marker={"symbol": look.symbol, "size": 11, "color": look.colour(theme),
                        "line": {"width": 2, "color": look.colour(theme)}},
            )
        )  # fmt: skip
    for places, symbol, size in _marks(race):
        figure.add_trace(
            go.Scatter(
                x=[place[0] for place in places], y=[place[1] for place in places], mode="markers",
                hoverinfo="skip", showlegend=False,
                marker={"symbol": symbol, "size": size, "color": colours.text, "line": {"width": 1.5}},
            )
        )  # fmt: skip
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "nticks": 5}
    lay_out(
        figure,
        xaxis={**axis, "title": "x", "range": hill.x},
        yaxis={**axis, "title": "y", "range": hill.y},
        legend={**LEGEND, "font": {"size": 13}, "itemdoubleclick": False},
        dragmode=False,
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )
    return figure


def _marks(race: Race) -> list[tuple[list[tuple[float, float]], str, int]]:
    """Minima on the map and the start, each with its symbol."""
    hill = race.map
    lowest = min((hill.value(*place) for place in hill.minima), default=0.0)
    best = [place for place in hill.minima if hill.value(*place) < lowest + 1e-6]
    local = [place for place in hill.minima if place not in best]
    start = [(race.config.start_x, race.config.start_y)]
    return [(best, "star-open", 16), (local, "circle-open", 8), (start, "x-thin-open", 13)]


def race_alt(race: Race) -> str:
    """Who ended where, in words."""
    ends = "; ".join(f"{TITLES[racer.name]}: {standing(race, racer).lower()}" for racer in race.racers)
    return f"{race.map.title}, start ({race.config.start_x:g}, {race.config.start_y:g}). {ends}."


def loss_chart(race: Race, theme: Theme) -> Chart:
    """Every racer's loss by step. Log scale, but for hills that fall below 0."""
    columns: dict[str, list[Any]] = {"step": [], "loss": [], "racer": []}
    log = all(racer.losses.min() >= 0 for racer in race.racers)
    ceiling = 10.0 ** math.ceil(math.log10(10 * max(float(racer.losses[0]) for racer in race.racers) + 1))
    low, high = (LEAST, ceiling) if log else (-ceiling, math.inf)
    every: list[float] = []
    for racer in race.racers:
        for step in _shown_steps(racer):
            loss = float(racer.losses[step])
            columns["step"].append(step)
            columns["loss"].append(min(max(loss, low), high))
            every.append(loss)
            columns["racer"].append(TITLES[racer.name])
    spec = _loss_spec(race, theme, log)
    beyond = (low if min(every) < low else None, high if max(every) > high else None)
    spec["encoding"]["y"]["axis"] = {"format": "~g", **({"tickCount": 5} if log else {})}
    if beyond != (None, None):
        spec["encoding"]["y"]["axis"] |= _ends(columns["loss"], *beyond, log=log)
    return Chart(spec, columns, f"Loss by step. {race_alt(race)}")


def _ends(losses: Sequence[float], low: float | None, high: float | None, *, log: bool) -> dict[str, Any]:
    """An axis whose ends say that what lies beyond them is drawn there; None: nothing lies beyond."""
    label = shown = "format(datum.value, '~g')"
    if high is not None:
        label = f"datum.value >= {high:g} ? '≥ ' + {shown} : {label}"
    if low is not None:
        label = f"datum.value <= {low:g} ? '≤ ' + {shown} : {label}"
    if not log:
        return {"labelExpr": label}
    first, last = math.floor(math.log10(min(losses))), math.ceil(math.log10(max(losses)))
    powers = {*range(first, last, max(1, math.ceil((last - first) / 6))), last}
    return {"labelExpr": label, "values": [10.0**power for power in sorted(powers)]}


def _shown_steps(racer: Racer) -> list[int]:
    last = len(racer.losses) - 1
    steps = np.unique(np.linspace(0, last, min(last + 1, MAX_POINTS)).round().astype(int))
    return [int(step) for step in steps]


def _loss_spec(race: Race, theme: Theme, log: bool) -> dict[str, Any]:
    names = [TITLES[racer.name] for racer in race.racers]
    looks = [LOOKS[racer.name] for racer in race.racers]
    y: dict[str, Any] = {"field": "loss", "type": "quantitative", "title": "Loss"}
    if log:
        y |= {"title": "Loss (log scale)", "scale": {"type": "log"}}
    legend = {
        "title": None,
        "orient": "top",
        "columns": 3,
        "labelFontSize": 14,
        "symbolSize": 400,
        "symbolType": "stroke",
        "labelColor": PALETTES[theme].text,
    }
    return base_spec(theme, 240) | {
        "mark": {"type": "line", "strokeWidth": 2.5},
        "encoding": {
            "x": {"field": "step", "type": "quantitative", "title": "Step", "axis": {"grid": False},
                  "scale": {"domain": [0, race.config.steps], "nice": False}},
            "y": y,
            "color": {"field": "racer", "type": "nominal", "legend": legend,
                      "scale": {"domain": names, "range": [look.colour(theme) for look in looks]}},
            "strokeDash": {"field": "racer", "type": "nominal", "legend": legend,
                           "scale": {"domain": names, "range": [list(look.strokes) for look in looks]}},
        },
    }  # fmt: skip


def race_table(race: Race) -> list[dict[str, Any]]:
    """One row for each racer: its sign, its lr, where it ended, its last loss on the map."""
    return [
        {
            "Racer": f"{LOOKS[racer.name].sign} {TITLES[racer.name]}",
            "Where": standing(race, racer),
            "Learning rate": racer.lr,
            "Loss": float(racer.losses[-2 if isinstance(racer.outcome, Left) else -1]),
        }
        for racer in race.racers
    ]
