"""Charts of a deep stack: what they hold, what they say, and no number that a chart cannot hold."""

from __future__ import annotations

import math

import pytest

from dlcore.figures.signals import flow_chart, gradient_chart, histogram_chart
from dlcore.signals.config import SignalsConfig
from dlcore.signals.stack import BINS, measure


def test_bars_stand_for_each_layers_gradient() -> None:
    signals = measure(SignalsConfig(depth=4, width=16))
    chart = gradient_chart(signals, 2, "light")
    assert chart.columns["log"] == pytest.approx([math.log10(layer.gradient) for layer in signals.layers])
    assert chart.columns["here"] == [False, True, False, False]
    low, high = chart.spec["encoding"]["y"]["scale"]["domain"]
    assert low < min(chart.columns["log"])
    assert max(chart.columns["log"]) <= high
    assert chart.spec["encoding"]["y2"] == {"datum": low}
    assert "4 layers' weights" in chart.alt


def test_signals_and_blame_share_one_axis() -> None:
    signals = measure(SignalsConfig(depth=3, width=16))
    chart = flow_chart(signals, "dark")
    assert chart.columns["kind"] == ["Signals forward"] * 3 + ["Blame back"] * 3
    assert chart.columns["log"][0] == pytest.approx(math.log10(signals.layers[0].signal))
    assert chart.columns["log"][-1] == pytest.approx(math.log10(signals.layers[-1].blame))


def test_what_is_0_or_too_large_leaves_a_gap() -> None:
    chart = gradient_chart(measure(SignalsConfig(init="zero", depth=2)), 1, "light")
    assert all(map(math.isnan, chart.columns["log"]))
    low, high = chart.spec["encoding"]["y"]["scale"]["domain"]
    assert math.isfinite(low)
    assert low < high


def test_a_histogram_holds_all_that_was_looked_at() -> None:
    found = measure(SignalsConfig(depth=1, width=16)).layers[0].signals
    chart = histogram_chart(found, "What layer 1 hands on", "#005FB8", "light")
    assert sum(chart.columns["share"]) == pytest.approx(100)
    assert len(chart.columns["from"]) == BINS
    assert chart.columns["from"][0] == -found.reach
    assert chart.columns["to"][-1] == pytest.approx(found.reach)
    assert chart.alt.startswith("What layer 1 hands on: from -")
