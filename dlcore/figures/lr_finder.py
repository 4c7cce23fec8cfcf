"""A range test: raw and smoothed loss over the learning rate, and the rates that it recommends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme
from dlcore.lr_finder.result import HIGHEST, LOWEST, RangeTest, Tries, rate_at, smoothed
from dlcore.lr_finder.words import did_words, rate_words
from dlcore.words import exact_percent, number

HEIGHT = 320
TALLEST = 4.0  # nats: above it a loss lies on the edge; a network that guesses is at 2.3
# Dashes, width, and the row of its words: no line crosses the words of another.
MARKS: Mapping[str, tuple[list[int], float, int]] = {
    "suggested": ([], 3, 0),
    "steepest": ([8, 4], 1.5, 1),
    "lowest": ([2, 4], 1.5, 2),
}
GAP = {"left": 6, "center": 0, "right": -6}
ROW_OF_WORDS = 20  # pixels
ROW, BAR = 56, 20  # pixels: over each bar stand its words, which have the whole width


def search_chart(losses: Sequence[float], found: RangeTest | None, theme: Theme) -> Chart:
    """Losses in nats, not on a log scale: where it falls fastest is read off the picture.

    While it searches there is no `found` yet; each mark is drawn where its row has words.
    """
    colours = PALETTES[theme]
    calm = smoothed(losses)
    marks = _marks(found)
    rows: list[tuple[Any, ...]] = [
        (rate_at(step), loss, calm[step], "", "", "") for step, loss in enumerate(losses)
    ]
    rows += [(rate, None, None, *mark) for rate, *mark in marks]
    names = ("rate", "loss", "smoothed", "mark", "words", "side")
    columns: dict[str, list[Any]] = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    x = {
        "field": "rate",
        "type": "quantitative",
        "title": "Learning rate (log scale)",
        "scale": {"type": "log", "domain": [LOWEST, HIGHEST], "nice": False},
        "axis": {"grid": False, "format": "~g", "values": [10.0**power for power in range(-6, 2)]},
    }
    scale = {"domain": [0, TALLEST], "nice": False, "clamp": True}
    y = {"type": "quantitative", "title": "Loss of a batch (nats)", "scale": scale}
    ink = {"lowest": colours.muted, "steepest": colours.muted, "suggested": colours.positive}
    curve = {"filter": "datum.mark == ''"}
    layers: list[dict[str, Any]] = [
        _layer([curve], {"type": "point", "filled": True, "size": 18, "color": colours.muted}, x, y, "loss"),
        _layer([curve], {"type": "line", "strokeWidth": 3, "color": colours.train}, x, y, "smoothed"),
    ]
    for name, (dash, width, row) in MARKS.items():
        for side in ("left", "center", "right"):
            only = [{"filter": f"datum.mark == '{name}' && datum.side == '{side}'"}]
            text = {"type": "text", "align": side, "dx": GAP[side], "fontSize": 13, "color": ink[name]}
            place = {"y": {"value": ROW_OF_WORDS * (row + 0.5)}, "text": {"field": "words"}}
            layers.append({"transform": only, "mark": text, "encoding": {"x": x, **place}})
        rule = {"type": "rule", "strokeWidth": width, "strokeDash": dash, "color": ink[name]}
        span = {"y": {"value": ROW_OF_WORDS * max(row, 1)}, "y2": {"value": "height"}}
        only = [{"filter": f"datum.mark == '{name}'"}]
        layers.append({"transform": only, "mark": rule, "encoding": {"x": x, **span}})
    return Chart(base_spec(theme, HEIGHT) | {"layer": layers}, columns, _alt(losses, marks))


def _layer(transform: list[Any], mark: Any, x: Any, y: Any, field: str) -> dict[str, Any]:
    return {"transform": transform, "mark": mark, "encoding": {"x": x, "y": {**y, "field": field}}}


def _marks(found: RangeTest | None) -> list[tuple[float, str, str, str]]:
    """Rate, name, words, and which end of the words is at their line."""
    if found is None or found.suggestion is None:
        return []
    low, steep, best = rate_at(found.lowest), rate_at(found.steepest), found.suggestion
    sides = {
        "suggested": (best, "center"),
        "steepest": (steep, "right" if steep < best else "left"),
        "lowest": (low, "right" if low > 1 else "left"),
    }
    return [(rate, name, f"{name} {rate_words(rate)}", side) for name, (rate, side) in sides.items()]


def _alt(losses: Sequence[float], marks: Sequence[tuple[float, str, str, str]]) -> str:
    if not losses:
        return "Loss by learning rate: nothing measured yet."
    calm = smoothed(losses)
    words = f"Loss by learning rate, {len(losses)} steps: from {calm[0]:.2f} down to {min(calm):.2f}"
    words += f", {calm[-1]:.2f} at the last rate, {rate_words(rate_at(len(losses) - 1))}."
    return words + "".join(f" {mark[2].capitalize()}." for mark in marks)


def tries_chart(tries: Tries, suggestion: float, theme: Theme) -> Chart:
    """A bar for each rate: the share of validation images that are right, in percent."""
    colours = PALETTES[theme]
    columns: dict[str, list[Any]] = {
        "rate": [number(one.rate) for one in tries.tries],
        "right": [100 * one.share for one in tries.tries],
        "words": [f"{exact_percent(one.share, 1)}, {did_words(one, tries.classes)}" for one in tries.tries],
        "colour": [colours.positive if one.rate == suggestion else colours.muted for one in tries.tries],
    }
    y = {
        "field": "rate",
        "type": "nominal",
        "sort": None,
        "title": "Learning rate",
        "axis": {"labelColor": colours.text, "ticks": False, "domain": False},
    }
    title = f"Right of {tries.tries[0].total:,} validation images (%)"
    x = {"field": "right", "type": "quantitative", "title": title, "scale": {"domain": [0, 100]}}
    x["axis"] = {"values": [0, 50, 100], "grid": False}
    bars = {
        "mark": {"type": "bar", "height": BAR},
        "encoding": {"y": y, "x": x, "color": {"field": "colour", "type": "nominal", "scale": None}},
    }
    texts = {
        "mark": {"type": "text", "align": "left", "dx": 4, "dy": -BAR, "fontSize": 14, "color": colours.text},
        "encoding": {"y": y, "x": {"datum": 0}, "text": {"field": "words"}},
    }
    told = (f"{rate}: {words}" for rate, words in zip(columns["rate"], columns["words"], strict=True))
    alt = f"After {tries.steps} steps, by learning rate: {'; '.join(told)}."
    return Chart(base_spec(theme, 44 + ROW * len(tries.tries)) | {"layer": [bars, texts]}, columns, alt)
