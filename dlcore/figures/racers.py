"""How each optimizer of a race looks. Line and mark differ too, so none is known by its colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlcore.figures.palette import Theme
from dlcore.optimizers.rules import RacerName


@dataclass(frozen=True)
class RacerStyle:
    """`dash` in plotly's words, `strokes` the same in Vega's, `symbol` for both of plotly's spaces."""

    light: str
    dark: str
    dash: str
    strokes: tuple[int, ...]
    symbol: str
    sign: str  # the symbol as a letter

    def colour(self, theme: Theme) -> str:
        return self.dark if theme == "dark" else self.light


LOOKS: Mapping[RacerName, RacerStyle] = {
    "sgd": RacerStyle("#1B1F24", "#F2F4F7", "solid", (1, 0), "circle", "●"),
    "momentum": RacerStyle("#005FB8", "#5AA9FF", "solid", (1, 0), "square", "■"),
    "nesterov": RacerStyle("#00707A", "#4DD0C8", "dash", (6, 4), "square-open", "□"),
    "rmsprop": RacerStyle("#9A4A00", "#FFB454", "dashdot", (8, 3, 2, 3), "cross", "✚"),
    "adam": RacerStyle("#B0125B", "#FF7EB6", "longdash", (12, 4), "diamond", "◆"),
    "adamw": RacerStyle("#6D28D9", "#B58CFF", "dot", (2, 4), "diamond-open", "◇"),
}
