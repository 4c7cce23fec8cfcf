"""The curves of the bug lab: losses of several trainings in one picture, gradients layer by layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dlcore.buglab.symptoms import EPOCHS, LAYERS, STEPS, WINDOW, Symptoms
from dlcore.figures.chart import Chart, base_spec, spanning
from dlcore.figures.palette import PALETTES, Theme

LOWEST, HIGHEST = 1e-3, 1e6  # losses beyond lie on the edge
VALUES = [10.0**power for power in range(-3, 7)]
DASHES = {"conv1": [1, 0], "conv2": [8, 4], "fc1": [3, 3], "fc2": [1, 0]}


@dataclass(frozen=True)
class Curve:
    """`role`: the broken one, what a guess would have looked like, or the mended one."""

    words: str
    losses: Sequence[float]
    role: Literal["broken", "guess", "mended"]


def _by_step(*, grid: bool) -> dict[str, Any]:
    """Across, with a tick at each epoch's end."""
    return {
        "field": "step",
        "type": "quantitative",
        "title": "Step",
        "scale": {"domain": [0, EPOCHS * STEPS], "nice": False},
        "axis": {"values": [STEPS * epoch for epoch in range(EPOCHS + 1)], "grid": grid},
    }


def losses_chart(curves: Sequence[Curve], theme: Theme, *, height: int = 210) -> Chart:
    """The loss of each step in nats, log scale; the curves lie over each other."""
    colours = PALETTES[theme]
    looks: dict[str, dict[str, Any]] = {
        "broken": {"type": "line", "color": colours.wrong, "strokeWidth": 1.6},
        "guess": {"type": "line", "color": colours.muted, "strokeWidth": 1.6, "strokeDash": [5, 4]},
        "mended": {"type": "line", "color": colours.train, "strokeWidth": 2},
    }
    rows = [
        (step, min(max(loss, LOWEST), HIGHEST), curve.role)
        for curve in curves
        for step, loss in enumerate(curve.losses, 1)
        if math.isfinite(loss)
    ]
    axis: dict[str, Any] = {
        "title": "Loss (nats, log scale)",
        "scale": {"type": "log"},
        "axis": {
            "values": VALUES,
            "labelExpr": "format(datum.value, datum.value >= 1000 ? '~s' : '~g')",
            "labelOverlap": True,
        },
    }
    position = {
        "x": _by_step(grid=True),
        "y": {
            "field": "loss",
            "type": "quantitative",
            **spanning(axis, [0.03, 3.0, *(row[1] for row in rows)], (0.03, 3.0)),
        },
    }
    layers = [
        {
            "transform": [{"filter": f"datum.role == '{role}'"}],
            "mark": look,
            "encoding": position,
        }
        for role, look in looks.items()
    ]
    columns: dict[str, list[Any]] = {
        name: [row[place] for row in rows] for place, name in enumerate(("step", "loss", "role"))
    }
    return Chart(base_spec(theme, height) | {"layer": layers}, columns, _losses_alt(curves))


def _losses_alt(curves: Sequence[Curve]) -> str:
    told = []
    for curve in curves:
        finite = [loss for loss in curve.losses if math.isfinite(loss)]
        if finite:
            told.append(
                f"{curve.words}: it begins at {finite[0]:.2f}, ends at {finite[-1]:.2f} and lies between "
                f"{min(finite):.2g} and {max(finite):.3g}"
            )
    return f"The loss by step. {'. '.join(told)}." if told else "The loss by step: nothing yet."


def gradients_chart(seen: Symptoms, theme: Theme, *, height: int = 240) -> Chart:
    """How large each layer's gradient was, by step, log scale; a layer without one has no line."""
    colours = PALETTES[theme]
    looks = {"conv1": colours.negative, "conv2": colours.positive, "fc1": colours.val, "fc2": colours.train}
    rows = [
        ((place + 1) * WINDOW, norm, layer)
        for place, window in enumerate(seen.windows)
        for layer, norm in zip(LAYERS, window.gradients, strict=True)
        if 0 < norm < math.inf
    ]
    axis: dict[str, Any] = {
        "title": "Size of the gradient (log scale)",
        "scale": {"type": "log"},
        "axis": {"values": [10.0**power for power in range(-9, 10)], "format": "~g", "labelOverlap": True},
    }
    position = {
        "x": _by_step(grid=False),
        "y": {
            "field": "norm",
            "type": "quantitative",
            **spanning(axis, (row[1] for row in rows), (0.01, 1.0)),
        },
    }
    layers = [
        {
            "transform": [{"filter": f"datum.layer == '{layer}'"}],
            "mark": {
                "type": "line",
                "color": colour,
                "strokeWidth": 2,
                "strokeDash": DASHES[layer],
                "point": {"color": colour, "size": 14},  # one value alone is no line
            },
            "encoding": position,
        }
        for layer, colour in looks.items()
    ]
    columns: dict[str, list[Any]] = {
        name: [row[place] for row in rows] for place, name in enumerate(("step", "norm", "layer"))
    }
    ends = ", ".join(
        f"{layer} {norm:.2g}" for layer, norm in zip(LAYERS, seen.windows[-1].gradients, strict=True)
    )
    return Chart(
        base_spec(theme, height) | {"layer": layers}, columns, f"Gradients by step. At the end: {ends}."
    )
