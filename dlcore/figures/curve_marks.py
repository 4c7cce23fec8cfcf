"""What stands in a chart of curves beside the curves: what chance gives, and where a hand moved a knob."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlcore.figures.palette import FONT, PALETTES, Theme
from dlcore.run import Run
from dlcore.runs.moves import Move, knob_words, moves_of, moves_words, value_words

MOVED = "moved"  # the split of a move's row
APART = 0.2  # of the width: what a label needs for itself
LETTERS: Mapping[str, Any] = {"type": "text", "font": FONT, "fontSize": 14, "baseline": "bottom"}


@dataclass(frozen=True)
class Level:
    """A value of the y axis that means something by itself, and the words beside its line."""

    value: float
    words: str


@dataclass(frozen=True)
class Moved:
    """What a hand moved while a run went on, where an epoch has so many steps, and all of it in words."""

    moves: Sequence[Move] = ()
    steps_per_epoch: float = 1.0
    words: str = ""


def moved_in(run: Run, steps_per_epoch: float) -> Moved:
    return Moved(moves_of(run), steps_per_epoch, moves_words(run))


def level_layers(level: Level, y: Mapping[str, Any], theme: Theme) -> list[dict[str, Any]]:
    """A line across the whole width, its words at the right end, above it."""
    colour = PALETTES[theme].muted
    data = {"values": [{"value": level.value, "words": level.words}]}
    line = {"type": "rule", "strokeDash": [2, 3], "strokeWidth": 2, "color": colour}
    words = {**LETTERS, "align": "right", "dx": -4, "dy": -3, "color": colour}
    return [
        {"data": data, "mark": line, "encoding": {"y": y}},
        {
            "data": data,
            "mark": words,
            "encoding": {"y": y, "x": {"value": "width"}, "text": {"field": "words"}},
        },
    ]


def move_layers(x: Mapping[str, Any], epochs: float, theme: Theme) -> list[dict[str, Any]]:
    """A line from top to bottom at every row of the split MOVED; its words stay inside the chart."""
    colour = PALETTES[theme].text
    moved = f"datum.split == '{MOVED}'"
    line = {"type": "rule", "strokeWidth": 1.5, "color": colour}
    layers: list[dict[str, Any]] = [{"transform": [{"filter": moved}], "mark": line, "encoding": {"x": x}}]
    for side, dx, where in (("left", 4, "<="), ("right", -4, ">")):
        layers.append(
            {
                "transform": [{"filter": f"{moved} && datum.epoch {where} {epochs / 2}"}],
                "mark": {**LETTERS, "align": side, "dx": dx, "dy": 14, "color": colour},
                "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "words"}},
            }
        )
    return layers


def move_rows(moved: Moved, epochs: float) -> list[tuple[float, None, str, str]]:
    """(epoch, no value, MOVED, words) of each move. Where two are close, only the later one has words."""
    places = [move.step / moved.steps_per_epoch for move in moved.moves]
    rows = []
    for place, following, move in zip(places, [*places[1:], math.inf], moved.moves, strict=False):
        told = f"{knob_words(move.name)} → {value_words(move.name, move.after)}"
        words = told if following - place > APART * epochs else ""
        rows.append((place, None, MOVED, words))
    return rows
