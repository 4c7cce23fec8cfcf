"""What each layer of a network holds, and what it does."""

from __future__ import annotations

from typing import Any

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme
from dlcore.inspection.structure.structure import Structure
from dlcore.words import percent


def shares_chart(structure: Structure, theme: Theme) -> Chart:
    """Two bars for each layer that has weights: its share of the parameters and of the multiply-adds."""
    colours = PALETTES[theme]
    parameters, work = structure.shares("parameters"), structure.shares("multiply_adds")
    layers = [layer.name for layer in structure.layers if parameters[layer.name] or work[layer.name]]
    kinds = {"Parameters": (parameters, colours.muted), "Multiply-adds": (work, colours.train)}
    rows = [(name, kind, 100 * kinds[kind][0][name]) for name in layers for kind in kinds]
    columns: dict[str, list[Any]] = {
        "layer": [row[0] for row in rows],
        "what": [row[1] for row in rows],
        "share": [row[2] for row in rows],
        "label": [percent(row[2] / 100) for row in rows],
    }
    y = {
        "field": "layer",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelFontSize": 15, "labelColor": colours.text, "ticks": False, "domain": False},
    }
    x = {
        "field": "share",
        "type": "quantitative",
        "title": "Share of the network (%)",
        "scale": {"domain": [0, 118], "nice": False},
        "axis": {"values": [0, 25, 50, 75, 100], "grid": False},
    }
    offset = {"field": "what", "sort": list(kinds)}
    colour = {
        "field": "what",
        "type": "nominal",
        "scale": {"domain": list(kinds), "range": [colour for _, colour in kinds.values()]},
        "legend": None,
    }
    position = {"y": y, "x": x, "yOffset": offset}
    spec = base_spec(theme, 56 * len(layers)) | {
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.85}}, "encoding": position | {"color": colour}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 14, "color": colours.text},
                "encoding": position | {"text": {"field": "label"}},
            },
        ]
    }
    held, busy = structure.most("parameters").name, structure.most("multiply_adds").name
    alt = (
        f"{held} holds {percent(parameters[held])} of the parameters and does {percent(work[held])} of the "
        f"multiply-adds; {busy} holds {percent(parameters[busy])} and does {percent(work[busy])}."
    )
    return Chart(spec, columns, alt)
