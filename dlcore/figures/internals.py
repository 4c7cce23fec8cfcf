"""What happens inside a network while it trains: a curve for each layer, and how its weights are spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlcore.figures.chart import Chart, base_spec, spanning
from dlcore.figures.curves import epochs, thin
from dlcore.figures.palette import DIGIT_COLOURS, PALETTES, Theme
from dlcore.inspection.weights import Histogram
from dlcore.run import Run
from dlcore.training.internals import DEAD, GRADIENT, UPDATE
from dlcore.words import number, percent

HEIGHT, ROW = 220, 84  # pixels
MOST_POINTS = 100
RULE = 0.001  # of its length a layer's weights should move in a step, by a rule of thumb
DASHES = ([1, 0], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 4])


@dataclass(frozen=True)
class Curves:
    """One of the pictures: the beginning of its curves' names, its title, its axis."""

    prefix: str
    title: str
    log: bool


CURVES: Mapping[str, Curves] = {
    "gradients": Curves(GRADIENT, "Length of the gradient", True),
    "updates": Curves(UPDATE, "Update / weights", True),
    "dead": Curves(DEAD, "Units that are off (%)", False),
}


def layers_seen(run: Run, prefix: str) -> list[str]:
    """Of these curves, in the order of the network."""
    return [name.removeprefix(prefix) for name in run.series if name.startswith(prefix)]


def internals_chart(run: Run, which: str, steps_per_epoch: float, theme: Theme) -> Chart:
    """A curve for each layer over epochs; each has its colour and its dashes."""
    curves, colours = CURVES[which], PALETTES[theme]
    layers = layers_seen(run, curves.prefix)
    scale = 1.0 if curves.log else 100.0
    rows = [
        (epoch, scale * value, layer)
        for layer in layers
        for epoch, value in thin(_points(run, curves.prefix + layer, steps_per_epoch), MOST_POINTS)
        if value > 0 or not curves.log
    ]
    names = ("epoch", "value", "layer")
    columns: dict[str, list[Any]] = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    y: dict[str, Any] = {"field": "value", "type": "quantitative", "title": curves.title}
    if curves.log:
        y |= {"scale": {"type": "log"}, "axis": {"format": "~g", "tickCount": 4, "grid": False}}
        y = spanning(y, columns["value"], (1e-4, 1.0))
    else:
        y["scale"] = {"domain": [0, 100]}
    x = {
        "field": "epoch",
        "type": "quantitative",
        "title": "Epoch",
        "scale": {"domain": [0, epochs(run, steps_per_epoch)], "nice": False},
        "axis": {"tickMinStep": 1, "grid": False},
    }
    legend = {
        "title": None,
        "orient": "top",
        "labelFontSize": 14,
        "labelColor": colours.text,
        "symbolSize": 400,
    }
    lines = {
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {
            "x": x,
            "y": y,
            "color": _by_layer(layers, [DIGIT_COLOURS[theme][i % 10] for i in range(len(layers))], legend),
            "strokeDash": _by_layer(layers, [DASHES[i % len(DASHES)] for i in range(len(layers))], legend),
        },
    }
    return Chart(
        base_spec(theme, HEIGHT) | {"layer": [*_rule(which, y, theme), lines]}, columns, _alt(which, rows)
    )


def _points(run: Run, name: str, steps_per_epoch: float) -> list[tuple[float, float]]:
    return [(point.step / steps_per_epoch, point.value) for point in run.series.get(name, ())]


def _by_layer(layers: Sequence[str], values: Sequence[Any], legend: Mapping[str, Any]) -> dict[str, Any]:
    scale = {"domain": list(layers), "range": list(values)}
    return {"field": "layer", "type": "nominal", "sort": None, "scale": scale, "legend": dict(legend)}


def _rule(which: str, y: Mapping[str, Any], theme: Theme) -> list[dict[str, Any]]:
    """Beside updates, the rule of thumb."""
    if which != "updates":
        return []
    mark = {"type": "rule", "strokeDash": [2, 3], "strokeWidth": 2, "color": PALETTES[theme].muted}
    return [{"data": {"values": [{"value": RULE}]}, "mark": mark, "encoding": {"y": dict(y)}}]


def _alt(which: str, rows: Sequence[tuple[float, float, str]]) -> str:
    last = {layer: value for _, value, layer in rows}
    said = percent if which == "dead" else number
    told = ", ".join(f"{layer} {said(v / 100 if which == 'dead' else v)}" for layer, v in last.items())
    title = CURVES[which].title
    return f"{title} by epoch. Latest: {told}." if told else f"{title} by epoch: nothing measured yet."


def histogram_chart(now: Histogram, first: Histogram | None, theme: Theme) -> Chart:
    """A layer's weights now, filled, and those it began with as a line."""
    colours = PALETTES[theme]
    rows: list[tuple[float, float, str]] = []
    for when, found in (("now", now), ("first", first)):
        if found is not None:
            rows += [(m, 100 * share, when) for m, share in zip(found.marks, found.shares, strict=True)]
    names = ("weight", "share", "when")
    columns: dict[str, list[Any]] = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    x = {
        "field": "weight",
        "type": "quantitative",
        "title": None,
        "axis": {"grid": False, "tickCount": 5},
        "scale": {"domain": [-now.edge, now.edge], "nice": False},
    }
    top = next(rung for rung in (5, 10, 20, 50, 100) if rung >= 99.9 * max(now.shares))
    y = {
        "field": "share",
        "type": "quantitative",
        "stack": None,
        "axis": {"title": "%", "values": [0, top], "grid": False},
        "scale": {"domain": [0, top], "nice": False, "clamp": True},
    }
    area = {
        "transform": [{"filter": "datum.when == 'now'"}],
        "mark": {"type": "area", "color": colours.train, "opacity": 0.5, "interpolate": "step"},
        "encoding": {"x": x, "y": y},
    }
    line = {
        "transform": [{"filter": "datum.when == 'first'"}],
        "mark": {"type": "line", "color": colours.text, "strokeWidth": 1.5, "interpolate": "step"},
        "encoding": {"x": x, "y": y},
    }
    within = max(now.shares)
    told = f"{now.layer}: {now.count:,} weights within ±{now.edge:g}, {percent(within)} of them in one bin."
    return Chart(base_spec(theme, ROW) | {"layer": [area, line]}, columns, f"How weights are spread. {told}")
