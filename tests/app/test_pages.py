"""Every page there is: it opens, it is reachable, and it opens on something computed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.app.explained import explained, mentioned, unexplained
from tests.app.reading import traced, vote
from tests.measures_first import MEASURES_FIRST
from ui.path import CLASS, MACHINE, MY_WORK, WORDS

PAGES = Path(__file__).resolve().parents[2] / "pages"
FOUND = sorted(path.relative_to(PAGES).as_posix() for path in PAGES.glob("**/*.py"))

# What a page shows the moment it opens, as AppTest names it. A new page gets its line here.
SHOWS: dict[str, tuple[str, ...]] = {
    "activations_and_gradients.py": ("bidi_component", "code", "markdown"),
    "black_patch/embedding.py": ("plotly_chart", "image", "markdown"),
    "black_patch/inside.py": ("vega_lite_chart", "markdown"),
    "black_patch/train.py": ("vega_lite_chart", "markdown"),
    "black_patch/profiling.py": ("metric", "vega_lite_chart", "graphviz_chart"),
    "bug_lab.py": ("bidi_component", "vega_lite_chart", "pills", "markdown"),
    "builder.py": ("metric", "dataframe", "pills", "code"),
    "gan.py": ("bidi_component", "vega_lite_chart", "button"),
    "gan/plane.py": ("bidi_component", "pills", "markdown"),
    "gan/train.py": ("vega_lite_chart", "markdown", "button"),
    "home.py": ("metric", "image", "vega_lite_chart"),
    "lr_finder.py": ("vega_lite_chart", "button", "markdown"),
    "many_gpus.py": ("bidi_component", "segmented_control", "markdown"),
    "mnist/activations.py": ("metric", "bidi_component", "markdown"),
    "mnist/data.py": ("bidi_component", "segmented_control", "code"),
    "mnist/embedding.py": ("plotly_chart", "image", "markdown"),
    "mnist/structure.py": ("metric", "graphviz_chart", "dataframe", "vega_lite_chart"),
    "mnist/profiling.py": ("metric", "vega_lite_chart", "dataframe"),
    "mnist/draw.py": ("bidi_component", "select_slider", "toggle"),
    "mnist/fool.py": ("bidi_component", "selectbox", "markdown"),
    "mnist/hand.py": ("bidi_component", "button", "markdown"),
    "mnist/export.py": ("metric", "dataframe", "code", "download_button"),
    "mnist/loss_surface.py": ("bidi_component", "vega_lite_chart"),
    "mnist/train.py": ("metric", "vega_lite_chart"),
    "class.py": ("text_input", "button"),
    "machine.py": ("text_input", "button"),
    "classifier.py": ("bidi_component", "vega_lite_chart", "image", "plotly_chart", "dataframe"),
    "picture_app.py": ("bidi_component", "vega_lite_chart", "image"),
    "recogniser.py": ("bidi_component", "vega_lite_chart", "image", "code"),
    "my_work.py": ("text_area",),
    "optimizers/race.py": ("bidi_component", "vega_lite_chart", "dataframe", "markdown"),
    "playground.py": ("bidi_component", "pills", "markdown"),
    "runs.py": ("dataframe", "vega_lite_chart"),
    "sweep.py": ("vega_lite_chart", "button"),
    "tensors.py": ("bidi_component", "pills", "code"),
    "words.py": ("text_input", "markdown"),
}

# What their boards show: tests/ui/test_playing.py and test_signalling.py, and here the data and many GPUs
BOARDS = ("playground.py", "activations_and_gradients.py", "mnist/data.py", "many_gpus.py", "gan/plane.py")

# Pages that compute nothing before somebody types: a word, a teacher's code, a note.
DOORS = (WORDS.file, CLASS.file, MACHINE.file, MY_WORK.file)

# Pages that explain a word at their foot or further down, but not where it first stands. None is added.
LATER = {
    "black_patch/embedding.py",
    "black_patch/inside.py",
    "black_patch/profiling.py",
    "mnist/activations.py",
    "mnist/embedding.py",
    "mnist/export.py",
    "mnist/loss_surface.py",
    "mnist/profiling.py",
    "mnist/structure.py",
    "optimizers/race.py",
}


def test_every_page_says_what_it_opens_on() -> None:
    assert sorted(SHOWS) == FOUND
    assert all(SHOWS.values()), "no page opens empty"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", FOUND)
def test_it_opens_on_something_computed(open_page: Callable[..., Any], path: str, theme: str) -> None:
    page = open_page(path, theme=theme, **MEASURES_FIRST.get(path, {}))
    assert not page.sentences
    assert page.at.title[0].value
    if path in MEASURES_FIRST:
        page.wait(lambda: all(page.at.get(kind) for kind in SHOWS[path]), "it has measured")
    for kind in SHOWS[path]:
        assert page.at.get(kind), f"{path} shows no {kind}"
    numbers = [metric.value for metric in page.at.metric if any(c.isdigit() for c in metric.value)]
    rows = [len(column) for chart in page.charts() for column in chart.values()]
    plotted = [json.loads(chart.proto.spec)["data"] for chart in page.at.get("plotly_chart")]
    computed = numbers or rows or plotted or vote(page).get("bars") or traced(page).get("graph")
    assert computed or path in (*DOORS, *BOARDS), "nothing on it was computed"
    assert all(rows), "a chart without data"
    assert all(plotted), "a figure without data"
    if path != WORDS.file:
        assert path in LATER or unexplained(page) == []
        words = {term.name for term in mentioned(page.words) if not term.everyday}
        assert words - explained(page) == set(), "at its foot at least"


def test_one_visit_goes_through_all_pages_and_back(open_page: Callable[..., Any]) -> None:
    page = open_page("home.py")
    for path in [*FOUND, *reversed(FOUND)]:
        page.switch(path)
        assert page.at.title, path
        assert not page.sentences, path
