"""The board of the playground. It asks ui/playing.py for frames, and tells its page what was chosen on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import streamlit as st

from dlcore.figures.palette import PALETTES, Theme
from dlcore.playground.activations import NAMES
from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.words import INPUT_NAMES
from dlcore.schema import Knob, knobs
from dlcore.words import number
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
    turn: int,
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
        "turn": turn,
        "knobs": {name: _knob(knob) for name, knob in knobs(PlaygroundConfig).items()},
        "words": {"inputs": INPUT_NAMES, "activations": NAMES},
        "colours": [colours.negative, colours.background, colours.positive],
        "lines": {"train": colours.train, "test": colours.test},
    }
    calls: dict[str, Any] = {f"on_{name}_change": partial(_told, key, name, on[name], turn) for name in on}
    _board(key=key, data=data, **calls)


def _told(key: str, name: str, call: Callable[[Any], None], turn: int) -> None:
    """The `turn` that comes with a config makes it differ from all that were told before another was set."""
    said = st.session_state[key].get(name)
    if name == "config" and isinstance(said, Mapping):
        said = dict(said)
        if said.pop("turn", turn) != turn:
            return  # a preset or a card has set the board up meanwhile
    call(said)


def _knob(knob: Knob) -> dict[str, Any]:
    """What a control needs: its words, and its values if there are few, with those on a 1-2-5 ladder."""
    steps: list[tuple[str, str]] = list(knob.options.items())
    if knob.scale == "log":
        steps = [(f"{rung:g}", number(rung)) for rung in knob.ladder]
    wanted = asdict(knob)
    return {name: wanted[name] for name in ("title", "help", "unit", "low", "high")} | {
        "steps": steps or None
    }
