"""The curves of a forger's game: both losses, what the detective says, what the reader sees, the distance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.curve_marks import Level, level_layers
from dlcore.figures.curves import MAX_POINTS, thin
from dlcore.figures.palette import PALETTES, Theme
from dlcore.gan.losses import LOSSES
from dlcore.gan.seen import BINS, verdicts_of
from dlcore.run import Run
from dlcore.words import percent

HEIGHT = 220
DETECTIVE, FORGER = "detective", "forger"  # who a curve is of
LINES: Mapping[str, Mapping[str, Any]] = {
    DETECTIVE: {"type": "line", "strokeWidth": 2},
    FORGER: {"type": "line", "strokeWidth": 2, "strokeDash": [6, 4]},
}


def _colours(theme: Theme) -> dict[str, str]:
    return {DETECTIVE: PALETTES[theme].train, FORGER: PALETTES[theme].val}


def _steps(run: Run) -> dict[str, Any]:
    return {
        "field": "step",
        "type": "quantitative",
        "title": "Step",
        "scale": {"domain": [0, max(1, run.total_steps)], "nice": False},
        "axis": {"grid": False, "tickCount": 6},
    }


def _points(run: Run, name: str) -> list[tuple[float, float]]:
    points = [(float(m.step), m.value) for m in run.series.get(name, ()) if math.isfinite(m.value)]
    return thin(points, MAX_POINTS)


def _curves(
    run: Run, names: Mapping[str, str], y: Mapping[str, Any], theme: Theme, level: Level | None = None
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """A specification and its table: for each series of `names` a line of whom it is."""
    rows = [(*point, who) for name, who in names.items() for point in _points(run, name)]
    position = {"x": _steps(run), "y": {"field": "value", "type": "quantitative", **y}}
    layers = level_layers(level, position["y"], theme) if level else []
    layers += [
        {
            "transform": [{"filter": f"datum.who == '{who}'"}],
            "mark": {**LINES[who], "color": _colours(theme)[who]},
            "encoding": position,
        }
        for who in dict.fromkeys(names.values())
    ]
    table: dict[str, list[Any]] = {
        name: [row[place] for row in rows] for place, name in enumerate(("step", "value", "who"))
    }
    return base_spec(theme, HEIGHT) | {"layer": layers}, table


def losses_chart(run: Run, theme: Theme) -> Chart:
    """What each lowers, by step, and where the detective's lies when it cannot tell."""
    loss = LOSSES[run.config.get("loss", "non_saturating")]
    balance = loss.balance(float(run.config.get("smoothing", 0.0)))
    level = Level(balance, f"{balance:.3f}: it cannot tell")
    values = [v for name in ("train_loss", "generator_loss") for _, v in _points(run, name)]
    domain = [min([0.0, *values]), max([2 * balance, *values])]
    y = {"title": "Loss", "scale": {"domain": domain, "nice": True}}
    spec, table = _curves(run, {"train_loss": DETECTIVE, "generator_loss": FORGER}, y, theme, level)
    last = {who: value for value, who in zip(table["value"], table["who"], strict=True)}
    words = ", ".join(f"{who} {value:.2f}" for who, value in last.items())
    return Chart(
        spec, table, f"Losses by step. Latest: {words}." if words else "Losses: nothing measured yet."
    )


def gradient_chart(run: Run, theme: Theme) -> Chart:
    """The length of the gradient that reaches the forger, by step, on a log scale."""
    positive = [value for _, value in _points(run, "generator_gradient") if value > 0]
    low, high = (min(positive), max(positive)) if positive else (0.1, 10.0)
    domain = [min(low, 0.1), max(high, 10.0)]
    y = {
        "title": "Gradient (log scale)",
        "scale": {"type": "log", "domain": domain, "nice": True, "clamp": True},
        "axis": {"format": "~g", "values": [10.0**power for power in range(-12, 6)]},
    }
    spec, table = _curves(run, {"generator_gradient": FORGER}, y, theme)
    alt = f"The forger's gradient by step. Latest: {positive[-1]:.2g}." if positive else "No gradient yet."
    return Chart(spec, table, alt)


