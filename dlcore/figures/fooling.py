"""A digit with its changed pixels framed, and how many pixels it takes, digit by digit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.digits import data_uri, digit_image
from dlcore.figures.maps import Box, Sheet
from dlcore.figures.palette import PALETTES, Theme
from dlcore.fooling.hardness import NEVER, Hardness
from dlcore.fooling.search import MOST, Change, Digit, changed

SIDE = 336  # pixels on screen


def fooled_sheet(digit: Digit, changes: Sequence[Change], words: str) -> Sheet:
    """The changed digit; each of its 784 pixels can be chosen."""
    image = changed(digit, tuple(changes))
    high, wide = digit.shape
    return Sheet(
        id="digit",
        title="",
        note=words,
        uri=data_uri(digit_image(image, SIDE)),
        rows=high,
        columns=wide,
        count=high * wide,
        alt=words,
        width=SIDE,
        boxes=tuple(Box(change.row, change.column) for change in changes),
    )


def hardness_chart(found: Sequence[tuple[str, Hardness]], theme: Theme) -> Chart:
    """A row for each network: a stroke for each digit, a dot at the median with its number."""
    colours = PALETTES[theme]
    columns: dict[str, list[Any]] = {
        "network": [name for name, hardness in found for _ in hardness.pixels],
        "pixels": [count for _, hardness in found for count in hardness.pixels],
        "median": [hardness.median for _, hardness in found for _ in hardness.pixels],
    }
    x: dict[str, Any] = {
        "field": "pixels",
        "type": "quantitative",
        "title": "Pixels that had to change",
        "scale": {"domain": [0, NEVER]},
        "axis": {
            "values": [0, 10, 20, 30, NEVER],
            "labelExpr": f"datum.value > {MOST} ? 'over {MOST}' : datum.label",
            "grid": False,
        },
    }
    y = {"field": "network", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 220}}
    middle = x | {"field": "median", "aggregate": "min"}  # the same for each of its digits
    known = [{"filter": "isValid(datum.median)"}]
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "tick", "thickness": 2, "size": 22, "opacity": 0.6, "color": colours.muted},
            "encoding": {"x": x, "y": y},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 140, "opacity": 1, "color": colours.train},
            "transform": known,
            "encoding": {"x": middle, "y": y},
        },
        {
            "mark": {"type": "text", "dy": -19, "fontSize": 14, "fontWeight": 600, "color": colours.train},
            "transform": known,
            "encoding": {
                "x": middle,
                "y": y,
                "text": {"field": "median", "type": "quantitative", "aggregate": "min", "format": ".3~g"},
            },
        },
    ]
    alt = "; ".join(f"{name}: {_half(hardness)}" for name, hardness in found)
    return Chart(
        base_spec(theme, 56 + 52 * len(found)) | {"layer": layers},
        columns,
        f"Pixels that turned a test digit into another. {alt}.",
    )


def _half(hardness: Hardness) -> str:
    if hardness.median is None:
        return f"at most half by {MOST} pixels or fewer"
    return f"half by {hardness.median:g} pixels or fewer"
