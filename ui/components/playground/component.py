"""The board of the playground. It asks ui/playing.py for frames, and tells its page what was chosen on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from dlcore.figures.palette import PALETTES, Theme
from dlcore.playground.activations import NAMES
from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.words import INPUT_NAMES
from dlcore.schema import Knob, knobs
from dlcore.words import number
from ui.components.heard import calls
from ui.components.parts import part

_board = st.components.v2.component(
    "playground",
    html=part("playground/playground.html"),
    css=part("playground/playground.css"),
    js=part("ask.js")
    + "".join(
        part(f"playground/{name}.js")
        for name in (
            "network",
            "lane",
            "picture",
            "own",
            "cut",
            "link",
            "story",
            "batches",
            "touch",
            "beside",
            "controls",
            "playground",
        )
    ),
)


# What a link may leave out of the board, beside its knobs.
PARTS = {
    "transport": "Play and its neighbours",
    "scores": "Losses",
    "time": "Time line",
    "inputs": "Inputs",
    "layers": "Layers and units",
    "beside": "Another beside it",
    "options": "What the plane shows",
    "knobs": "All knobs",
}


def show_board(
    key: str,
    config: PlaygroundConfig,
    own: Sequence[Sequence[float]],
    on: Mapping[str, Callable[[Any], None]],
    *,
    asks: Mapping[str, str],
    most: int,
    epoch: int,
    weights: str | None,
    plays: bool,
    hidden: Sequence[str],
    turn: Callable[[], int],
    theme: Theme,
) -> None:
    """It opens at `epoch`; if it `plays`, then from there, unless the visitor's system asks for less motion.

    `asks` are the addresses of "frames", "batches", "blames" (gradients) and "tells" (one point's step);
    it trains to the epoch `most`. `weights` are those of `epoch`, if the config alone does not lead to them.
    `hidden` are names of `PARTS` or of knobs. With another `turn` the board takes this config; else it keeps
    what was chosen on it. It calls `on["config"]` with the fields, `on["own"]` with one's own points, rows of
    x1, x2 and the class, `on["moment"]` with the epoch and the weights where it was halted, and `on["cut"]`
    with two weights over which the loss is asked for. A client may send anything.
    """

    colours = PALETTES[theme]
    data = {
        "config": config.model_dump(exclude={"schema_version"}),
        "own": [list(point) for point in own],
        "asks": {**asks, "most": most},
        "epoch": epoch,
        "weights": weights,
        "plays": plays,
        "hidden": list(hidden),
        "turn": turn(),
        "knobs": {name: _knob(knob) for name, knob in knobs(PlaygroundConfig).items()},
        "words": {"inputs": INPUT_NAMES, "activations": NAMES},
        "colours": [colours.negative, colours.background, colours.positive],
        "lines": {"train": colours.train, "test": colours.test},
    }
    _board(key=key, data=data, **calls(key, on, turn))


def _knob(knob: Knob) -> dict[str, Any]:
    """What a control needs: its words, and its values if there are few, with those on a 1-2-5 ladder."""
    steps: list[tuple[str, str]] = list(knob.options.items())
    if knob.scale == "log":
        steps = [(f"{rung:g}", number(rung)) for rung in knob.ladder]
    wanted = asdict(knob)
    return {name: wanted[name] for name in ("title", "help", "unit", "low", "high")} | {
        "steps": steps or None
    }
