"""Charts of a deep stack: gradients by layer, signals and blame by layer, and one layer's values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme
from dlcore.signals.stack import BINS, Histogram, Signals
from dlcore.signals.words import size

LAYER = {"field": "layer", "type": "ordinal", "title": "Layer", "axis": {"labelAngle": 0}}
LEAST = 1e-30  # what is 0 has no place on a logarithmic axis


def _log(value: float) -> float:
    return math.log10(value) if LEAST < value < math.inf else math.nan


def _powers(title: str, logs: Sequence[float]) -> dict[str, Any]:
    """A quantitative axis of powers of ten over logarithms: bars stand on its lower end."""
    known = [log for log in logs if math.isfinite(log)] or [0.0]
    low, high = math.floor(min(known)) - 1, math.ceil(max(known))
    step = max(1, math.ceil((high - low) / 6))
    return {
        "type": "quantitative",
        "title": title,
        "scale": {"domain": [low, max(high, low + 2)], "nice": False, "zero": False},
        "axis": {
            "values": list(range(low, high + 1, step)),
            "labelExpr": "'10' + replace(replace(replace(replace(replace(replace(replace(replace(replace("
            "replace(replace(format(datum.value, 'd'), /0/g, '⁰'), /1/g, '¹'), /2/g, '²'), /3/g, '³'), "
            "/4/g, '⁴'), /5/g, '⁵'), /6/g, '⁶'), /7/g, '⁷'), /8/g, '⁸'), /9/g, '⁹'), /[-−]/g, '⁻')",
        },
    }


def gradient_chart(signals: Signals, at: int, theme: Theme, *, height: int = 230) -> Chart:
    """A bar for each layer's gradient; layer `at`, counted from 1, stands out."""
    colours = PALETTES[theme]
    sizes = [layer.gradient for layer in signals.layers]
    logs = [_log(value) for value in sizes]
    axis = _powers("Size of the gradient", logs)
    low = axis["scale"]["domain"][0]
    spec = base_spec(theme, height) | {
        "mark": {"type": "bar"},
        "encoding": {
            "x": LAYER,
            "y": {"field": "log", **axis},
            "y2": {"datum": low},
            "color": {"condition": {"test": "datum.here", "value": colours.val}, "value": colours.train},
            "tooltip": [{"field": "layer", "title": "Layer"}, {"field": "size", "title": "Gradient"}],
        },
    }
    columns: dict[str, list[Any]] = {
        "layer": list(range(1, len(sizes) + 1)),
        "log": logs,
        "size": [size(value) for value in sizes],
        "here": [number == at for number in range(1, len(sizes) + 1)],
    }
    ends = f"{size(sizes[0])} at the first, {size(sizes[-1])} at the last"
    return Chart(spec, columns, f"The gradient of {len(sizes)} layers' weights: {ends}")


def flow_chart(signals: Signals, theme: Theme, *, height: int = 230) -> Chart:
    """Signals on their way forward, blame on its way back."""
    colours = PALETTES[theme]
    forward = [_log(layer.signal) for layer in signals.layers]
    back = [_log(layer.blame) for layer in signals.layers]
    kinds = ["Signals forward"] * len(forward) + ["Blame back"] * len(back)
    domain = ["Signals forward", "Blame back"]
    kind = {
        "field": "kind",
        "type": "nominal",
        "legend": {"title": None, "orient": "top", "labelFontSize": 14},
    }
    spec = base_spec(theme, height) | {
        "mark": {"type": "line", "point": {"size": 60, "filled": True}},
        "encoding": {
            "x": LAYER,
            "y": {"field": "log", **_powers("Size", [*forward, *back])},
            "color": {**kind, "scale": {"domain": domain, "range": [colours.train, colours.val]}},
            "shape": {**kind, "scale": {"domain": domain, "range": ["circle", "triangle-up"]}},
            "strokeDash": {**kind, "scale": {"domain": domain, "range": [[1, 0], [6, 4]]}},
        },
    }
    columns = {
        "layer": [*range(1, len(forward) + 1)] * 2,
        "log": [*forward, *back],
        "kind": kinds,
    }
    first, last = signals.layers[0], signals.layers[-1]
    alt = (
        f"Signals go from {size(first.signal)} at layer 1 to {size(last.signal)} at the last; "
        f"blame goes back from {size(last.blame)} to {size(first.blame)}"
    )
    return Chart(spec, columns, alt)


def histogram_chart(found: Histogram, title: str, colour: str, theme: Theme, *, height: int = 150) -> Chart:
    """How one layer's values are spread around 0."""
    edges = [found.reach * (2 * place / BINS - 1) for place in range(BINS + 1)]
    total = max(1, int(found.counts.sum()))
    spec = base_spec(theme, height) | {
        "mark": {"type": "bar", "color": colour},
        "encoding": {
            "x": {
                "field": "from",
                "type": "quantitative",
                "title": title,
                "bin": {"binned": True},
                "axis": {"format": ".1~e" if not 1e-2 <= found.reach < 1e4 else "~g", "tickCount": 5},
            },
            "x2": {"field": "to"},
            "y": {"field": "share", "type": "quantitative", "title": "Share (%)"},
        },
    }
    columns = {
        "from": edges[:-1],
        "to": edges[1:],
        "share": [100 * int(count) / total for count in found.counts],
    }
    middle = 100 * int(found.counts[BINS // 2]) / total
    return Chart(
        spec, columns, f"{title}: from {size(-found.reach)} to {size(found.reach)}, {middle:.0f} % at 0"
    )
