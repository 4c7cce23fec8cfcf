"""A profile of the digits' network in pictures: operators, layers, batch sizes, threads, memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlcore.figures.bar_rows import BarRow, bar_rows
from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme, mixed
from dlcore.inspection.torch_profile.result import LARGEST, WORK, Point, StepMemory, Taken, ThreadTime
from dlcore.inspection.torch_profile.trace import BOOKKEEPING, PYTHON
from dlcore.words import milliseconds, percent

SHOWN = 9  # operators with a bar of their own
OPTIMIZER, REST = "optimizer", "all else"


def operators_chart(taken: Taken, theme: Theme) -> Chart:
    """Each operator's share of the own time. Grey: what is no operator."""
    colours = PALETTES[theme]
    shares = taken.operator_shares()
    first = list(shares.items())[:SHOWN]
    rows = [
        BarRow(name, {"other" if name in (PYTHON, BOOKKEEPING) else "torch": 100 * share}, percent(share))
        for name, share in first
    ]
    if len(shares) > SHOWN:
        rest = max(0.0, 1 - sum(share for _, share in first))
        rows.append(BarRow(f"{len(shares) - SHOWN} others", {"other": 100 * rest}, percent(rest)))
    busiest = ", ".join(f"{name} {percent(share)}" for name, share in first[:3])
    return bar_rows(
        rows,
        {"torch": colours.train, "other": colours.muted},
        "Share of the time (%)",
        f"{WORK[taken.work]}, own time of each operator. The longest bars: {busiest}.",
        theme,
    )


def layers_chart(taken: Taken, theme: Theme) -> Chart:
    """Milliseconds of each layer, there and back, then of the optimizer and of all else."""
    colours = PALETTES[theme]
    rows = [
        BarRow(
            layer.name,
            {"forward": layer.forward, "backward": layer.backward},
            _both(layer.both, taken.milliseconds),
        )
        for layer in taken.layers
    ]
    if taken.optimizer:
        rows.append(BarRow(OPTIMIZER, {"else": taken.optimizer}, _both(taken.optimizer, taken.milliseconds)))
    rows.append(BarRow(REST, {"else": taken.rest}, _both(taken.rest, taken.milliseconds)))
    slowest = max(taken.layers, key=lambda layer: layer.both)
    return bar_rows(
        rows,
        {
            "forward": colours.train,
            "backward": mixed(colours.train, colours.background, 0.4),
            "else": colours.muted,
        },
        "Milliseconds",
        f"{WORK[taken.work]}, time of each layer. The slowest: {slowest.name} with "
        f"{percent(slowest.both / taken.milliseconds)}.",
        theme,
        height=34,
    )


def _both(value: float, whole: float) -> str:
    return f"{milliseconds(value)}, {percent(value / whole)}"


def threads_chart(by_threads: Sequence[ThreadTime], theme: Theme) -> Chart:
    colours = PALETTES[theme]
    one = by_threads[0].milliseconds
    rows = [
        BarRow(
            f"{time.threads} thread{'s' if time.threads > 1 else ''}",
            {"time": time.milliseconds},
            f"{milliseconds(time.milliseconds)}, {percent(time.milliseconds / one)}",
        )
        for time in by_threads
    ]
    alt = "Time of one call: " + "; ".join(f"{row.name} {row.label}" for row in rows) + "."
    return bar_rows(rows, {"time": colours.train}, "Milliseconds, the quickest call", alt, theme, height=44)


def sweep_chart(sweep: Sequence[Point], theme: Theme) -> Chart:
    """What one digit costs at each batch size: the median as a line, the slowest twentieth as marks."""
    colours = PALETTES[theme]
    columns: dict[str, list[Any]] = {
        "batch": [point.batch_size for point in sweep],
        "p50": [1000 * point.per_digit for point in sweep],
        "p95": [1000 * point.p95 / point.batch_size for point in sweep],
    }
    x = {
        "field": "batch",
        "type": "quantitative",
        "title": "Batch size (images)",
        "scale": {"type": "log", "base": 2, "domain": [1, LARGEST]},
        "axis": {"grid": False, "values": [2**n for n in range(0, 11, 2)], "format": ",d"},
    }
    low, high = min(columns["p50"]), max(columns["p95"])
    y = {
        "field": "p50",
        "type": "quantitative",
        "title": "Microseconds per digit",
        "scale": {"type": "log", "domain": [low / 1.4, high * 1.4], "nice": False},
        "axis": {"values": [base * 10**n for n in range(6) for base in (1, 2, 5)], "format": ",d"},
    }
    line = {"mark": {"type": "line", "color": colours.train, "strokeWidth": 2}, "encoding": {"x": x, "y": y}}
    points = {
        "mark": {"type": "circle", "color": colours.train, "size": 60, "opacity": 1},
        "encoding": {"x": x, "y": y},
    }
    slow = {
        "mark": {"type": "point", "shape": "triangle-up", "color": colours.muted, "size": 50},
        "encoding": {"x": x, "y": {**y, "field": "p95"}},
    }
    first, best = sweep[0], min(sweep, key=lambda point: point.per_digit)
    alt = (
        f"Cost of one digit by batch size: {1000 * first.per_digit:.0f} microseconds at batch "
        f"{first.batch_size}, least at batch {best.batch_size} with {1000 * best.per_digit:.0f}."
    )
    return Chart(base_spec(theme, 260) | {"layer": [slow, line, points]}, columns, alt)


def step_memory_chart(memory: StepMemory, theme: Theme) -> Chart:
    """Megabytes that torch holds during a training step; a line where the way back and the update begin."""
    colours = PALETTES[theme]
    marks = {"backward": memory.backward, "optimizer": memory.optimizer}
    columns: dict[str, list[Any]] = {
        "ms": [*memory.milliseconds, *marks.values()],
        "mb": [*memory.megabytes, *(None for _ in marks)],
        "mark": [*("" for _ in memory.milliseconds), *marks],
    }
    x = {
        "field": "ms",
        "type": "quantitative",
        "title": "Milliseconds",
        "scale": {"nice": False},
        "axis": {"grid": False, "tickCount": 6},
    }
    low, high = min(memory.megabytes), memory.peak
    y = {
        "field": "mb",
        "type": "quantitative",
        "title": "Memory above the start (MB)",
        "scale": {"domain": [low - 0.05 * (high - low), high + 0.2 * (high - low)], "nice": False},
        "axis": {"tickCount": 5},
    }
    line = {
        "transform": [{"filter": "datum.mark == ''"}],
        "mark": {"type": "line", "color": colours.train, "strokeWidth": 2, "interpolate": "step-after"},
        "encoding": {"x": x, "y": y},
    }
    marked = [{"filter": "datum.mark != ''"}]
    rule = {
        "transform": marked,
        "mark": {"type": "rule", "color": colours.muted, "strokeDash": [4, 3]},
        "encoding": {"x": x},
    }
    text = {
        "transform": marked,
        "mark": {
            "type": "text",
            "align": "left",
            "baseline": "top",
            "dx": 5,
            "y": 0,
            "fontSize": 14,
            "color": colours.text,
        },
        "encoding": {"x": x, "text": {"field": "mark"}},
    }
    alt = (
        f"Memory during one training step: {memory.peak:.1f} MB at most, "
        f"{memory.megabytes[-1]:.1f} MB at its end."
    )
    return Chart(base_spec(theme, 220) | {"layer": [rule, line, text]}, columns, alt)
