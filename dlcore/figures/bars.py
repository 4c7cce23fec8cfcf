"""Ten bars: how a network shares its vote among the ten digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcore.datasets.catalogue import DIGITS
from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme
from dlcore.words import vote_percent


def probability_chart(probabilities: Sequence[float], theme: Theme, *, height: int = 280) -> Chart:
    """One horizontal bar per digit, the largest in colour, each with its share in per cent."""
    colours = PALETTES[theme]
    best = max(range(10), key=lambda digit: probabilities[digit])
    position = {
        "y": {
            "field": "digit",
            "type": "ordinal",
            "title": None,
            "axis": {"labelFontSize": 16, "labelColor": colours.text, "ticks": False, "domain": False},
        },
        "x": {
            "field": "share",
            "type": "quantitative",
            "title": "Share of the vote (%)",
            "scale": {"domain": [0, 116], "nice": False},
            "axis": {"values": [0, 50, 100], "grid": False},
        },
    }
    colour = {"condition": {"test": "datum.best", "value": colours.train}, "value": colours.muted}
    spec = base_spec(theme, height) | {
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.7}}, "encoding": position | {"color": colour}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 14, "color": colours.text},
                "encoding": position | {"text": {"field": "label"}},
            },
        ]
    }
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
