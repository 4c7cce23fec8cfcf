"""One training step over time: a bar for each stretch, on one row for each part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme, mixed
from dlcore.inspection.phases import TITLES, Phase, shares_of_step
from dlcore.words import milliseconds, percent

ROW = 38  # pixels
HIGHEST = ROW * len(TITLES) + 16  # of a picture of a step, in pixels
SPACE = 1.45  # of the whole step: room for the number behind the last bar


def step_chart(phases: Sequence[Phase], theme: Theme) -> Chart:
    """Milliseconds from left to right; behind the last bar of a row what its part takes in all."""
    colours = PALETTES[theme]
    shares = shares_of_step(phases)
    whole = max(phase.end for phase in phases)
    last = {phase.part: index for index, phase in enumerate(phases)}
    labels = {part: f"{milliseconds(share * whole)}, {percent(share)}" for part, share in shares.items()}
    columns: dict[str, list[Any]] = {
        "part": [TITLES[phase.part] for phase in phases],
        "begin": [phase.begin for phase in phases],
        "end": [phase.end for phase in phases],
        "label": [labels[p.part] if index == last[p.part] else "" for index, p in enumerate(phases)],
    }
    shown = [TITLES[part] for part in shares]
    back = mixed(colours.train, colours.background, 0.4)
    strong = {"Forward": colours.train, "Backward": back}
    y = {
        "field": "part",
        "type": "nominal",
        "sort": shown,
        "title": None,
        "axis": {"labelFontSize": 15, "labelColor": colours.text, "ticks": False, "domain": False},
    }
    x = {
        "field": "begin",
        "type": "quantitative",
        "title": "Milliseconds of one step",
        "scale": {"domain": [0, SPACE * whole], "nice": False},
        "axis": {"grid": False, "tickCount": 5},
    }
    colour = {
        "field": "part",
        "type": "nominal",
        "scale": {"domain": shown, "range": [strong.get(name, colours.muted) for name in shown]},
        "legend": None,
    }
    bars = {
        "mark": {"type": "bar", "height": {"band": 0.75}},
        "encoding": {"y": y, "x": x, "x2": {"field": "end"}, "color": colour},
    }
    texts = {
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 14, "color": colours.text},
        "encoding": {"y": y, "x": {**x, "field": "end"}, "text": {"field": "label"}},
    }
    alt = "One training step over time: " + ", then ".join(
        f"{TITLES[part].lower()} {label}" for part, label in labels.items()
    )
    return Chart(base_spec(theme, ROW * len(shown)) | {"layer": [bars, texts]}, columns, f"{alt}.")
