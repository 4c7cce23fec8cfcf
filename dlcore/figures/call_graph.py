"""Who calls whom, and what it takes: a call graph in the DOT language, drawn by gprof2dot."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import gprof2dot

from dlcore.figures.palette import PALETTES, Theme
from dlcore.inspection.python_profile.calls import BUILT_IN, Key, fold, qualified, read_stats
from dlcore.words import percent

SMALLEST_NODE = 0.02  # share of all the time below which a function is left out
SMALLEST_EDGE = 0.01
STRONGEST = 0.55  # how much of the blue the busiest function takes: its words must stay readable
FONT_SIZE = 14.0
FONT = "sans-serif"

_Rgb = tuple[float, float, float]


def call_graph_dot(pstats: bytes, theme: Theme) -> str:
    """Boxes: name, share of the time with what it calls, (its own share), calls. The bluer, the busier.

    `pstats` are the bytes of a .pstats file of our own making.
    """
    profile = _Parser(pstats).parse()
    profile.prune(SMALLEST_NODE, SMALLEST_EDGE, [], False)
    text = io.StringIO()
    writer = gprof2dot.DotWriter(text)
    writer.show_edge_events = [gprof2dot.TOTAL_TIME_RATIO]
    writer.graph(profile, _Theme(theme))
    dot = re.sub(r"%\\n\(", "% (", text.getvalue())  # its own share beside the whole
    dot = re.sub(r"(\d+\.\d\d)%", lambda share: percent(float(share[1]) / 100), dot)
    return dot.replace("digraph {", f'digraph {{\n\tbgcolor="{PALETTES[theme].background}"', 1)


def call_graph_alt(pstats: bytes) -> str:
    """The busiest path in words, from the root down."""
    profile = _Parser(pstats).parse()
    function = max(profile.functions.values(), key=_share)
    words, seen = [f"{function.name} {percent(_share(function))}"], {function.id}
    while ahead := [call for call in function.calls.values() if call.callee_id not in seen]:
        call = max(ahead, key=_share)
        function = profile.functions[call.callee_id]
        words.append(f"{function.name} {percent(_share(call))}")
        seen.add(function.id)
    return f"Call graph. The path that takes the most time: {', from there '.join(words)}."


def _share(measured: gprof2dot.Function | gprof2dot.Call) -> float:
    return float(measured[gprof2dot.TOTAL_TIME_RATIO])


class _Parser(gprof2dot.PstatsParser):  # type: ignore[misc]
    """Reads bytes instead of a file; built-ins are part of who calls them."""

    def __init__(self, data: bytes) -> None:
        self.stats = read_stats(data)
        self.stats.stats = fold(self.stats.stats)  # type: ignore[attr-defined]
        self.profile = gprof2dot.Profile()
        self.function_ids: Mapping[Key, int] = {}

    def get_function_name(self, key: Key) -> str:
        return qualified(key) if key[0] != BUILT_IN else key[2]


class _Theme(gprof2dot.Theme):  # type: ignore[misc]
    """The page's colours: blue for what takes time, letters of the page on it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(fontname=FONT, minfontsize=FONT_SIZE, maxfontsize=FONT_SIZE)
        self._colours = PALETTES[theme]

    def graph_bgcolor(self) -> _Rgb:
        return _rgb(self._colours.background)

    def node_bgcolor(self, weight: float) -> _Rgb:
        return _mix(self._colours.grid, self._colours.train, STRONGEST * weight)

    def node_fgcolor(self, weight: float) -> _Rgb:
        return _rgb(self._colours.text)

    def edge_color(self, weight: float) -> _Rgb:
        return _rgb(self._colours.muted)


def _rgb(colour: str) -> _Rgb:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _mix(low: str, high: str, weight: float) -> _Rgb:
    red, green, blue = (a + weight * (b - a) for a, b in zip(_rgb(low), _rgb(high), strict=True))
    return red, green, blue
