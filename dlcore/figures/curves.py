"""The two curves of a training run: its loss, and how often it is right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme
from dlcore.run import Run

SPLITS = ("train", "val", "test")
MAX_POINTS = 120

LOSS_AXIS: Mapping[str, Any] = {
    "title": "Loss (nats, log scale)",
    "scale": {"type": "log"},
    "axis": {
        # beyond 30 in millions: of a loss that runs away
        "values": [digit * 10.0**power for power in range(-5, 3) for digit in (1, 3)]
        + [10.0**power for power in range(6, 40, 6)],
        "format": "~g",
    },
}
CORRECT_AXIS: Mapping[str, Any] = {  # of the wrong share in percent
    "title": "Correct (%, stretched towards 100)",
    "scale": {"type": "log", "reverse": True, "domainMax": 100, "domainMin": 0.2, "clamp": True},
    "axis": {
        "values": [90, 50, 20, 10, 5, 2, 1, 0.5, 0.2],
        "labelExpr": "(datum.value == 0.2 ? '≥' : '') + format(100 - datum.value, '~r')",
    },
}


def loss_chart(run: Run, steps_per_epoch: int, theme: Theme) -> Chart:
    """Cross entropy in nats over epochs, log scale: training solid, validation dashed, test a diamond."""
    rows = _rows(run, "loss", steps_per_epoch)
    return Chart(_spec(run, steps_per_epoch, theme, LOSS_AXIS), _columns(rows), _alt("Loss", rows, "{:.3f}"))


def accuracy_chart(run: Run, steps_per_epoch: int, theme: Theme) -> Chart:
    """The share of correct digits over epochs, stretched towards 100 %.

    The scale is logarithmic in the wrong share: from 99 to 99.5 % is as far as from 90 to 95 %.
    """
    rows = [(x, 100 * (1 - value), split) for x, value, split in _rows(run, "accuracy", steps_per_epoch)]
    rows = [(x, max(wrong, 0.05), split) for x, wrong, split in rows]
    right = [(x, 100 - wrong, split) for x, wrong, split in rows]
    return Chart(
        _spec(run, steps_per_epoch, theme, CORRECT_AXIS),
        _columns(rows),
        _alt("Share correct", right, "{:.1f} %"),
    )


_Row = tuple[float, float, str]  # epoch, value, split


def _rows(run: Run, what: str, steps_per_epoch: int) -> list[_Row]:
    rows = []
    for split in SPLITS:
        series = run.series.get(f"{split}_{what}", ())
        points = [(metric.step / steps_per_epoch, metric.value) for metric in series]
        rows += [(epoch, value, split) for epoch, value in thin(points, MAX_POINTS)]
    return rows


def thin(points: Sequence[tuple[float, float]], limit: int) -> list[tuple[float, float]]:
    """(x, value) pairs, at most about `limit`: neighbours are averaged, which also calms the noise."""
    size = math.ceil(len(points) / limit)
    groups = [points[first : first + size] for first in range(0, len(points), size or 1)]
    return [(group[-1][0], sum(value for _, value in group) / len(group)) for group in groups]


def _columns(rows: list[_Row]) -> dict[str, list[Any]]:
    return {
        "epoch": [row[0] for row in rows],
        "value": [row[1] for row in rows],
        "split": [row[2] for row in rows],
    }


def _alt(what: str, rows: list[_Row], form: str) -> str:
    last = {split: value for _, value, split in rows}
    words = ", ".join(f"{split} {form.format(value)}" for split, value in last.items())
    return f"{what} by epoch. Latest: {words}." if words else f"{what} by epoch: nothing measured yet."


def _spec(run: Run, steps_per_epoch: int, theme: Theme, y: Mapping[str, Any]) -> dict[str, Any]:
    colours = PALETTES[theme]
    epochs = max(1, round(run.total_steps / steps_per_epoch))
    position = {
        "x": {
            "field": "epoch",
            "type": "quantitative",
            "title": "Epoch",
            "scale": {"domain": [0, epochs], "nice": False},
            "axis": {"tickMinStep": 1, "grid": False},
        },
        "y": {"field": "value", "type": "quantitative", **y},
    }

    def layer(split: str, mark: dict[str, Any], colour: str) -> dict[str, Any]:
        return {
            "transform": [{"filter": f"datum.split == '{split}'"}],
            "mark": {"color": colour, **mark},
            "encoding": position,
        }

    triangle = {"shape": "triangle-up", "filled": True, "size": 50, "color": colours.val}
    dashed = {"type": "line", "strokeWidth": 2, "strokeDash": [6, 4]}
    return base_spec(theme, 260) | {
        "layer": [
            layer("train", {"type": "line", "strokeWidth": 2}, colours.train),
            layer("val", dashed | {"point": triangle}, colours.val),
            layer("test", {"type": "point", "shape": "diamond", "filled": True, "size": 130}, colours.test),
        ]
    }  # fmt: skip
