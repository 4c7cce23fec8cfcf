"""A profile in pictures: bars by function, memory over time, index loops beside ours."""

from __future__ import annotations

from statistics import median
from typing import Any

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme
from dlcore.inspection.python_profile.calls import Function
from dlcore.inspection.python_profile.index_race import IndexRace
from dlcore.inspection.python_profile.memory import MemoryCurve
from dlcore.inspection.python_profile.result import Profile
from dlcore.words import percent

SELECTION = "function"  # the name of the click on a bar, and of the field it gives
SMALLEST = 0.005  # functions below this share of the time stand together
BAR = 40  # pixels, and a finger's width with the gap


def shown_functions(profile: Profile) -> tuple[Function, ...]:
    """Those with a bar of their own, the longest first."""
    total = sum(function.own for function in profile.functions)
    return tuple(function for function in profile.functions if function.own >= SMALLEST * total)


def functions_chart(profile: Profile, chosen: str, theme: Theme) -> Chart:
    """Own time of each function, its part in layer 1 in blue; a click on a bar chooses it."""
    colours = PALETTES[theme]
    total = sum(function.own for function in profile.functions)
    shown = shown_functions(profile)
    shares = {function.name: function.own / total for function in shown}
    rest = 1 - sum(shares.values())
    rows: list[tuple[str, str, float, float, str]] = []
    for name, share in shares.items():
        first = share * profile.layer_one_part(name)
        rows.append((name, "layer 1", 0.0, 100 * first, percent(share)))
        rows.append((name, "the rest", 100 * first, 100 * share, ""))
    if len(shown) < len(profile.functions):
        others = f"{len(profile.functions) - len(shown)} others"
        rows.append((others, "the rest", 0.0, 100 * rest, percent(rest)))
    ends = {name: share for name, _, _, share, _ in rows}  # where each bar ends
    columns: dict[str, list[Any]] = {
        SELECTION: [row[0] for row in rows],
        "part": [row[1] for row in rows],
        "from": [row[2] for row in rows],
        "to": [row[3] for row in rows],
        "end": [ends[row[0]] for row in rows],
        "label": [row[4] for row in rows],
        "chosen": [row[0] == chosen for row in rows],
    }
    busiest = ", ".join(f"{name} {percent(share)}" for name, share in list(shares.items())[:2])
    alt = f"Own time of each function. The longest bars: {busiest}. Chosen: {chosen}."
    return Chart(_functions_spec(len(ends), theme) | {"background": colours.background}, columns, alt)


def _functions_spec(count: int, theme: Theme) -> dict[str, Any]:
    colours = PALETTES[theme]
    y = {
        "field": SELECTION,
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {
            "labelFontSize": 15,
            "labelColor": colours.text,
            "labelLimit": 150,
            "ticks": False,
            "domain": False,
        },
    }
    axis = {"values": [0, 25, 50, 75, 100], "grid": False}
    scale = {"domain": [0, 112], "nice": False}
    title = "Share of the time under cProfile (%)"
    x = {"field": "from", "type": "quantitative", "title": title, "scale": scale, "axis": axis}
    bars = {
        "mark": {"type": "bar", "height": {"band": 0.75}, "cursor": "pointer", "stroke": colours.text},
        "params": [{"name": SELECTION, "select": {"type": "point", "fields": [SELECTION], "toggle": False}}],
        "encoding": {
            "y": y,
            "x": x,
            "x2": {"field": "to"},
            "color": {
                "field": "part",
                "type": "nominal",
                "scale": {"domain": ["layer 1", "the rest"], "range": [colours.train, colours.muted]},
                "legend": None,
            },
            "strokeWidth": {
                "condition": {"test": "datum.chosen && datum.to > datum.from", "value": 2},
                "value": 0,
            },
        },
    }
    labels = {
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 14, "color": colours.text},
        "encoding": {"y": y, "x": {**x, "field": "end"}, "text": {"field": "label"}},
    }
    return base_spec(theme, count * BAR) | {"layer": [bars, labels]}


