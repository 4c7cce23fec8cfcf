"""A profile's pictures: all time is drawn, layer 1 has its colour, and both themes can be read."""

from __future__ import annotations

import re

import pytest

from dlcore.figures.call_graph import call_graph_alt, call_graph_dot
from dlcore.figures.palette import PALETTES, Theme
from dlcore.figures.profile import SELECTION, functions_chart, memory_chart, race_chart, shown_functions
from dlcore.figures.source_lines import source_html
from dlcore.words import percent
from tests.dlcore.inspection.python_profile.profiles import profile_of

LAYER_ONE = ("Dense.forward", "layer 1")  # whatever is the longest on a busy machine
THEMES: tuple[Theme, ...] = ("light", "dark")


def test_the_bars_hold_all_the_time() -> None:
    columns = functions_chart(profile_of(), "Dense.forward", "light").columns
    ends = dict(zip(columns[SELECTION], columns["to"], strict=True))
    assert sum(ends.values()) == pytest.approx(100)
    assert columns["from"][0] == 0
    assert set(columns["part"]) == {"layer 1", "the rest"}


def test_the_longest_bars_are_of_dense_and_mostly_layer_one() -> None:
    chart = functions_chart(profile_of(), "Dense.forward", "light")
    longest = [function.name for function in shown_functions(profile_of())[:4]]
    assert {"Dense.forward", "Dense.nudge"} <= set(longest), "on a busy machine a third may come between"
    bar = list(zip(chart.columns[SELECTION], chart.columns["part"], strict=True)).index(LAYER_ONE)
    first = chart.columns["to"][bar] / chart.columns["end"][bar]  # where its part ends, of the whole bar
    assert first > 0.5
    assert "Dense.forward" in chart.alt


def test_the_chosen_bar_is_marked_and_a_click_gives_its_function() -> None:
    chart = functions_chart(profile_of(), "Dense.nudge", "dark")
    marked = {n for n, on in zip(chart.columns[SELECTION], chart.columns["chosen"], strict=True) if on}
    assert marked == {"Dense.nudge"}
    bars, _ = chart.spec["layer"]
    assert bars["params"][0]["select"]["fields"] == [SELECTION]


def test_the_memory_curve_has_its_marks_and_says_its_peak() -> None:
    memory = profile_of().memory
    chart = memory_chart(memory, "light")
    assert [mark for mark in chart.columns["mark"] if mark] == ["Making images", "Training"]
    assert chart.columns["second"].count(memory.seconds[-1]) >= 1
    assert f"{max(memory.megabytes):.1f} MB at most" in chart.alt


def test_the_race_shows_both_ways() -> None:
    chart = race_chart(profile_of().race, "light")
    assert chart.columns["way"] == ["Index loops", "This network"]
    assert f"{profile_of().race.ratio:.1f} times" in chart.alt


@pytest.mark.parametrize("theme", THEMES)
def test_the_call_graph_has_the_pages_colours(theme: Theme) -> None:
    dot = call_graph_dot(profile_of().pstats, theme)
    colours = PALETTES[theme]
    assert f'bgcolor="{colours.background}"' in dot
    assert {colour.lower() for colour in re.findall(r'fontcolor="(#\w+)"', dot)} == {
        colours.text.lower(),
        colours.muted.lower(),
    }
    assert "Dense.forward\\n" in dot
    assert "train_step" in dot
    assert not re.search(r"\d\.\d\d%", dot), "whole per cent are enough"


def test_the_call_graphs_words_follow_the_busiest_path() -> None:
    words = call_graph_alt(profile_of().pstats)
    assert re.search(r"train (100|9\d|9\d\.\d+) %, from there _train_epoch", words), words
    assert words.endswith(" %.")


def test_the_source_is_shown_as_it_is_with_the_time_beside_it() -> None:
    profile = profile_of()
    lines = profile.lines_of("Dense.nudge")
    html = source_html(lines, profile.watched_seconds, "light")
    assert html.count("<tr>") == len(lines) + 1
    assert "for i, d in enumerate(blame):" in html
    assert percent(max(line.own for line in lines) / profile.watched_seconds) in html
    assert PALETTES["light"].train in html


def test_signs_of_the_source_are_no_html() -> None:
    lines = profile_of().lines_of("train_step")
    html = source_html(lines, profile_of().watched_seconds, "dark")
    assert "-&gt; Generator[" in html
    assert "(logit &gt; 0.0)" in html
