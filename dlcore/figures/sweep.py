"""A sweep: a dot for each run, what each value of a knob gave, and all knobs side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme, mixed
from dlcore.figures.seeds import rows_spec
from dlcore.run import Run
from dlcore.runs.compare import setting_words
from dlcore.runs.sweep_results import Found, means, share_of, value_words
from dlcore.schema import knobs
from dlcore.training.config import TrainConfig
from dlcore.words import exact_percent, number

SELECTION = "place"  # of a run among the sweep's entries
TITLE = "Correct (% of the test images)"
DOT_ROW = 44  # pixels
DRAWN_HEIGHT, PARALLEL_HEIGHT = 220, 340
ROOM = 0.08  # of an axis, between two numbers that are written beside it
KNOBS = knobs(TrainConfig)


def dots_chart(found: Found, theme: Theme) -> Chart:
    """A row for each point, a dot for each tested run; its seeds lie in one row."""
    places = [(place, run) for place, run in enumerate(found.runs) if run in found.tested]
    columns: dict[str, list[Any]] = {
        "setting": [found.point(run.config) for _, run in places if run is not None],
        "correct": [100 * (share_of(run) or 0.0) for _, run in places if run is not None],
        "run": [run.name for _, run in places if run is not None],
        SELECTION: [place for place, _ in places],
    }
    select = {"type": "point", "fields": [SELECTION], "toggle": False}
    spec = rows_spec(
        TITLE,
        len(found.points),
        columns["correct"],
        theme,
        labels=found.points,
        dots={"name": SELECTION},
        row_pixels=DOT_ROW,
    )
    spec["params"] = [{"name": SELECTION, "select": select, "views": [SELECTION]}]
    told = [
        f"{setting} {correct:.2f} %" for setting, correct in zip(*list(columns.values())[:2], strict=True)
    ]
    return Chart(
        spec, columns, f"{len(told)} tested runs. {'; '.join(told)}." if told else "No run tested yet."
    )


def means_chart(found: Found, knob: str, theme: Theme) -> Chart:
    """A row for each value of the knob, all other knobs mixed: a dot for each run, their mean and range."""
    rows = means(found.tested, knob)
    title = setting_words(TrainConfig, knob, None)[0]
    columns: dict[str, list[Any]] = {"setting": [], "correct": [], "run": []}
    for run in found.tested:
        columns["setting"].append(value_words(knob, run.config.get(knob)))
        columns["correct"].append(100 * (share_of(run) or 0.0))
        columns["run"].append(run.name)
    labels = [value_words(knob, row.value) for row in _sorted(rows)]
    told = "; ".join(f"{value_words(knob, row.value)}: {row.words}" for row in rows)
    return Chart(
        rows_spec(TITLE, len(rows), columns["correct"], theme, labels=labels),
        columns,
        f"By {title.lower()}. {told}.",
    )


def _sorted(rows: Any) -> list[Any]:
    """Numbers in their order, choices in that of the runs."""
    if all(isinstance(row.value, int | float) for row in rows):
        return sorted(rows, key=lambda row: row.value)
    return list(rows)


def drawn_chart(found: Found, knob: str, theme: Theme) -> Chart:
    """Of a draw and a knob that is a number: each tested run at its value; all other knobs mixed."""
    colours, values = PALETTES[theme], [float(run.config.get(knob) or 0) for run in found.tested]
    columns: dict[str, list[Any]] = {
        "value": values,
        "correct": [100 * (share_of(run) or 0.0) for run in found.tested],
        "run": [run.name for run in found.tested],
    }
    x: dict[str, Any] = {"field": "value", "type": "quantitative", "title": KNOBS[knob].title}
    if KNOBS[knob].scale == "log" and min(values) > 0:
        x["scale"] = {"type": "log", "domain": [0.85 * min(values), 1.15 * max(values)], "nice": False}
        x["axis"] = {"format": "~g", "labelOverlap": "greedy"}
    else:
        x["scale"] = {"zero": False}
    y = {"field": "correct", "type": "quantitative", "title": "Correct (%)", "scale": {"zero": False}}
    tooltip = [{"field": "run", "title": "Run"}, {"field": "correct", "title": "Correct, %", "format": ".2f"}]
    mark = {"type": "point", "filled": True, "size": 90, "opacity": 1, "color": colours.train}
    told = "; ".join(
        f"{number(value)}: {right:.2f} %"
        for value, right in sorted(zip(values, columns["correct"], strict=True))
    )
    return Chart(
        base_spec(theme, DRAWN_HEIGHT) | {"mark": mark, "encoding": {"x": x, "y": y, "tooltip": tooltip}},
        columns,
        f"By {KNOBS[knob].title.lower()}. {told}.",
    )


@dataclass(frozen=True)
class Axis:
    """Of the picture of all knobs: where each run lies on it, from 0 to 1, and what is written beside it."""

    title: str
    places: tuple[float, ...]
    ticks: tuple[tuple[float, str], ...]


def parallel_axes(found: Found) -> tuple[Axis, ...]:
    """One for each turned knob, then the seed and the result."""
    runs = found.tested
    shares = [100 * (share_of(run) or 0.0) for run in runs]
    return (
        *(_axis(name, runs) for name in found.turned),
        _numbers("Seed", [float(run.config.get("seed", 0)) for run in runs]),
        _numbers("Correct, %", shares, written="{:.2f}"),
    )


def parallel_chart(found: Found, theme: Theme) -> Chart:
    """Each tested run is a line through all axes; the more is right, the stronger its colour."""
    colours, axes = PALETTES[theme], parallel_axes(found)
    shares = [100 * (share_of(run) or 0.0) for run in found.tested]
    columns: dict[str, list[Any]] = {
        "axis": [at for at, _ in enumerate(axes) for _ in shares],
        "place": [place for axis in axes for place in axis.places],
        "correct": shares * len(axes),
        "run": [run.name for run in found.tested] * len(axes),
        "line": list(range(len(shares))) * len(axes),
    }
    titles = ", ".join(f"'{axis.title}'" for axis in axes)
    lines_of_title = 1 + max(axis.title.count(" ") for axis in axes)
    top: dict[str, Any] = {
        "orient": "top",
        "values": list(range(len(axes))),
        "labelExpr": f"split([{titles}][datum.value], ' ')",
    }
    top |= {
        "grid": False,
        "domain": False,
        "ticks": False,
        "labelColor": colours.text,
        "labelPadding": 12 + 18 * (lines_of_title - 1),
    }
    scale = {"domain": [-0.45, len(axes) - 0.55], "nice": False}
    x = {"field": "axis", "type": "quantitative", "title": None, "axis": top, "scale": scale}
    y = {"field": "place", "type": "quantitative", "axis": None, "scale": {"domain": [0, 1], "nice": False}}
    faint = mixed(colours.train, colours.background, 0.4)
    strength = {"domain": [min(shares), max(shares)], "range": [faint, colours.train], "type": "linear"}
    colour = {"field": "correct", "type": "quantitative", "legend": None, "scale": strength}
    lines = {"x": x, "y": y, "color": colour, "detail": {"field": "line"}, "order": {"field": "axis"}}
    upright = {"values": [{"axis": at, "place": 0, "end": 1} for at, _ in enumerate(axes)]}
    ticks = {
        "values": [
            {"axis": at, "place": place, "words": words}
            for at, axis in enumerate(axes)
            for place, words in axis.ticks
        ]
    }
    text = {"type": "text", "fontSize": 14, "color": colours.text}
    halo = text | {"color": colours.background, "stroke": colours.background, "strokeWidth": 5}
    written = {"x": x, "y": y, "text": {"field": "words"}}
    layers = [
        {
            "data": upright,
            "mark": {"type": "rule", "color": colours.muted},
            "encoding": {"x": x, "y": y, "y2": {"field": "end"}},
        },
        {"mark": {"type": "line", "strokeWidth": 2, "tooltip": None}, "encoding": lines},
        {"data": ticks, "mark": halo, "encoding": written},
        {"data": ticks, "mark": text, "encoding": written},
    ]
    return Chart(base_spec(theme, PARALLEL_HEIGHT) | {"layer": layers}, columns, _parallel_alt(found))


def _parallel_alt(found: Found) -> str:
    """The best and the worst line, in words."""
    runs = sorted(found.tested, key=lambda run: share_of(run) or 0.0)
    worst, best = (
        f"{found.point(run.config)}, seed {run.config.get('seed')}: {exact_percent(share_of(run) or 0.0)}"
        for run in (runs[0], runs[-1])
    )
    return f"{len(runs)} runs as lines through their settings, seed and result. Best: {best}. Worst: {worst}."


def _axis(name: str, runs: tuple[Run, ...]) -> Axis:
    """Of a knob: numbers as they are, or their logarithms; choices one above the other."""
    knob, values = KNOBS[name], [run.config.get(name) for run in runs]
    if knob.kind in (int, float):
        numbers = [float(value or 0) for value in values]
        return _numbers(knob.title, numbers, log=knob.scale == "log" and min(numbers) > 0)
    known = list(dict.fromkeys(values))
    at = {value: (place + 0.5) / len(known) for place, value in enumerate(known)}
    ticks = tuple((at[value], value_words(name, value)) for value in known)
    return Axis(knob.title, tuple(at[value] for value in values), ticks)


def _numbers(title: str, values: list[float], *, log: bool = False, written: str = "{:g}") -> Axis:
    """Its lowest and highest value are written, and between them what has room."""
    placed = [math.log10(value) for value in values] if log else values
    low, high = min(placed), max(placed)
    places = [(place - low) / (high - low) if high > low else 0.5 for place in placed]
    known = dict(sorted(zip(places, map(written.format, values), strict=True)))
    last = max(known)
    ticks: list[tuple[float, str]] = []
    for place, words in known.items():
        if place == last or (last - place >= ROOM and (not ticks or place - ticks[-1][0] >= ROOM)):
            ticks.append((place, words))
    return Axis(title, tuple(places), tuple(ticks))
