"""Six engines side by side: how long half of the calls take, and nearly all of them."""

from __future__ import annotations

from typing import Any

from dlcore.figures.chart import Chart, base_spec
from dlcore.figures.palette import PALETTES, Theme
from dlcore.serving.race import InferenceRace

ROW = 44  # pixels


def inference_race_chart(race: InferenceRace, theme: Theme) -> Chart:
    """A dot at p50, a line on to p95, both in milliseconds; the quickest in colour."""
    colours = PALETTES[theme]
    timings = race.timings
    columns: dict[str, list[Any]] = {
        "engine": [timing.engine for timing in timings],
        "p50": [timing.p50 for timing in timings],
        "p95": [timing.p95 for timing in timings],
        "label": [f"{timing.p50:.2f} ms, p95 {timing.p95:.2f}" for timing in timings],
        "quickest": [timing == race.fastest for timing in timings],
    }
    y = {
        "field": "engine",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelFontSize": 15, "labelColor": colours.text, "ticks": False, "domain": False},
    }
    low, high = min(columns["p50"]), max(columns["p95"])
    x = {
        "field": "p50",
        "type": "quantitative",
        "title": "Milliseconds for one image (log scale): dot p50, line to p95",
        "scale": {"type": "log", "domain": [0.8 * low, high * (high / low) ** 0.8], "nice": False},
        "axis": {"grid": True, "tickCount": 4, "format": "~g"},
    }
    colour = {"condition": {"test": "datum.quickest", "value": colours.train}, "value": colours.muted}
    layers = [
        {
            "mark": {"type": "rule", "strokeWidth": 4},
            "encoding": {"y": y, "x": x, "x2": {"field": "p95"}, "color": colour},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 180, "opacity": 1},
            "encoding": {"y": y, "x": x, "color": colour},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 14, "color": colours.text},
            "encoding": {"y": y, "x": {**x, "field": "p95"}, "text": {"field": "label"}},
        },
    ]
    fastest = race.fastest
    alt = (
        f"{fastest.engine} is the quickest of {len(timings)} engines: half of its calls take at most "
        f"{fastest.p50:.2f} ms, 95 % at most {fastest.p95:.2f} ms."
    )
    return Chart(base_spec(theme, ROW * len(timings)) | {"layer": layers}, columns, alt)


def race_words(race: InferenceRace) -> str:
    """What the times were measured on."""
    threads = "1 thread" if race.threads == 1 else f"{race.threads} threads"
    return (
        f"{race.calls} calls each on this server ({race.machine}), {threads}, PyTorch {race.torch}, from "
        f"normalised image to logits. The engines take turns; their first calls do not count. What else "
        "the server does shows in p95."
    )