def memory_chart(memory: MemoryCurve, theme: Theme) -> Chart:
    """Resident memory of the process in MB over seconds; a line where something begins."""
    colours = PALETTES[theme]
    low, high = min(memory.megabytes), max(memory.megabytes)
    columns: dict[str, list[Any]] = {
        "second": [*memory.seconds, *(mark.seconds for mark in memory.marks)],
        "megabytes": [*memory.megabytes, *(None for _ in memory.marks)],
        "mark": [*("" for _ in memory.seconds), *(mark.words for mark in memory.marks)],
    }
    x = {
        "field": "second",
        "type": "quantitative",
        "title": "Seconds",
        "scale": {"nice": False},
        "axis": {"grid": False},
    }
    y = {
        "field": "megabytes",
        "type": "quantitative",
        "title": "Memory of the process (MB)",
        "scale": {
            "zero": False,
            "domain": [low - 0.1 * (high - low) - 0.1, high + 0.35 * (high - low) + 0.1],
        },
    }
    marked = [{"filter": "datum.mark != ''"}]
    line = {
        "transform": [{"filter": "datum.mark == ''"}],
        "mark": {"type": "line", "color": colours.train, "strokeWidth": 2, "interpolate": "step-after"},
        "encoding": {"x": x, "y": y},
    }
    rule = {
        "transform": marked,
        "mark": {"type": "rule", "color": colours.muted, "strokeDash": [4, 3]},
        "encoding": {"x": x},
    }
    texts = [
        {
            "transform": [{"filter": f"datum.mark == '{mark.words}'"}],
            "mark": {
                "type": "text",
                "align": "left",
                "baseline": "top",
                "dx": 5,
                "y": 20 * row,  # one below the other: making images takes little time
                "fontSize": 14,
                "color": colours.text,
            },
            "encoding": {"x": x, "text": {"field": "mark"}},
        }
        for row, mark in enumerate(memory.marks)
    ]
    alt = (
        f"Memory of the process over {memory.seconds[-1]:.1f} seconds: from {memory.megabytes[0]:.1f} MB to "
        f"{high:.1f} MB at most."
    )
    return Chart(base_spec(theme, 240) | {"layer": [rule, line, *texts]}, columns, alt)


def race_chart(race: IndexRace, theme: Theme) -> Chart:
    """Milliseconds per image, the median of all turns."""
    colours = PALETTES[theme]
    turns = {"Index loops": race.loops, "This network": race.ours}
    middles = [1000 * median(seconds) / race.images for seconds in turns.values()]
    columns: dict[str, list[Any]] = {
        "way": list(turns),
        "ms": middles,
        "label": [f"{middle:.2f} ms" for middle in middles],
    }
    position = {
        "y": {
            "field": "way",
            "type": "nominal",
            "sort": None,
            "title": None,
            "axis": {"labelFontSize": 15, "labelColor": colours.text, "ticks": False, "domain": False},
        },
        "x": {
            "field": "ms",
            "type": "quantitative",
            "title": "Milliseconds per image",
            "scale": {"domain": [0, 1.3 * max(middles)], "nice": False},
            "axis": {"grid": False, "tickCount": 4},
        },
    }
    ours = {"test": "datum.way == 'This network'", "value": colours.train}
    colour = {"condition": ours, "value": colours.muted}
    bars = {"mark": {"type": "bar", "height": {"band": 0.6}}, "encoding": position | {"color": colour}}
    labels = {
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 14, "color": colours.text},
        "encoding": position | {"text": {"field": "label"}},
    }
    alt = (
        f"Index loops took {race.ratio:.1f} times as long as this network, "
        f"the median of {len(race.ours)} turns of {race.images} images."
    )
    return Chart(base_spec(theme, 2 * 50) | {"layer": [bars, labels]}, columns, alt)
