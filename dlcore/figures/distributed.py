"""Pictures of several ranks: their time, their speed, and what a model says of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlcore.distributed.scaling import COUNTS, Machine
from dlcore.distributed.training import WORK, Trained
from dlcore.figures.bar_rows import BarRow, bar_rows
from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme

FIRST, LAST = 5, 7  # the steps that are drawn: the first ones pay for being first


def work_colours(theme: Theme) -> Mapping[str, str]:
    colours = PALETTES[theme]
    return dict(zip(WORK, (colours.train, colours.muted, colours.val, colours.positive), strict=True))


def time_chart(trained: Trained, theme: Theme) -> Chart:
    """What each rank did over three steps, in milliseconds."""
    drawn = [stretch for stretch in trained.stretches if FIRST <= stretch.step <= LAST]
    zero = min(stretch.begin for stretch in drawn)
    colours = work_colours(theme)
    y = {"field": "rank", "type": "nominal", "title": None, "axis": {"labelFontSize": 15, "ticks": False}}
    x = {"field": "begin", "type": "quantitative", "title": "Milliseconds", "axis": {"grid": False}}
    colour = {
        "field": "work",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(colours), "range": list(colours.values())},
        "legend": {"orient": "top", "labelFontSize": 14, "labelColor": PALETTES[theme].text},
    }
    tooltip = [{"field": "work", "title": "Work"}, {"field": "took", "title": "ms", "format": ".2f"}]
    bars = {
        "mark": {"type": "bar", "height": {"band": 0.7}},
        "encoding": {"y": y, "x": x, "x2": {"field": "end"}, "color": colour, "tooltip": tooltip},
    }
    columns: dict[str, Sequence[Any]] = {
        "rank": [f"Rank {stretch.rank}" for stretch in drawn],
        "work": [stretch.work for stretch in drawn],
        "begin": [1000 * (stretch.begin - zero) for stretch in drawn],
        "end": [1000 * (stretch.end - zero) for stretch in drawn],
        "took": [1000 * stretch.seconds for stretch in drawn],
    }
    alt = f"Steps {FIRST} to {LAST} of {trained.config.ranks} ranks over time: compute, wait, reduce, update."
    return Chart(base_spec(theme, 90 * trained.config.ranks) | {"layer": [bars]}, columns, alt)


def speed_chart(trained: Sequence[Trained], theme: Theme) -> Chart:
    """Images a second by ranks."""
    rows = [
        BarRow(
            f"{one.config.ranks} rank{'s' if one.config.ranks > 1 else ''}",
            {"speed": one.speed},
            f"{one.speed:,.0f}",
        )
        for one in trained
    ]
    told = ", ".join(f"{row.name} {row.label}" for row in rows)
    return bar_rows(
        rows, {"speed": PALETTES[theme].train}, "Images a second", f"Images a second: {told}.", theme
    )


def scaling_chart(machine: Machine, total: int, theme: Theme) -> Chart:
    """Images a second by GPUs: the batch shared out, the batch grown with them, and the ideal."""
    colours = PALETTES[theme]
    alone = machine.shared(1, total)
    lines = {
        "ideal": [gpus * alone for gpus in COUNTS],
        "each its own batch": [machine.grown(gpus, total) for gpus in COUNTS],
        "one batch shared": [machine.shared(gpus, total) for gpus in COUNTS],
    }
    x = {
        "field": "gpus",
        "type": "quantitative",
        "title": "GPUs",
        "scale": {"type": "log", "base": 2, "domain": [1, COUNTS[-1]]},
        "axis": {"values": [1, 2, 4, 8, 16, 32, 64, 128], "grid": False},
    }
    y = {
        "field": "speed",
        "type": "quantitative",
        "title": "Images a second (log scale)",
        "scale": {"type": "log"},
        "axis": {"tickCount": 4, "format": "~s"},
    }
    shades = [colours.muted, colours.val, colours.train]
    dashes = [[2, 4], [8, 4], [1, 0]]
    domain = {"domain": list(lines)}
    encoding = {
        "x": x,
        "y": y,
        "color": {
            "field": "how",
            "type": "nominal",
            "title": None,
            "scale": domain | {"range": shades},
            "legend": {"orient": "top", "labelFontSize": 14, "labelColor": colours.text, "columns": 2},
        },
        "strokeDash": {
            "field": "how",
            "type": "nominal",
            "scale": domain | {"range": dashes},
            "legend": None,
        },
    }
    best = machine.pays_until(total)
    columns: dict[str, Sequence[Any]] = {
        "gpus": [gpus for _ in lines for gpus in COUNTS],
        "speed": [speed for speeds in lines.values() for speed in speeds],
        "how": [how for how in lines for _ in COUNTS],
        "best": [how == "one batch shared" and gpus == best for how in lines for gpus in COUNTS],
    }
    drawn = {"mark": {"type": "line", "strokeWidth": 3}, "encoding": encoding}
    point = {
        "transform": [{"filter": "datum.best"}],
        "mark": {"type": "point", "filled": True, "size": 140, "color": colours.train, "opacity": 1},
        "encoding": {"x": x, "y": y},
    }
    alt = f"Images a second by GPUs. A batch of {total:,} shared out is quickest with {best}."
    return Chart(base_spec(theme, 300) | {"layer": [drawn, point]}, columns, alt)
