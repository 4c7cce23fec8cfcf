"""Charts for a projector: read from six metres, letters grow and lines become thick."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LETTERS = 20 / 14  # of letters that are 14 pixels high
LINES = 2.0
ROOM = LETTERS  # a chart is as much higher

_GROWS: Mapping[str, float] = {
    # Vega-Lite
    "fontSize": LETTERS,
    "labelFontSize": LETTERS,
    "titleFontSize": LETTERS,
    "labelLimit": LETTERS,
    "strokeWidth": LINES,
}
_GROWS_INSIDE: Mapping[str, tuple[str, float]] = {
    # plotly: `size` of whatever is a font, `width` of a line
    "font": ("size", LETTERS),
    "tickfont": ("size", LETTERS),
    "textfont": ("size", LETTERS),
    "title_font": ("size", LETTERS),
    "line": ("width", LINES),
}


def enlarged(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A chart's specification, Vega-Lite's or plotly's as plain data, for a projector."""
    grown: dict[str, Any] = _grown(spec)
    for room in (grown, grown.get("layout")):
        if isinstance(room, dict) and isinstance(room.get("height"), int | float):
            room["height"] = round(ROOM * room["height"])
    return grown


def _grown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _inner(name, inner) for name, inner in value.items()}
    if isinstance(value, list | tuple) and value and isinstance(value[0], Mapping | list | tuple):
        return [_grown(inner) for inner in value]
    return value


def _inner(name: str, value: Any) -> Any:
    if name in _GROWS and isinstance(value, int | float):
        return _GROWS[name] * value
    grown = _grown(value)
    if name in _GROWS_INSIDE and isinstance(grown, dict):
        inner, times = _GROWS_INSIDE[name]
        if isinstance(grown.get(inner), int | float):
            grown[inner] *= times
    return grown
