"""The board of activations and gradients. It asks ui/signalling.py after a change, and tells its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from dlcore.figures.palette import PALETTES, Theme
from dlcore.playground.activations import NAMES
from dlcore.schema import knobs
from dlcore.signals.config import SignalsConfig
from dlcore.signals.curve import REACH, Curve, curve_of
from ui.components.heard import calls
from ui.components.parts import part

_board = st.components.v2.component(
    "signals",
    html=part("signals/signals.html"),
    css=part("signals/signals.css"),
    js="".join(part(f"signals/{name}.js") for name in ("paint", "curve", "knobs", "signals")),
)


def _drawn(curve: Curve) -> dict[str, Any]:
    digits = {"values": curve.values, "slopes": curve.slopes}
    return {name: [round(value, 5) for value in all_] for name, all_ in digits.items()} | {
        "steepest": curve.steepest
    }


CURVES = {name: _drawn(curve_of(name)) for name in NAMES}


def show_board(
    key: str,
    config: SignalsConfig,
    first: Mapping[str, Any],
    on_change: Callable[[Any], None],
    *,
    asks: str,
    turn: Callable[[], int],
    theme: Theme,
) -> None:
    """`first` is what is seen of this config, `asks` the address that says it of others.

    With another `turn` the board takes this config; else it keeps what was chosen on it, and calls
    `on_change` with the fields: a client may send anything.
    """
    colours = PALETTES[theme]
    data = {
        "config": config.model_dump(exclude={"schema_version"}),
        "first": first,
        "asks": asks,
        "turn": turn(),
        "curves": CURVES,
        "reach": REACH,
        "knobs": {
            name: {
                "title": knob.title,
                "help": knob.help,
                "low": knob.low,
                "high": knob.high,
                "steps": list(knob.options.items()) or None,
                "tick": knob.kind is bool,
            }
            for name, knob in knobs(SignalsConfig).items()
        },
        "colours": {
            "signal": colours.train,
            "gradient": colours.val,
            "blame": colours.val,
            "wrong": colours.wrong,
            "muted": colours.muted,
            "text": colours.text,
            "background": colours.background,
            "grid": colours.grid,
        },
    }
    _board(key=key, data=data, **calls(key, {"config": on_change}, turn))
