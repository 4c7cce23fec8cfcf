"""What a projector gets: larger letters, thicker lines, the same data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from dlcore.figures.compare import overlay_chart
from dlcore.figures.confusion import confusion_figure
from dlcore.figures.projector import enlarged
from dlcore.figures.space import empty_figure
from dlcore.runs.shipped import shipped_run


def test_letters_and_lines_of_a_chart() -> None:
    run = shipped_run("mnist")
    chart = overlay_chart([run, replace(run, id="other")], "val", "loss", "epoch", "light")
    large = enlarged(chart.spec)
    assert large["config"]["axis"]["labelFontSize"] == large["config"]["axis"]["titleFontSize"] == 20
    line, letter = large["layer"]
    assert line["mark"]["strokeWidth"] == 4
    assert letter["mark"]["fontSize"] == 20
    assert letter["mark"]["dx"] == 6, "nothing else has grown"
    assert large["height"] > chart.spec["height"]
    assert chart.spec["config"]["axis"]["labelFontSize"] == 14, "the chart itself is as it was"


def test_letters_and_lines_of_a_figure() -> None:
    figure = go.Figure(
        go.Scatter(x=[1, 2], y=[3, 4], line={"width": 2}, textfont={"size": 14}),
        layout={"font": {"size": 14}, "xaxis": {"tickfont": {"size": 14}, "title": {"font": {"size": 14}}}},
    )
    large = enlarged(figure.to_dict())
    trace, layout = large["data"][0], large["layout"]
    assert trace["line"]["width"] == 4
    assert list(trace["x"]) == [1, 2]
    axis = layout["xaxis"]
    for font in (trace["textfont"], layout["font"], axis["tickfont"], axis["title"]["font"]):
        assert font["size"] == pytest.approx(20)


def test_what_comes_out_is_a_figure() -> None:
    for figure in (empty_figure(2, "dark"), confusion_figure(np.eye(10, dtype=np.int64), "light")):
        again = go.Figure(enlarged(figure.to_dict()))
        assert [trace.type for trace in again.data] == [trace.type for trace in figure.data]
        assert again.layout.height == round(20 / 14 * figure.layout.height)
