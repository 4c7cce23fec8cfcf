"""The curves of a training run: its loss, and how often it is right."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme
from dlcore.run import Run
from dlcore.words import exact_percent

MAX_POINTS = 120
LINE: Mapping[str, Any] = {"type": "line", "strokeWidth": 2}
DASHED: Mapping[str, Any] = {**LINE, "strokeDash": [6, 4]}

Row = tuple[float, float, str]  # epoch, value, split


@dataclass(frozen=True)
class Split:
    """How the curve of one split is called and drawn; `points` are its marks along a line."""

    words: str
    colour: Literal["train", "val", "test"]  # its role
    mark: Mapping[str, Any]
    points: Mapping[str, Any] | None = None


SPLITS: Mapping[str, Split] = {
    "train": Split("train", "train", LINE),
    "val": Split("val", "val", DASHED, {"shape": "triangle-up", "filled": True, "size": 50}),
    "test": Split("test", "test", {"type": "point", "shape": "diamond", "filled": True, "size": 130}),
}

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
    rows = curve_rows(run, "loss", steps_per_epoch, SPLITS)
    return curve_chart("Loss", rows, epochs(run, steps_per_epoch), SPLITS, LOSS_AXIS, theme)


def accuracy_chart(run: Run, steps_per_epoch: int, theme: Theme) -> Chart:
    """The share of correct digits over epochs, stretched towards 100 %.

    The scale is logarithmic in the wrong share: from 99 to 99.5 % is as far as from 90 to 95 %.
    """
    shares = curve_rows(run, "accuracy", steps_per_epoch, SPLITS)
    rows = [(epoch, max(100 * (1 - share), 0.05), split) for epoch, share, split in shares]
    return curve_chart(
        "Share correct",
        rows,
        epochs(run, steps_per_epoch),
        SPLITS,
        CORRECT_AXIS,
        theme,
        said=lambda wrong: exact_percent(1 - wrong / 100, 1),
    )


def epochs(run: Run, steps_per_epoch: float) -> int:
    """How many the axis has room for."""
    return max(1, round(run.total_steps / steps_per_epoch))


def curve_rows(run: Run, what: str, steps_per_epoch: float, splits: Mapping[str, Split]) -> list[Row]:
    """What the run measured as "loss" or "accuracy" on each split, calmed."""
    rows = []
    for split in splits:
        series = run.series.get(f"{split}_{what}", ())
        points = [(metric.step / steps_per_epoch, metric.value) for metric in series]
        rows += [(epoch, value, split) for epoch, value in thin(points, MAX_POINTS)]
    return rows


def thin(points: Sequence[tuple[float, float]], limit: int) -> list[tuple[float, float]]:
    """(x, value) pairs, at most about `limit`: neighbours are averaged, which also calms the noise."""
    size = math.ceil(len(points) / limit)
    groups = [points[first : first + size] for first in range(0, len(points), size or 1)]
    return [(group[-1][0], sum(value for _, value in group) / len(group)) for group in groups]


def curve_chart(
    title: str,
    rows: Sequence[Row],
    epochs: int,
    splits: Mapping[str, Split],
    y: Mapping[str, Any],
    theme: Theme,
    *,
    height: int = 260,
    said: Callable[[float], str] = "{:.3f}".format,
) -> Chart:
    """A curve for each split over epochs; `said` puts a value of a row into words."""
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
    layers = [
        {
            "transform": [{"filter": f"datum.split == '{name}'"}],
            "mark": _mark(split, theme),
            "encoding": position,
        }
        for name, split in splits.items()
    ]
    columns: dict[str, list[Any]] = {
        "epoch": [row[0] for row in rows],
        "value": [row[1] for row in rows],
        "split": [row[2] for row in rows],
    }
    last = {split: value for _, value, split in rows}
    words = ", ".join(f"{splits[split].words} {said(value)}" for split, value in last.items())
    alt = f"{title} by epoch. Latest: {words}." if words else f"{title} by epoch: nothing measured yet."
    return Chart(base_spec(theme, height) | {"layer": layers}, columns, alt)


def _mark(split: Split, theme: Theme) -> dict[str, Any]:
    colour = getattr(PALETTES[theme], split.colour)
    points = {"point": {**split.points, "color": colour}} if split.points else {}
    return {**split.mark, **points, "color": colour}
