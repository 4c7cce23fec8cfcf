"""Pictures of the data: a wall of digits, how often each comes, grey levels, and loading times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlcore.batches.loading import Loading
from dlcore.batches.statistics import Statistics
from dlcore.figures.bar_rows import BarRow, bar_rows
from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.digits import data_uri, tiled
from dlcore.figures.maps import Box, Sheet
from dlcore.figures.palette import PALETTES, Theme

COLUMNS = 12  # of the wall
LEVELS = 32  # bars of the grey levels, eight to each
SIDE = 28
GREY = 64  # of the edges


def grid_image(pixels: NDArray[np.uint8], columns: int) -> Image.Image:
    """(N, 28, 28) -> rows of `columns`, white on black, each with an edge of a pixel."""
    grid = tiled(np.pad(pixels, ((0, 0), (1, 1), (1, 1))), columns)
    for edge in (0, SIDE + 1):
        grid[edge :: SIDE + 2] = grid[:, edge :: SIDE + 2] = GREY
    return Image.fromarray(grid)


def wall_sheet(pixels: NDArray[np.uint8], chosen: int | None, note: str) -> Sheet:
    """The digits of a wall; the chosen place is framed."""
    boxes = () if chosen is None else (Box(*divmod(chosen, COLUMNS)),)
    return Sheet(
        id="wall",
        title="",
        note=note,
        uri=data_uri(grid_image(pixels, COLUMNS)),
        rows=max(1, -(-len(pixels) // COLUMNS)),
        columns=COLUMNS,
        count=len(pixels),
        alt=f"{len(pixels)} test digits. {note}",
        width=640,
        boxes=boxes,
    )


def classes_chart(train: Statistics, theme: Theme) -> Chart:
    """How many of the training digits are of each class; the rarest and the most frequent in colour."""
    colours = PALETTES[theme]
    counts = train.classes
    x = {"field": "digit", "type": "ordinal", "title": "Digit", "axis": {"labelAngle": 0}}
    y = {"field": "images", "type": "quantitative", "title": "Training images"}
    marked = {"condition": {"test": "datum.end", "value": colours.train}, "value": colours.muted}
    bars = {"mark": {"type": "bar"}, "encoding": {"x": x, "y": y, "color": marked}}
    columns: dict[str, Sequence[Any]] = {
        "digit": list(range(10)),
        "images": list(counts),
        "end": [count in (min(counts), max(counts)) for count in counts],
    }
    told = ", ".join(f"{digit}: {count:,}" for digit, count in enumerate(counts))
    return Chart(
        base_spec(theme, 190) | {"layer": [bars]}, columns, f"Training images of each digit. {told}."
    )


def grey_chart(seen: Statistics, mean: float, std: float, theme: Theme) -> Chart:
    """The share of pixels of each stretch of grey, log scale, where Normalize puts them."""
    colours = PALETTES[theme]
    wide = len(seen.grey) // LEVELS
    total = sum(seen.grey)
    shares = [100 * sum(seen.grey[first : first + wide]) / total for first in range(0, len(seen.grey), wide)]
    places = [(_middle(seen.grey, first, wide) / 255 - mean) / std for first in range(0, 256, wide)]
    low, high = -mean / std, (1 - mean) / std
    margin = (high - low) / 20  # half a bar at each end
    x = {
        "field": "value",
        "type": "quantitative",
        "title": "A pixel's number, as the network gets it",
        "scale": {"domain": [low - margin, high + margin], "nice": False},
        "axis": {"tickCount": 6, "grid": False},
    }
    y = {
        "field": "share",
        "type": "quantitative",
        "title": "Pixels (%, log scale)",
        "scale": {"type": "log", "domain": [0.1, 100]},
        "axis": {"values": [0.1, 1, 10, 100], "format": "~g"},
    }
    bars = {
        "mark": {"type": "rule", "strokeWidth": 5, "color": colours.train},
        "encoding": {"x": x, "y": y, "y2": {"datum": 0.1}},
    }
    columns = {"value": places, "share": [max(share, 0.1) for share in shares]}
    alt = f"Grey levels of all training pixels: {shares[0]:.0f} % lie in the darkest of {LEVELS} stretches."
    return Chart(base_spec(theme, 190) | {"layer": [bars]}, columns, alt)


def _middle(grey: Sequence[int], first: int, wide: int) -> float:
    """The mean grey level of a stretch's pixels: nearly all of the darkest are exactly 0."""
    counts = grey[first : first + wide]
    total = sum(counts)
    return sum((first + level) * count for level, count in enumerate(counts)) / total if total else first


def ways_chart(seen: Loading, theme: Theme) -> Chart:
    """Microseconds an image, a bar for each way of loading, and the training step it must keep up with."""
    colours = PALETTES[theme]
    rows = [BarRow(way.name, {"loading": way.best}, f"{way.best:.1f} µs") for way in seen.ways]
    rows.append(BarRow("training step", {"step": seen.step}, f"{seen.step:.0f} µs"))
    told = ", ".join(f"{row.name} {row.label}" for row in rows)
    return bar_rows(
        rows,
        {"loading": colours.train, "step": colours.muted},
        "Microseconds an image",
        f"How long an image takes. {told}.",
        theme,
    )


def stages_chart(seen: Loading, theme: Theme) -> Chart:
    """What the DataLoader without workers spends on each of its parts."""
    colours = PALETTES[theme]
    rest = max(0.0, seen.loader.best - sum(spent for _, spent in seen.stages))
    parts = (*seen.stages, ("all the rest", rest))
    rows = [BarRow(name, {"spent": spent}, f"{spent:.1f} µs") for name, spent in parts]
    told = ", ".join(f"{row.name} {row.label}" for row in rows)
    return bar_rows(
        rows, {"spent": colours.train}, "Microseconds an image", f"Parts of the DataLoader. {told}.", theme
    )
