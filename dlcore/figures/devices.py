"""Matrix products by size and device, and the roof under which all work of a machine stands."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from dlcore.figures.chart import Chart, base_spec, spanning
from dlcore.figures.palette import PALETTES, Theme
from dlcore.tensors.devices import ALL, BYTES, GPU, ONE, SIZES, SMALL, Devices
from dlcore.tensors.words import devices_words, roof_words

SHAPES = {ONE: "circle", ALL: "triangle-up", GPU: "diamond"}
ADDED = 1 / (3 * BYTES)  # operations a byte of a sum: two numbers read, one written
LOG: dict[str, Any] = {"type": "quantitative", "scale": {"type": "log"}}


def sizes_chart(found: Devices, theme: Theme) -> Chart:
    """A line for each device; where the strongest one came first, a rule."""
    colours = PALETTES[theme]
    names = found.names
    shades = {ONE: colours.train, ALL: colours.val, GPU: colours.positive}
    columns: dict[str, list[Any]] = {
        "size": [point.size for point in found.points],
        "ms": [1e3 * point.seconds for point in found.points],
        "device": [point.device for point in found.points],
        "end": [point.device if point is found.of(point.device)[-1] else "" for point in found.points],
    }
    scale = {"domain": list(names), "range": [shades[name] for name in names]}
    x = spanning({**LOG, "field": "size", "title": "Rows and columns of both (log scale)"}, SIZES, (8, 512))
    x["axis"] = {"values": sorted(set(columns["size"])), "grid": False}
    x["scale"]["nice"] = False
    y = spanning({**LOG, "field": "ms", "title": "Milliseconds (log scale)"}, columns["ms"], (0.001, 10))
    y["axis"] = {"format": "~g", "values": _decades(columns["ms"])}
    colour = {
        "field": "device",
        "type": "nominal",
        "scale": scale,
        "legend": {"title": None, "orient": "top"},
    }
    shape = {
        "field": "device",
        "type": "nominal",
        "scale": {**scale, "range": [SHAPES[name] for name in names]},
    }
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"x": x, "y": y, "color": colour}},
        {
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour, "shape": shape},
        },
    ]
    if found.crossing is not None:
        rule = {"type": "rule", "strokeDash": [4, 4], "strokeWidth": 2, "color": colours.muted}
        layers.append({"mark": rule, "encoding": {"x": {"datum": found.crossing, **LOG}}})
    return Chart(
        base_spec(theme, 280) | {"layer": layers},
        columns,
        f"Time of a matrix product. {devices_words(found)}",
    )


def roofline_chart(found: Devices, theme: Theme) -> Chart:
    """The roof: memory's slope up to the peak. Below it, what was measured."""
    colours = PALETTES[theme]
    bandwidth = max(found.bandwidth.values())
    peak, bend = found.peak, found.peak / bandwidth
    low, high = 0.7 * ADDED, 2 * max(bend, *(point.intensity for point in found.points))
    roof = [(low, low * bandwidth), (bend, peak), (high, peak)]
    best = [max((p for p in found.points if p.size == size), key=lambda p: p.rate) for size in _sizes(found)]
    said = {best[0].size, SMALL, best[-1].size}
    points = [(ADDED, max(found.added.values()), "a + b")] + [
        (point.intensity, point.rate, f"{point.size}×{point.size}" if point.size in said else "")
        for point in best
    ]
    columns: dict[str, list[Any]] = {
        "kind": ["roof"] * len(roof) + ["measured"] * len(points),
        "intensity": [place for place, _ in roof] + [place for place, _, _ in points],
        "rate": [rate / 1e9 for _, rate in roof] + [rate / 1e9 for _, rate, _ in points],
        "label": [""] * len(roof) + [label for _, _, label in points],
    }
    x = spanning(
        {**LOG, "field": "intensity", "title": "Operations for each byte (log scale)"},
        columns["intensity"],
        (0.1, 100),
    )
    y = spanning(
        {**LOG, "field": "rate", "title": "Billion operations a second (log scale)"},
        columns["rate"],
        (0.1, 100),
    )
    x["axis"] = {"format": "~g", "values": _decades(columns["intensity"]), "grid": False}
    y["axis"] = {"format": "~g", "values": _decades(columns["rate"])}
    x["scale"]["nice"] = False
    only = {"roof": {"filter": "datum.kind == 'roof'"}, "measured": {"filter": "datum.kind == 'measured'"}}
    layers: list[dict[str, Any]] = [
        {
            "transform": [only["roof"]],
            "mark": {"type": "line", "strokeWidth": 3, "color": colours.muted},
            "encoding": {"x": x, "y": y},
        },
        {
            "transform": [only["measured"]],
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1, "color": colours.train},
            "encoding": {"x": x, "y": y},
        },
        {
            "transform": [only["measured"]],
            "mark": {
                "type": "text",
                "dy": 17,
                "fontSize": 13,
                "color": colours.text,
            },
            "encoding": {"x": x, "y": y, "text": {"field": "label"}},
        },
    ]
    return Chart(
        base_spec(theme, 280) | {"layer": layers}, columns, f"This machine's roof. {roof_words(found)}"
    )


def _sizes(found: Devices) -> list[int]:
    return sorted({point.size for point in found.points})


def _decades(values: Iterable[float]) -> list[float]:
    """1, 10, 100 … as far as the values go: between them a logarithmic axis is too full of lines."""
    powers = [math.floor(math.log10(value)) for value in values if value > 0]
    return [10.0**power for power in range(min(powers), max(powers) + 2)]
