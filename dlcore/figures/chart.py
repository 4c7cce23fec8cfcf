"""A chart that redraws in place: a fixed Vega-Lite specification, and the table that changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlcore.figures.palette import PALETTES, Theme


@dataclass(frozen=True)
class Chart:
    """`columns` by name, all of one length; `alt` says in words what the picture shows."""

    spec: Mapping[str, Any]
    columns: Mapping[str, Sequence[Any]]
    alt: str


def base_spec(theme: Theme, height: int) -> dict[str, Any]:
    """What all charts share: size, background, letters that can be read from the back row."""
    colours = PALETTES[theme]
    return {
        "height": height,
        "background": colours.background,
        "padding": {"left": 4, "right": 8, "top": 4, "bottom": 4},
        "config": {
            "view": {"stroke": None},
            "axis": {
                "labelFontSize": 14,
                "titleFontSize": 14,
                "titleFontWeight": "normal",
                "labelColor": colours.muted,
                "titleColor": colours.text,
                "gridColor": colours.grid,
                "domainColor": colours.grid,
                "tickColor": colours.grid,
            },
        },
    }


def spanning(axis: Mapping[str, Any], values: Iterable[float], empty: tuple[float, float]) -> dict[str, Any]:
    """A logarithmic axis over these values, `empty` where there is none.

    A chart is there before its data: left to find the span in them, Vega warns that it is infinite.
    """
    positive = [value for value in values if value > 0]
    low, high = (min(positive), max(positive)) if positive else empty
    domain = [low, high] if low < high else [low / 2, low * 2]
    return {**axis, "scale": {**axis.get("scale", {}), "domain": domain, "nice": True}}
