"""A sweep: a dot for each run, what each value of a knob gave, and all knobs side by side."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go

from dlcore.figures.chart import Chart
from dlcore.figures.palette import FONT, PALETTES, Theme, mixed
from dlcore.figures.seeds import rows_spec
from dlcore.run import Run
from dlcore.runs.compare import setting_words
from dlcore.runs.sweep_results import Found, means, share_of, value_words
from dlcore.schema import knobs
from dlcore.training.config import TrainConfig
from dlcore.words import exact_percent

SELECTION = "place"  # of a run among the sweep's entries
TITLE = "Correct (% of the test images)"
DOT_ROW = 30  # pixels
PARALLEL_HEIGHT = 340
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


def parallel_figure(found: Found, theme: Theme) -> go.Figure:
    """An axis for each turned knob, then the seed and the result; each tested run is a line through them."""
    colours, runs = PALETTES[theme], found.tested
    shares = [100 * (share_of(run) or 0.0) for run in runs]
    axes = [_axis(name, runs) for name in found.turned]
    axes += [_numbers("Seed", [float(run.config.get("seed", 0)) for run in runs], each=True)]
    axes += [{"label": "Correct, %", "values": shares}]
    faint = mixed(colours.train, colours.background, 0.4)
    line = {"color": shares, "colorscale": [[0, faint], [1, colours.train]], "showscale": False}
    figure = go.Figure(
        go.Parcoords(
            dimensions=axes,
            line=line,
            labelfont={"size": 14, "color": colours.text, "family": FONT},
            tickfont={"size": 14, "color": colours.text, "family": FONT},
            rangefont={"size": 1, "color": colours.background},
            labelside="top",
        )
    )
    figure.update_layout(
        height=PARALLEL_HEIGHT,
        margin={"l": 60, "r": 60, "t": 48, "b": 24},
        paper_bgcolor=colours.background,
        plot_bgcolor=colours.background,
        font={"family": FONT},
    )
    return figure


def parallel_alt(found: Found) -> str:
    """The best and the worst line, in words."""
    runs = sorted(found.tested, key=lambda run: share_of(run) or 0.0)
    worst, best = (
        f"{found.point(run.config)}, seed {run.config.get('seed')}: {exact_percent(share_of(run) or 0.0)}"
        for run in (runs[0], runs[-1])
    )
    return f"{len(runs)} runs as lines through their settings, seed and result. Best: {best}. Worst: {worst}."


def _axis(name: str, runs: tuple[Run, ...]) -> dict[str, Any]:
    """Of a knob: numbers as they are, or their logarithms; choices one above the other."""
    knob, values = KNOBS[name], [run.config.get(name) for run in runs]
    if knob.kind in (int, float):
        numbers = [float(value or 0) for value in values]
        log = knob.scale == "log" and min(numbers) > 0
        return _numbers(knob.title, numbers, log=log, each=len(set(numbers)) <= 6)
    known = list(dict.fromkeys(values))
    return {
        "label": knob.title,
        "values": [known.index(value) for value in values],
        "tickvals": list(range(len(known))),
        "ticktext": [value_words(name, value) for value in known],
        "range": [-0.3, len(known) - 0.7],
    }


def _numbers(label: str, values: list[float], *, log: bool = False, each: bool = False) -> dict[str, Any]:
    placed = [math.log10(value) for value in values] if log else values
    shown = sorted(set(values)) if each else [min(values), max(values)]
    return {
        "label": label,
        "values": placed,
        "tickvals": [math.log10(value) if log else value for value in shown],
        "ticktext": [f"{value:g}" for value in shown],
    }
