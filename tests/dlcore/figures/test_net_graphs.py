"""Graphs of a network in DOT, and the shares as bars: colours of the page, numbers in words, valid text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dlcore.errors import UploadError
from dlcore.figures.net_graphs import autograd_alt, autograd_dot, module_alt, module_dot
from dlcore.figures.palette import PALETTES, Theme
from dlcore.figures.structure import shares_chart
from dlcore.inspection.structure.draw_dot import can_draw, to_svg
from dlcore.inspection.structure.graphs import autograd_graph
from dlcore.inspection.structure.structure import inspect_model, painted
from dlcore.nets.registry import build_model

MODEL = build_model("FastCNN")
FOUND = inspect_model(MODEL)
PAINT = painted(FOUND, "multiply_adds", batch_size=1)
THEMES: tuple[Theme, ...] = ("light", "dark")


def fill(dot: str, name: str) -> str:
    found = re.search(rf'^\t"{name}" \[.*fillcolor="(#\w+)"', dot, re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("theme", THEMES)
def test_the_bluer_the_more_and_never_by_colour_alone(theme: Theme) -> None:
    dot = module_dot(FOUND, PAINT, theme, chosen="conv2")
    background = PALETTES[theme].background
    assert f'bgcolor="{background}"' in dot
    assert fill(dot, "pool1") == background
    assert len({fill(dot, name) for name in ("pool1", "fc1", "conv1", "conv2")}) == 4
    assert r"conv2: Conv2d 3×3\n691,200 · 56 %" in dot
    assert '"conv1" -> "pool1" [label="  24×24×24"]' in dot
    assert dot.count("penwidth=3") == 1


@pytest.mark.parametrize("theme", THEMES)
def test_the_autograd_graph_tells_its_roles_apart_without_colour(theme: Theme) -> None:
    graph = autograd_graph(MODEL, saved=True)
    dot = autograd_dot(graph, theme)
    assert dot.count('style="filled,dashed"') == graph.count("saved")
    assert dot.count('style="filled,rounded", fillcolor') == graph.count("operation")
    assert dot.count("->") == len(graph.edges)
    assert f"{graph.count('saved')} more tensors" in autograd_alt(graph)


def test_a_quote_in_a_name_ends_no_label() -> None:
    paint = painted(FOUND, "parameters", batch_size=1)
    words = {**paint.words, "pool1": 'a "quote" \\ here'}
    dot = module_dot(FOUND, type(paint)(paint.title, paint.shares, words), "light")
    assert r"a \"quote\" \\ here" in dot


def test_alt_texts_state_the_finding() -> None:
    assert module_alt(FOUND, PAINT).endswith("Most multiply-adds: conv2 with 56 %.")
    assert module_alt(FOUND, painted(FOUND, "time", batch_size=1)).endswith("dropout1, fc2.")
    alt = shares_chart(FOUND, "light").alt
    assert alt.startswith(
        "fc1 holds 95 % of the parameters and does 16 % of the multiply-adds; conv2 holds 3.2 %"
    )


def test_both_shares_of_each_layer_with_weights_are_bars() -> None:
    columns = shares_chart(FOUND, "dark").columns
    assert columns["layer"] == [name for name in ("conv1", "conv2", "fc1", "fc2") for _ in range(2)]
    assert sum(columns["share"]) == pytest.approx(200)


def test_without_dot_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not can_draw()
    with pytest.raises(
        UploadError, match=r"^An SVG needs Graphviz's program dot, .* or take the DOT file\.$"
    ):
        to_svg("digraph {}")


@pytest.mark.parametrize(("script", "drawn"), [("cat", True), ("exit 3", False)])
def test_with_dot_it_draws_or_says_that_it_cannot(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, drawn: bool
) -> None:
    """A program of that name: the real one is not on every machine."""
    program = tmp_path / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert can_draw()
    if drawn:
        assert to_svg("digraph {}") == b"digraph {}"
    else:
        with pytest.raises(UploadError, match="could not draw this graph"):
            to_svg("digraph {}")