def distance_chart(run: Run, theme: Theme) -> Chart:
    """Both losses would fit any story: the distance from real digits by step says which is true."""
    points = _points(run, "frechet")
    values = [value for _, value in points if value > 0]
    domain = [min([20.0, *values]), max([1000.0, *values])]
    y = {
        "title": "Fréchet distance (log scale)",
        "scale": {"type": "log", "domain": domain, "nice": False, "clamp": True},
        "axis": {"values": [20, 50, 100, 200, 500, 1000, 2000, 5000], "format": "~g"},
    }
    spec, table = _curves(run, {"frechet": FORGER}, y, theme)
    alt = (
        f"Fréchet distance by step, from {values[0]:.0f} to {values[-1]:.0f}."
        if values
        else "No distance yet."
    )
    return Chart(spec, table, alt)


def verdicts_chart(watched: Sequence[Sequence[float]], theme: Theme) -> Chart:
    """How the detective's verdicts on real digits and on fakes lie between fake (0) and real (1)."""
    colours = PALETTES[theme]
    found = verdicts_of(watched) or ((0.0,) * BINS, (0.0,) * BINS)
    rows = [
        ((place + 0.5) / BINS, 100 * share, kind)
        for kind, shares in zip(("real digits", "fakes"), found, strict=True)
        for place, share in enumerate(shares)
    ]
    encoding = {
        "x": {
            "field": "score",
            "type": "quantitative",
            "title": "Held for real: 0 no, 1 yes",
            "scale": {"domain": [0, 1], "nice": False},
            "axis": {"grid": False, "values": [0, 0.5, 1]},
        },
        "y": {
            "field": "share",
            "type": "quantitative",
            "title": "Share (%)",
            "stack": None,
            "scale": {"domain": [0, max(20.0, *(share for _, share, _ in rows))], "nice": True},
            "axis": {"tickCount": 4},
        },
        "color": {
            "field": "kind",
            "type": "nominal",
            "title": None,
            "scale": {"domain": ["real digits", "fakes"], "range": [colours.train, colours.val]},
            "legend": {"orient": "top", "labelColor": colours.text, "labelFontSize": 14},
        },
    }
    mark = {"type": "area", "interpolate": "monotone", "opacity": 0.45, "line": {"strokeWidth": 2}}
    spec = base_spec(theme, HEIGHT) | {"layer": [{"mark": mark, "encoding": encoding}]}
    table: dict[str, list[Any]] = {
        name: [row[place] for row in rows] for place, name in enumerate(("score", "share", "kind"))
    }
    means = [
        sum((place + 0.5) / BINS * share for place, share in enumerate(shares)) / (sum(shares) or 1)
        for shares in found
    ]
    return Chart(
        spec, table, f"The detective holds real digits for real to {means[0]:.2f}, fakes to {means[1]:.2f}."
    )


def read_chart(read_as: Sequence[float], theme: Theme) -> Chart:
    """As which digit the reader took how many of the drawings; a dotted line is an even share."""
    colours, total = PALETTES[theme], sum(read_as) or 1.0
    shares = [100 * count / total for count in read_as]
    encoding = {
        "x": {"field": "digit", "type": "ordinal", "title": "Read as", "axis": {"labelAngle": 0}},
        "y": {
            "field": "share",
            "type": "quantitative",
            "title": "Share (%), dotted: even",
            "scale": {"domain": [0, max(20.0, *shares)], "nice": False},
            "axis": {"tickCount": 4},
        },
    }
    level = level_layers(Level(10.0, ""), encoding["y"] | {"field": "value"}, theme)
    bars = {"mark": {"type": "bar", "color": colours.train}, "encoding": encoding}
    spec = base_spec(theme, HEIGHT) | {"layer": [bars, *level]}
    table: dict[str, list[Any]] = {"digit": list(range(10)), "share": shares}
    words = ", ".join(f"{digit}: {percent(share / 100)}" for digit, share in enumerate(shares))
    return Chart(spec, table, f"Drawings read as each digit. {words}.")
