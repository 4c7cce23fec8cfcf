"""The black patch in pictures: its curves, the map of places, one image."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlcore.blackpatch.images import Image as Pixels
from dlcore.blackpatch.looks import PositionMap
from dlcore.blackpatch.network import Network
from dlcore.figures.chart import Chart, base_spec, spanning
from dlcore.figures.curve_marks import Level, moved_in
from dlcore.figures.curves import DASHED, LINE, LOSS_AXIS, Split, curve_chart, curve_rows, epochs
from dlcore.figures.digits import maps_image
from dlcore.figures.palette import PALETTES, Theme
from dlcore.run import Run
from dlcore.words import exact_percent, vote_percent

SPLITS: Mapping[str, Split] = {
    "train": Split("training", "train", LINE),
    "test": Split("its own test", "test", LINE, {"shape": "diamond", "filled": True, "size": 55}),
    "fair": Split("fair test", "val", DASHED, {"shape": "triangle-up", "filled": True, "size": 55}),
}
CORRECT_AXIS: Mapping[str, Any] = {
    "title": "Correct (%)",
    "scale": {"domain": [40, 100], "clamp": True, "nice": False},
}
# An even share among two answers.
CHANCE: Mapping[str, Level] = {
    "loss": Level(math.log(2), f"chance: ln 2 = {math.log(2):.3f}"),
    "accuracy": Level(50, "chance: 50 %"),
}


def patch_curve(run: Run, what: str, steps_per_epoch: float, theme: Theme, *, height: int = 230) -> Chart:
    """`what` is "loss" (nats, log scale) or "accuracy" (% correct) over epochs, for the three splits."""
    rows = curve_rows(run, what, steps_per_epoch, SPLITS)
    y: Mapping[str, Any] = spanning(LOSS_AXIS, (*(row[1] for row in rows), math.log(2)), (0.01, 1.0))
    if what == "accuracy":
        rows, y = [(epoch, 100 * share, split) for epoch, share, split in rows], CORRECT_AXIS
    room = epochs(run, steps_per_epoch)
    return curve_chart(
        what.capitalize(),
        rows,
        room,
        SPLITS,
        y,
        theme,
        height=height,
        said="{:.3g}".format,
        level=CHANCE[what],
        moved=moved_in(run, steps_per_epoch),
    )


def position_chart(places: PositionMap, theme: Theme, *, height: int = 230) -> Chart:
    """A field per place of the patch's middle, green where a patch there is found."""
    colours = PALETTES[theme]
    cell = {
        "x": {
            "field": "column",
            "type": "ordinal",
            "title": "Column of its middle",
            "axis": {"labelAngle": 0},
        },
        "y": {"field": "row", "type": "ordinal", "title": "Row"},
    }
    scale = {
        "domain": [0, 0.5, 1],
        "range": [colours.background, colours.grid, colours.positive],
        "interpolate": "rgb",
    }
    fill = {"field": "probability", "type": "quantitative", "scale": scale, "legend": None}
    text = {
        "text": {"field": "label"},
        "color": {
            "condition": {"test": "datum.probability > 0.8", "value": colours.background},
            "value": colours.text,
        },
    }
    spec = base_spec(theme, height) | {
        "layer": [
            {"mark": {"type": "rect", "stroke": colours.grid}, "encoding": cell | {"color": fill}},
            {"mark": {"type": "text", "fontSize": 14}, "encoding": cell | text},
        ]
    }
    columns: dict[str, Sequence[Any]] = {
        "row": places.rows,
        "column": places.columns,
        "probability": places.probabilities,
        "label": [exact_percent(p, 0) for p in places.probabilities],
    }
    return Chart(
        spec,
        columns,
        f"A patch is found at {places.found} of {len(places.probabilities)} places. "
        f"An image without one is called a patch with {vote_percent(places.blank)}.",
    )


def greys(pixels: Pixels) -> NDArray[np.uint8]:
    """Grey levels 0..1, row by row -> (side, side) uint8, 0 = black."""
    side = round(len(pixels) ** 0.5)
    found: NDArray[np.uint8] = (255 * np.clip(pixels, 0, 1)).round().astype(np.uint8).reshape(side, side)
    return found


def patch_image(pixels: Pixels, side: int, scale: int) -> Image.Image:
    """Grey levels 0..1, row by row -> a picture with `scale` screen pixels a pixel."""
    return Image.fromarray(greys(pixels)).resize((side * scale, side * scale), Image.Resampling.NEAREST)


def weights_image(network: Network, theme: Theme, *, columns: int = 14, scale: int = 5) -> Image.Image:
    """What each unit of the first layer looks for: its weights laid out as the image they weigh."""
    first = network.layers[0]
    side = round(len(first.weights[0]) ** 0.5)
    maps = np.array(first.weights, dtype=np.float32).reshape(-1, side, side)
    return maps_image(maps, theme, columns=columns, scale=scale)
