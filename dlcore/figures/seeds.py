"""Groups of runs as dots, one for each seed, with their mean and their range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme
from dlcore.runs.verdict import Verdict
from dlcore.words import exact_percent

ROW_PIXELS, AXIS_PIXELS = 50, 56
SPLIT_WORDS = {"test": "test images", "val": "validation images"}


def seeds_chart(verdict: Verdict, theme: Theme) -> Chart:
    """A row for each group; right answers in percent, a bar at the mean."""
    rows = [
        (group.words, 100 * share, f"{run.name}, seed {run.config.get('seed')}")
        for group in verdict.groups
        for run, share in zip(group.runs, group.shares, strict=True)
    ]
    columns: dict[str, list[Any]] = {
        "setting": [row[0] for row in rows],
        "correct": [row[1] for row in rows],
        "run": [row[2] for row in rows],
    }
    title = f"Correct (% of the {SPLIT_WORDS[verdict.split]})"
    return Chart(rows_spec(title, len(verdict.groups), columns["correct"], theme), columns, _alt(verdict))


def rows_spec(
    title: str,
    rows: int,
    values: Sequence[float],
    theme: Theme,
    *,
    labels: Sequence[str] | None = None,
    dots: Mapping[str, Any] | None = None,
    row_pixels: int = ROW_PIXELS,
) -> dict[str, Any]:
    """Of a table with columns `setting`, `correct` and `run`: a dot for each run, its group's mean and range.
    `values` are those of `correct`: a chart is there before its data, and must not look for its span in them.

    `labels` are the groups in their order, those without a run among them; `dots` is added to the dots'
    layer.
    """
    colours = PALETTES[theme]
    low, high = (min(values), max(values)) if values else (0.0, 100.0)
    pad = 0.06 * (high - low) or 0.1
    scale = {"domain": [max(0.0, low - pad), min(100.0, high + pad)], "nice": False}
    x: dict[str, Any] = {"field": "correct", "type": "quantitative", "title": title, "scale": scale}
    x["axis"] = {"tickCount": 6}
    y: dict[str, Any] = {"field": "setting", "type": "nominal", "title": None, "sort": None}
    # Above its row: whatever the width, dots have all of it, and no words are cut.
    y["axis"] = {"labelAlign": "left", "labelPadding": 0, "labelOffset": -16, "labelLimit": 800}
    y["axis"] |= {"ticks": False, "domain": False}
    if labels is not None:
        y["scale"] = {"domain": list(labels)}
    ends = {"x": x | {"aggregate": "min"}, "x2": {"field": "correct", "aggregate": "max"}}
    tooltip = [
        {"field": "run", "title": "Run"},
        {"field": "correct", "title": "Correct, %", "format": ".2f"},
    ]
    marks: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"type": "rule", "strokeWidth": 2, "color": colours.muted}, ends),
        (
            {"type": "tick", "thickness": 3, "size": 20, "color": colours.test},
            {"x": x | {"aggregate": "mean"}},
        ),
        (
            {"type": "point", "filled": True, "size": 90, "opacity": 1, "color": colours.train},
            {"x": x, "tooltip": tooltip},
        ),
    ]
    layers = [{"mark": mark, "encoding": {"y": y, **encoding}} for mark, encoding in marks]
    layers[-1] |= dots or {}
    return base_spec(theme, AXIS_PIXELS + row_pixels * rows) | {"layer": layers}


def _alt(verdict: Verdict) -> str:
    told = [
        f"{group.words}: {exact_percent(group.mean)}"
        + (
            f" on average, from {exact_percent(min(group.shares))} to {exact_percent(max(group.shares))}"
            if len(group.shares) > 1
            else ""
        )
        for group in verdict.groups
    ]
    return f"Correct, of {SPLIT_WORDS[verdict.split]}. {'; '.join(told)}."
