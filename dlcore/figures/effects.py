"""What switching off each unit costs: a bar for each, and the band that chance alone would fill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme
from dlcore.inspection.activations.cards import HARDLY
from dlcore.inspection.activations.switching import Effect


def effects_chart(
    effects: Sequence[Effect], correct: int, total: int, layer: str, noun: str, theme: Theme
) -> Chart:
    """The change of the accuracy, in percentage points, by unit; gray where it hardly moves.

    `noun` is what a unit of this layer is called.
    """
    colours = PALETTES[theme]
    points = [100 * (effect.correct - correct) / total for effect in effects]
    position: dict[str, Any] = {
        "x": {
            "field": "unit",
            "type": "ordinal",
            "title": f"{noun.capitalize()} of {layer} that is switched off",
            "axis": {"labelAngle": 0, "labelOverlap": True},
        },
        "y": {"field": "points", "type": "quantitative", "title": "Accuracy, change (points)"},
    }
    details: dict[str, Any] = {
        "color": {
            "condition": {"test": f"abs(datum.points) > {HARDLY}", "value": colours.wrong},
            "value": colours.muted,
        },
        "tooltip": [
            {"field": "unit", "title": noun},
            {"field": "points", "format": "+.2f"},
            {"field": "lost", "title": "images now wrong"},
            {"field": "won", "title": "images now right"},
        ],
    }
    spec = base_spec(theme, 220) | {"mark": {"type": "bar"}, "encoding": position | details}
    columns: dict[str, Sequence[Any]] = {
        "unit": [effect.unit + 1 for effect in effects],
        "points": points,
        "lost": [effect.lost for effect in effects],
        "won": [effect.won for effect in effects],
    }
    few = sum(abs(value) <= HARDLY for value in points)
    loss = -min(points, default=0)
    worst = f"the largest loss is {loss:.2f} points" if loss > 0 else "none is missed"
    return Chart(
        spec,
        columns,
        f"Accuracy on {total:,} test images without one {noun} of {layer}: it moves by {HARDLY} points at "
        f"most for {few} of {len(points)} {noun}s; {worst}.",
    )
