"""Horizontal bars with their names before and their numbers behind them; a bar may have several parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme

SPACE = 1.5  # of the longest bar: room for the number behind it


@dataclass(frozen=True)
class BarRow:
    """`parts`: how long each part of the bar is, by its name."""

    name: str
    parts: Mapping[str, float]
    label: str

    @property
    def length(self) -> float:
        return sum(self.parts.values())


def bar_rows(
    rows: Sequence[BarRow],
    colours: Mapping[str, str],
    title: str,
    alt: str,
    theme: Theme,
    *,
    height: int = 36,
) -> Chart:
    """`colours` by part, `title` of the axis with its unit, `height` of a row in pixels."""
    palette = PALETTES[theme]
    y = {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {
            "labelFontSize": 15,
            "labelColor": palette.text,
            "labelLimit": 170,
            "ticks": False,
            "domain": False,
        },
    }
    longest = max(row.length for row in rows) or 1.0
    x = {
        "field": "from",
        "type": "quantitative",
        "title": title,
        "scale": {"domain": [0, SPACE * longest], "nice": False},
        "axis": {"grid": False, "tickCount": 5},
    }
    colour = {
        "field": "part",
        "type": "nominal",
        "scale": {"domain": list(colours), "range": list(colours.values())},
        "legend": None,
    }
    bars = {
        "mark": {"type": "bar", "height": {"band": 0.75}},
        "encoding": {
            "y": y,
            "x": x,
            "x2": {"field": "to"},
            "color": colour,
            "tooltip": [{"field": "name", "title": " "}, {"field": "part", "title": "Part"}],
        },
    }
    labels = {
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 14, "color": palette.text},
        "encoding": {"y": y, "x": {**x, "field": "end"}, "text": {"field": "label"}},
    }
    return Chart(
        base_spec(theme, height * len(rows)) | {"layer": [bars, labels]}, _columns(rows, colours), alt
    )


def _columns(rows: Sequence[BarRow], parts: Collection[str]) -> dict[str, list[Any]]:
    """One line for each part of each bar; the first of a bar has its label."""
    columns: dict[str, list[Any]] = {"name": [], "part": [], "from": [], "to": [], "label": []}
    for row in rows:
        begin = 0.0
        for part in parts:
            end = begin + row.parts.get(part, 0.0)
            label = row.label if part == next(iter(parts)) else ""
            for column, value in zip(columns.values(), (row.name, part, begin, end, label), strict=True):
                column.append(value)
            begin = end
    columns["end"] = [row.length for row in rows for _ in parts]
    return columns
