"""The finder's charts: as many points as steps, and marks where they belong."""

from __future__ import annotations

import math

import pytest

from dlcore.figures.lr_finder import search_chart, tries_chart
from dlcore.figures.palette import Theme
from dlcore.lr_finder.result import Tries, Try, rate_at
from tests.dlcore.lr_finder.test_result import VALLEY


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_finished_search_has_its_three_marks(theme: Theme) -> None:
    chart = search_chart(VALLEY.losses, VALLEY, theme)
    assert chart.columns["mark"].count("") == len(VALLEY.losses)
    marks = dict(zip(chart.columns["mark"], chart.columns["rate"], strict=True))
    assert marks["suggested"] == VALLEY.suggestion
    assert marks["lowest"] == rate_at(VALLEY.lowest)
    assert marks["steepest"] == rate_at(VALLEY.steepest)
    assert len({len(column) for column in chart.columns.values()}) == 1
    assert "Suggested 0.000013." in chart.alt


def test_while_it_searches_there_are_no_marks() -> None:
    assert set(search_chart(VALLEY.losses[:7], None, "light").columns["mark"]) == {""}
    assert search_chart((), None, "light").alt == "Loss by learning rate: nothing measured yet."


def test_tries_are_bars_in_words() -> None:
    tries = Tries(100, (Try(0.01, 0.2, 940, 1_000), Try(1.0, math.inf, 98, 1_000)))
    chart = tries_chart(tries, 0.01, "light")
    assert chart.columns["right"] == pytest.approx([94.0, 9.8])
    assert chart.alt == "After 100 steps, by learning rate: 0.01: 94.0 %, loss 0.20; 1: 9.8 %, it broke."
