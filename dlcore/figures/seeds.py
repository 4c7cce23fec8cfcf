"""Groups of runs as dots, one for each seed, with their mean and their range."""

from __future__ import annotations

from typing import Any

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme
from dlcore.runs.verdict import Verdict
from dlcore.words import exact_percent

ROW_PIXELS, AXIS_PIXELS = 40, 56
SPLIT_WORDS = {"test": "test images", "val": "validation images"}


def seeds_chart(verdict: Verdict, theme: Theme) -> Chart:
    """A row for each group; right answers in percent, a bar at the mean."""
    colours = PALETTES[theme]
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
    x: dict[str, Any] = {"field": "correct", "type": "quantitative", "title": title, "scale": {"zero": False}}
    y = {"field": "setting", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 260}}
    ends = {"x": x | {"aggregate": "min"}, "x2": {"field": "correct", "aggregate": "max"}}
    tooltip = [
        {"field": "run", "title": "Run"},
        {"field": "correct", "title": "Correct, %", "format": ".2f"},
    ]
    marks: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"type": "rule", "strokeWidth": 2, "color": colours.muted}, ends),
        (
            {"type": "tick", "thickness": 3, "size": 26, "color": colours.test},
            {"x": x | {"aggregate": "mean"}},
        ),
        (
            {"type": "point", "filled": True, "size": 90, "opacity": 1, "color": colours.train},
            {"x": x, "tooltip": tooltip},
        ),
    ]
    layers = [{"mark": mark, "encoding": {"y": y, **encoding}} for mark, encoding in marks]
    return Chart(
        base_spec(theme, AXIS_PIXELS + ROW_PIXELS * len(verdict.groups)) | {"layer": layers},
        columns,
        _alt(verdict),
    )


def _alt(verdict: Verdict) -> str:
    told = [
        f"{group.words}: {exact_percent(group.mean)} on average"
        + (
            f", from {exact_percent(min(group.shares))} to {exact_percent(max(group.shares))}"
            if len(group.shares) > 1
            else ""
        )
        for group in verdict.groups
    ]
    return f"Correct, of {SPLIT_WORDS[verdict.split]}. {'; '.join(told)}."
