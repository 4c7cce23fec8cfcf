"""The curves of a training run: its loss, and how often it is right."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.curve_marks import Level, Moved, level_layers, move_layers, move_rows, moved_in
from dlcore.figures.palette import PALETTES, Theme
from dlcore.run import Run
from dlcore.words import exact_percent, percent

MAX_POINTS = 120
FLOOR, CEILING = 0.01, 10.0  # of a loss of digits: from where it starts to where most runs end
CLASSES = 10
FAINT = 0.4
STEADY = 10  # reports: what they have in common is no luck
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
    "scale": {"type": "log", "reverse": True, "domain": [0.2, 100], "nice": False, "clamp": True},
    "axis": {
        "values": [90, 50, 20, 10, 5, 2, 1, 0.5, 0.2],
        "labelExpr": "(datum.value == 0.2 ? '≥' : '') + format(100 - datum.value, '~r')",
    },
}


def loss_chart(
    run: Run, steps_per_epoch: float, theme: Theme, *, faint: bool = False, classes: int = CLASSES
) -> Chart:
    """Cross entropy in nats over epochs, log scale: training solid, validation dashed, test a diamond."""
    rows = curve_rows(run, "loss", steps_per_epoch, SPLITS)
    return curve_chart(
        "Loss",
        rows,
        epochs(run, steps_per_epoch),
        SPLITS,
        fixed_loss_axis(run),
        theme,
        level=Level(math.log(classes), f"chance: ln {classes} = {math.log(classes):.3f}"),
        moved=moved_in(run, steps_per_epoch),
        faint=faint,
    )


def fixed_loss_axis(run: Run) -> Mapping[str, Any]:
    """The same from the first report to the last: its top stands, and a loss above it lies on it.

    Only losses below its floor, more than a lucky batch, move that floor, by whole decades.
    """
    train = [metric.value for metric in run.series.get("train_loss", ())]
    means = [sum(train[end - STEADY : end]) / STEADY for end in range(STEADY, len(train) + 1)]
    means += [m.value for split in ("val", "test") for m in run.series.get(f"{split}_loss", ())]
    lowest = max(min((mean for mean in means if mean > 0), default=FLOOR), 1e-9)
    floor = min(FLOOR, 10.0 ** math.floor(math.log10(lowest)))
    return {
        **LOSS_AXIS,
        "scale": {"type": "log", "domain": [floor, CEILING], "nice": False, "clamp": True},
        "axis": {
            "values": [d * 10.0**p for p in range(-9, 1) for d in (1, 3) if d * 10.0**p >= floor] + [CEILING],
            "format": "~g",
            "labelExpr": f"(datum.value == {CEILING:g} ? '≥' : '') + datum.label",
        },
    }


def accuracy_chart(
    run: Run, steps_per_epoch: float, theme: Theme, *, faint: bool = False, classes: int = CLASSES
) -> Chart:
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
        level=Level(100 * (1 - 1 / classes), f"chance: {percent(1 / classes)}"),
        moved=moved_in(run, steps_per_epoch),
        faint=faint,
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
    level: Level | None = None,
    moved: Moved | None = None,
    faint: bool = False,
) -> Chart:
    """A curve for each split over epochs; `said` puts a value of a row into words.

    A `faint` chart is somebody else's run, where one's own will be drawn.
    """
    moved = moved or Moved()
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
    layers = level_layers(level, position["y"], theme) if level else []
    layers += [
        {
            "transform": [{"filter": f"datum.split == '{name}'"}],
            "mark": _mark(split, theme, faint=faint),
            "encoding": position,
        }
        for name, split in splits.items()
    ]
    layers += move_layers(position["x"], epochs, theme)
    table = [(*row, "") for row in rows] + move_rows(moved, epochs)
    columns: dict[str, list[Any]] = {
        name: [row[position] for row in table]
        for position, name in enumerate(("epoch", "value", "split", "words"))
    }
    alt = _alt(title, rows, splits, said, faint=faint)
    alt += f" {level.words[0].upper()}{level.words[1:]}." if level else ""
    alt += f" Moved by hand: {moved.words}." if moved.words else ""
    return Chart(base_spec(theme, height) | {"layer": layers}, columns, alt)


def _alt(
    title: str,
    rows: Sequence[Row],
    splits: Mapping[str, Split],
    said: Callable[[float], str],
    *,
    faint: bool,
) -> str:
    whose = ", faint, of a run that is not yours" if faint else ""
    last = {split: value for _, value, split in rows}
    words = ", ".join(f"{splits[split].words} {said(value)}" for split, value in last.items())
    return (
        f"{title} by epoch{whose}. Latest: {words}." if words else f"{title} by epoch: nothing measured yet."
    )


def _mark(split: Split, theme: Theme, *, faint: bool) -> dict[str, Any]:
    colour = getattr(PALETTES[theme], split.colour)
    opacity = FAINT if faint else 1
    points = {"point": {**split.points, "color": colour, "opacity": opacity}} if split.points else {}
    return {**split.mark, **points, "color": colour, "opacity": opacity}
