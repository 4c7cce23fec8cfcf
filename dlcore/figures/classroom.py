"""The class experiment: a nameless dot for each run, their mean, and the 95 % band of one run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcore.classroom.experiment import NoiseFloor, Result, floor_words
from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme

HEIGHT = 300


def class_chart(results: Sequence[Result], found: NoiseFloor, theme: Theme) -> Chart:
    """`results`, at least one, in the order of coming: the first stands lowest."""
    colours = PALETTES[theme]
    mean, half = 100 * found.mean, 100 * found.half_band
    n = len(results)
    columns: dict[str, list[Any]] = {
        "place": list(range(1, n + 1)),
        "correct": [100 * result.share for result in results],
        "seed": [result.seed for result in results],
        "mean": [mean] * n,
        "low": [mean - half] * n,
        "high": [min(100.0, mean + half)] * n,
    }
    title = f"Correct (% of {results[0].total:,} test images)"
    x: dict[str, Any] = {
        "type": "quantitative",
        "title": title,
        "scale": {"zero": False},
        "axis": {"tickCount": 6},
    }
    y = {
        "field": "place",
        "type": "quantitative",
        "title": "Runs, in order of coming",
        "axis": {"tickMinStep": 1},
        "scale": {"zero": False, "nice": False, "padding": 16},
    }
    band = {
        "mark": {"type": "rect", "color": colours.muted, "opacity": 0.18},
        "encoding": {
            "x": x | {"field": "low", "aggregate": "min"},
            "x2": {"field": "high", "aggregate": "max"},
        },
    }
    rule = {
        "mark": {"type": "rule", "strokeWidth": 2, "color": colours.muted},
        "encoding": {"x": x | {"field": "mean", "aggregate": "mean"}},
    }
    dots = {
        "mark": {"type": "point", "filled": True, "size": 130, "opacity": 1, "color": colours.test},
        "encoding": {
            "x": x | {"field": "correct"},
            "y": y,
            "tooltip": [
                {"field": "seed", "title": "Seed"},
                {"field": "correct", "title": "Correct, %", "format": ".2f"},
            ],
        },
    }
    spec = base_spec(theme, HEIGHT) | {"layer": [band, rule, dots]}
    return Chart(spec, columns, f"{n} runs as dots. {floor_words(found, results[0].total)}")
