"""One training step in pictures: the units of a layer, the error over one weight, one unit's gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from dlcore.blackpatch.twins.compare import GradientCheck, StepTimes
from dlcore.blackpatch.walk import Arrow
from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.digits import data_uri, maps_image
from dlcore.figures.palette import PALETTES, Theme

PICTURE = (
    '<div style="position:relative;width:100%;max-width:160px;line-height:0">'
    '<img src="{uri}" alt="{alt}" style="width:100%;image-rendering:pixelated;'
    'outline:1px solid rgba(128,128,128,.4)">{outline}</div>'
)
OUTLINE = (  # light around dark, so that it is seen on black, on white and on any colour
    '<div style="position:absolute;box-sizing:border-box;left:{left}%;top:{top}%;width:{size}%;'
    'height:{size}%;border:2px solid {dark};box-shadow:0 0 0 2px {light}"></div>'
)


def units_chart(
    values: Sequence[float | None], chosen: int, title: str, theme: Theme, *, height: int = 170
) -> Chart:
    """A bar per unit, green above 0, violet below; the chosen one has a frame. The selection is "unit"."""
    colours, known = PALETTES[theme], [value for value in values if value is not None]
    bars = {
        "mark": {"type": "bar", "cursor": "pointer", "strokeWidth": 2},
        "params": [{"name": "unit", "select": {"type": "point", "fields": ["unit"], "nearest": False}}],
        "encoding": {
            "x": {
                "field": "unit",
                "type": "ordinal",
                "title": "Unit",
                "axis": {"values": list(range(1, len(values) + 1, 5)), "labelAngle": 0},
            },
            "y": {
                "field": "value",
                "type": "quantitative",
                "title": title,
                "axis": {"labels": bool(known)},
            },
            "color": {
                "condition": {"test": "datum.value >= 0", "value": colours.positive},
                "value": colours.negative,
            },
            "stroke": {"condition": {"test": "datum.chosen", "value": colours.text}, "value": None},
            "tooltip": [{"field": "unit"}, {"field": "value", "format": ".5f"}],
        },
    }
    columns: dict[str, Sequence[Any]] = {
        "unit": list(range(1, len(values) + 1)),
        "value": list(values),
        "chosen": [unit == chosen for unit in range(len(values))],
    }
    alt = f"{title} of {len(values)} units: "
    if not known:
        return Chart(base_spec(theme, height) | bars, columns, f"{alt}not worked out yet.")
    above, below = sum(value > 0 for value in known), sum(value < 0 for value in known)
    alt += f"{above} above 0, {below} below. Unit {chosen + 1} has {known[chosen]:.5f}."
    return Chart(base_spec(theme, height) | bars, columns, alt)


def slope_chart(
    deltas: Sequence[float], losses: Sequence[float], gradient: float, at: float, theme: Theme
) -> Chart:
    """The loss over a change of one weight, and the straight line that its gradient foretells."""
    colours = PALETTES[theme]
    here = min(range(len(deltas)), key=lambda i: abs(deltas[i]))
    start = losses[here]
    x = {"field": "delta", "type": "quantitative", "title": "Change of this weight"}
    low, high = min(losses), max(losses)
    margin = 0.1 * (high - low) or 1e-6
    y = {
        "field": "loss",
        "type": "quantitative",
        "title": "Loss (nats)",
        "scale": {"domain": [low - margin, high + margin], "zero": False, "nice": False},
    }

    def layer(name: str, **mark: Any) -> dict[str, Any]:
        return {
            "transform": [{"filter": f"datum.line == '{name}'"}],
            "mark": {"clip": True, **mark},
            "encoding": {"x": x, "y": y},
        }

    reached = min(range(len(deltas)), key=lambda i: abs(deltas[i] - at))
    rows = [(d, loss, "loss") for d, loss in zip(deltas, losses, strict=True)]
    rows += [(d, start + gradient * d, "gradient") for d in deltas]
    rows += [(deltas[reached], losses[reached], "here")]
    spec = base_spec(theme, 220) | {
        "layer": [
            layer("loss", type="line", strokeWidth=3, color=colours.train),
            layer("gradient", type="line", strokeWidth=2, strokeDash=[6, 4], color=colours.val),
            layer("here", type="point", filled=True, size=130, color=colours.text),
        ]
    }
    columns: dict[str, Sequence[Any]] = {
        "delta": [row[0] for row in rows],
        "loss": [row[1] for row in rows],
        "line": [row[2] for row in rows],
    }
    alt = (
        f"The loss over a change of this weight: {start:.4f} unchanged, {losses[reached]:.4f} at "
        f"{deltas[reached]:+.3g}. The gradient {gradient:.5f} is the slope at 0."
    )
    return Chart(spec, columns, alt)


def signed_image(values: Sequence[float], theme: Theme, *, scale: int = 16) -> Image.Image:
    """Numbers of one image's pixels, row by row -> violet below 0, the background at 0, green above."""
    side = round(len(values) ** 0.5)
    maps = np.array(values, dtype=np.float32).reshape(1, side, side)
    return maps_image(maps, theme, columns=1, scale=scale)


def picture_html(image: Image.Image, alt: str, outlined: tuple[int, int], side: int, theme: Theme) -> str:
    """A small picture as wide as its place allows, its pixels sharp; of its `side` × `side` pixels the one
    at this row and column is outlined.
    """
    colours, (row, column) = PALETTES[theme], outlined
    dark, light = sorted((colours.text, colours.background))
    outline = OUTLINE.format(
        left=f"{100 * column / side:.2f}",
        top=f"{100 * row / side:.2f}",
        size=f"{100 / side:.2f}",
        dark=dark,
        light=light,
    )
    return PICTURE.format(uri=data_uri(image), alt=alt, outline=outline)


def three_ways_table(check: GradientCheck, arrow: Arrow) -> dict[str, list[str]]:
    """One weight's gradient from three sources, and how far these are apart anywhere."""
    chosen = check.at(arrow)
    return {
        "This weight's gradient": ["By hand", "torch autograd", "Measured: nudged both ways"],
        "Value": [f"{v:.10f}" for v in (chosen.by_hand, chosen.autograd, chosen.numeric)],
        f"Largest difference from ours, of {len(check.parameters):,} parameters": [
            "–",
            f"{check.hand_autograd:.1e}",
            f"{check.hand_numeric:.1e}",
        ],
    }


def times_table(found: StepTimes) -> dict[str, list[Any]]:
    """The same step in three kinds of code."""
    return {
        "One training step, one image": ["Plain Python", "NumPy", "torch"],
        "Microseconds": [round(v) for v in (found.plain, found.numpy, found.torch)],
    }
