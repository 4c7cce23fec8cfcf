"""Bars: how a network shares its vote, among the ten digits or among classes with names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlcore.datasets.catalogue import DIGITS
from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme
from dlcore.words import vote_percent


def share_bars(
    y: Mapping[str, Any], theme: Theme, height: int, *, coloured: str, room: int, title: str = "Share (%)"
) -> dict[str, Any]:
    """A spec of horizontal bars by `share`, those in colour of which `coloured` holds, each with its `label`.

    `room` is where the axis ends: beyond 100 there is place for the labels.
    """
    colours = PALETTES[theme]
    axis = {"labelColor": colours.text, "ticks": False, "domain": False}
    position = {
        "y": {"title": None, **y, "axis": axis | y["axis"]},
        "x": {
            "field": "share",
            "type": "quantitative",
            "title": title,
            "scale": {"domain": [0, room], "nice": False},
            "axis": {"values": [0, 50, 100], "grid": False},
        },
    }
    colour = {"condition": {"test": f"datum.{coloured}", "value": colours.train}, "value": colours.muted}
    return base_spec(theme, height) | {
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.7}}, "encoding": position | {"color": colour}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 14, "color": colours.text},
                "encoding": position | {"text": {"field": "label"}},
            },
        ]
    }


def probability_chart(probabilities: Sequence[float], theme: Theme, *, height: int = 280) -> Chart:
    """One horizontal bar per digit, the largest in colour, each with its share in per cent."""
    best = max(range(10), key=lambda digit: probabilities[digit])
    y = {"field": "digit", "type": "ordinal", "axis": {"labelFontSize": 16}}
    spec = share_bars(y, theme, height, coloured="best", room=136, title="Share of the vote (%)")
    shares = [100 * probability for probability in probabilities]
    columns: dict[str, list[Any]] = {
        "digit": list(range(10)),
        "share": shares,
        "label": [_label(share) for share in shares],
        "best": [digit == best for digit in range(10)],
    }
    return Chart(spec, columns, vote_words(probabilities))


def _label(share: float) -> str:
    """Per cent; never all of the vote."""
    return "" if share < 0.05 else f"{share:.1f}" if share < 99.95 else "> 99.9"


def vote_words(probabilities: Sequence[float], names: Sequence[str] = DIGITS) -> str:
    """The bars in a sentence, for who cannot see them."""
    best = max(range(10), key=lambda digit: probabilities[digit])
    share = vote_percent(probabilities[best])
    return f"{names[best]} gets {share} of the vote, in ten bars that add up to 100 %."
