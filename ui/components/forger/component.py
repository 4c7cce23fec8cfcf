"""The board of the game in the plane. It asks ui/forging.py for frames, and tells its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import streamlit as st

from dlcore.figures.palette import PALETTES, Theme
from dlcore.gan.plane.config import PlaneConfig
from dlcore.gan.plane.points import real_points
from dlcore.schema import Knob, knobs
from dlcore.words import number
from ui.components.heard import calls
from ui.components.parts import part

SHOWN_REAL = 250  # real points that are painted
ROLES = ("train", "val", "test", "positive", "negative", "muted", "text", "background")

_board = st.components.v2.component(
    "forger",
    html=part("forger/forger.html"),
    css=part("forger/forger.css"),
    js=part("ask.js")
    + "".join(part(f"forger/{name}.js") for name in ("lane", "paint", "story", "own", "knobs", "forger")),
)


def show_board(
    key: str,
    config: PlaneConfig,
    own: Sequence[Sequence[float]],
    on: Mapping[str, Callable[[Any], None]],
    *,
    first: Mapping[str, Any] | None,
    asks: Mapping[str, str],
    most: int,
    still: int,
    turn: Callable[[], int],
    theme: Theme,
) -> None:
    """It opens on the `first` frames and plays; where the visitor's system asks for less motion it stands at
    the step `still`.

    `asks` are the addresses of "frames" and of "tells" (one step in slow motion); it plays to the step
    `most`. With another `turn` it takes this config; else it keeps what was chosen on it. It calls
    `on["config"]` with the fields, `on["own"]` with one's own points, and `on["seen"]` with the "config" of
    the game on it and some "rows" of what it has shown: a client may send anything.
    """
    colours = PALETTES[theme]
    data = {
        "config": config.model_dump(exclude={"schema_version"}),
        "own": [list(point) for point in own],
        "first": first,
        "asks": {**asks, "most": most},
        "still": still,
        "plays": True,
        "turn": turn(),
        "real": _real(),
        "knobs": {name: _knob(knob) for name, knob in knobs(PlaneConfig).items()},
        "colours": {role: getattr(colours, role) for role in ROLES},
    }
    _board(key=key, data=data, **calls(key, on, turn))


@cache
def _real() -> dict[str, list[float]]:
    """Some real points of each kind: x, y, x, y …"""
    draw = np.random.default_rng(0)
    configs = {name: PlaneConfig(data=name) for name in ("ring", "line", "moons")}
    return {
        name: [round(float(value), 3) for value in real_points(config, draw, SHOWN_REAL).flatten()]
        for name, config in configs.items()
    }


def _knob(knob: Knob) -> dict[str, Any]:
    """What a control needs: its words, its values if there are few, with those on a 1-2-5 ladder, and of a
    text the pattern.
    """
    steps: list[tuple[str, str]] = list(knob.options.items())
    if knob.scale == "log":
        steps = [(f"{rung:g}", number(rung)) for rung in knob.ladder]
    return {
        "title": knob.title,
        "help": knob.help,
        "low": knob.low,
        "high": knob.high,
        "whole": knob.kind is int,
        "steps": steps or None,
        "text": knob.form and PATTERNS[knob.name],
    }


PATTERNS = {
    name: next(limit.pattern for limit in field.metadata if getattr(limit, "pattern", None))
    for name, field in PlaneConfig.model_fields.items()
    if any(getattr(limit, "pattern", None) for limit in field.metadata)
}
