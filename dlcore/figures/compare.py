"""Several runs in one picture, each with a letter, a colour and a dash of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from dlcore.figures.chart import Chart, base_spec, spanning
from dlcore.figures.curves import CORRECT_AXIS, LOSS_AXIS, thin
from dlcore.figures.palette import PALETTES, Theme
from dlcore.run import Run
from dlcore.runs.compare import Axis, position

LETTERS = "ABCDEFGH"
MAX_RUNS = len(LETTERS)
AXIS_TITLES: Mapping[Axis, str] = {"epoch": "Epoch", "step": "Step", "second": "Seconds of work"}
What = Literal["loss", "accuracy"]
POINTS_PER_RUN = 60
HEIGHT, WIDTH = 260, 300  # pixels; a chart is seldom narrower
LETTER_PIXELS = 20  # that a letter needs

# Eight hues far apart in lightness and for the colour-blind; every second line is dashed too.
COLOURS: Mapping[Theme, tuple[str, ...]] = {
    "light": ("#005FB8", "#A85300", "#4D7C0F", "#6D28D9", "#B4236A", "#0F766E", "#5B4636", "#1B1F24"),
    "dark": ("#5AA9FF", "#FFB454", "#A3D65C", "#B58CFF", "#FF8FC2", "#5EEAD4", "#D8C3A5", "#F2F4F7"),
}
DASHES: tuple[list[int], ...] = ([1, 0], [6, 3]) * 4


def overlay_chart(runs: Sequence[Run], split: str, what: What, axis: Axis, theme: Theme) -> Chart:
    """The same measurement of up to eight runs; A is the first run, and so on."""
    name = f"{split}_{what}"
    rows: list[tuple[float, float, str]] = []
    for letter, run in zip(LETTERS, runs, strict=False):
        points = [(position(run, m, axis), m.value) for m in run.series.get(name, ())]
        for x, value in thin([p for p in points if math.isfinite(p[1])], POINTS_PER_RUN):
            rows.append((x, value if what == "loss" else max(100 * (1 - value), 0.05), letter))
    words = {"train": "training", "val": "validation", "test": "test"}.get(split, split)
    labels = _labels(rows, math.log(500) if what == "accuracy" else math.log(1.5))  # 0.2 to 100 %
    heights = [row[1] for row in rows] + [label for label in labels if label is not None]
    y = spanning(LOSS_AXIS, heights, (0.01, 10.0)) if what == "loss" else dict(CORRECT_AXIS)
    y["title"] = f"Loss, {words} (nats)" if what == "loss" else f"Correct, {words} (%)"
    columns: dict[str, list[Any]] = {
        "x": [row[0] for row in rows],
        "value": [row[1] for row in rows],
        "run": [row[2] for row in rows],
        "label": labels,
    }
    furthest = max(columns["x"], default=0.0) or 1.0
    return Chart(_spec(len(runs), axis, furthest, y, theme), columns, _alt(rows, words, what))


def _labels(rows: Sequence[tuple[float, float, str]], least: float) -> list[float | None]:
    """Where on the y axis each run's letter stands: at its last point, but over the letter beside it.

    The axis is logarithmic, and spans at least a factor of exp(`least`).
    """
    last = {letter: row for row, (_, _, letter) in enumerate(rows)}
    labels: list[float | None] = [None] * len(rows)
    if not rows:
        return labels
    across = max(x for x, _, _ in rows) - min(x for x, _, _ in rows) or 1.0
    heights = [math.log(max(value, 1e-12)) for _, value, _ in rows]
    apart = max(max(heights) - min(heights), least) * LETTER_PIXELS / HEIGHT
    placed: list[tuple[float, float]] = []
    for row in sorted(last.values(), key=lambda row: heights[row]):
        x, height = rows[row][0], heights[row]
        beside = [other for near, other in placed if abs(near - x) < across * LETTER_PIXELS / WIDTH]
        height = max(height, max(beside, default=-math.inf) + apart)
        placed.append((x, height))
        labels[row] = math.exp(height)
    return labels


def _spec(count: int, axis: Axis, furthest: float, y: Mapping[str, Any], theme: Theme) -> dict[str, Any]:
    letters = list(LETTERS[:count])
    colour = {
        "field": "run",
        "type": "nominal",
        "scale": {"domain": letters, "range": list(COLOURS[theme][:count])},
        "legend": None,
    }
    dash = {
        "field": "run",
        "type": "nominal",
        "scale": {"domain": letters, "range": list(DASHES[:count])},
        "legend": None,
    }
    x = {
        "field": "x",
        "type": "quantitative",
        "title": AXIS_TITLES[axis],
        "scale": {"domain": [0, furthest], "nice": False},
        "axis": {"grid": False, "tickMinStep": 0 if axis == "second" else 1},
    }
    position = {"x": x, "y": {"field": "value", "type": "quantitative", **y}, "color": colour}
    label = {
        "transform": [{"filter": "isValid(datum.label)"}],
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 14, "fontWeight": "bold"},
        "encoding": {**position, "y": {**position["y"], "field": "label"}, "text": {"field": "run"}},
    }
    line = {
        "mark": {"type": "line", "strokeWidth": 2, "point": {"size": 30}},
        "encoding": {**position, "strokeDash": dash},
    }
    colours = PALETTES[theme]
    return base_spec(theme, HEIGHT) | {
        "layer": [line, label],
        "padding": {"left": 4, "right": 24, "top": 4, "bottom": 4},
        "background": colours.background,
    }


def _alt(rows: Sequence[tuple[float, float, str]], words: str, what: What) -> str:
    last = {letter: value for _, value, letter in rows}
    if not last:
        return f"{what.capitalize()}, {words}: nothing measured yet."
    ends = ", ".join(
        f"{letter} {value:.3f}" if what == "loss" else f"{letter} {100 - value:.1f} %"
        for letter, value in last.items()
    )
    return f"{what.capitalize()}, {words}, of {len(last)} runs. Latest: {ends}."
