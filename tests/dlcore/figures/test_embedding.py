"""The scatter shows every image once, rings the followed one, and cuts where the network does."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from dlcore.figures.embedding import embedding_alt, embedding_figure
from dlcore.figures.embedding_html import embedding_html
from dlcore.figures.logits import logit_alt, logit_counts, logit_figure
from dlcore.figures.palette import PALETTES, mixed
from dlcore.figures.patches import framed_image, patch_text
from dlcore.inspection.embedding.patches import EmbedConfig, PatchEmbedding, embed
from dlcore.runs.jobs.blackpatch import load_network
from dlcore.runs.shipped import shipped_run


@pytest.fixture(scope="module")
def result() -> PatchEmbedding:
    return embed(*load_network(shipped_run("black_patch").checkpoints[-1]), EmbedConfig())


def marks(result: PatchEmbedding) -> list:
    return [trace for trace in embedding_figure(result, "light").data if trace.customdata is not None]


def test_every_image_is_on_one_mark(result: PatchEmbedding) -> None:
    counts = [re.search(r"(\d+) images? ?", text) for trace in marks(result) for text in trace.hovertext]
    assert sum(int(found.group(1)) for found in counts if found) == 600


def test_wrong_ones_are_marked_as_wrong(result: PatchEmbedding) -> None:
    for trace in marks(result):
        right = {bool(result.right[image]) for image in trace.customdata}
        assert right == {not trace.name.startswith("✗")}
    assert [trace.name for trace in marks(result)] == ["− no patch", "+ patch", "✗ patch missed"]


def test_a_mark_lies_where_its_image_does(result: PatchEmbedding) -> None:
    width = result.window.x[1] - result.window.x[0]
    for trace in marks(result):
        placed = np.stack([trace.x, trace.y], axis=1)
        assert np.abs(placed - result.points[list(trace.customdata)]).max() < 0.02 * width


def test_the_followed_image_is_ringed(result: PatchEmbedding) -> None:
    ring = embedding_figure(result, "light", picked=7).data[-1]
    assert ring.marker.symbol == "circle-open"
    assert (ring.x[0], ring.y[0]) == pytest.approx(tuple(result.points[7]), abs=0.1)


def test_the_dashed_line_is_drawn_where_there_is_one(result: PatchEmbedding) -> None:
    kinds = [trace.type for trace in embedding_figure(result, "dark").data]
    assert kinds[:2] == ["heatmap", "contour"]
    assert result.boundary is not None
    one_sided = replace(result, boundary=replace(result.boundary, logits=abs(result.boundary.logits) + 1))
    assert "contour" not in [trace.type for trace in embedding_figure(one_sided, "dark").data]


def test_both_axes_have_one_scale_and_say_what_they_hold(result: PatchEmbedding) -> None:
    layout = embedding_figure(result, "light").layout
    assert layout.yaxis.scaleanchor == "x"
    assert layout.xaxis.title.text == "Direction 1: 99.4 % of the variance"
    assert "26 dots" in embedding_alt(result)
    assert "126 are judged wrong" in embedding_alt(result)


def test_logits_are_counted_by_class_with_an_edge_at_the_decision(result: PatchEmbedding) -> None:
    edges, counts = logit_counts(result)
    assert counts.sum(axis=1).tolist() == [300, 300]
    right_of_0 = edges[:-1] >= -1e-9
    assert counts[1][~right_of_0].sum() == 126
    assert counts[0][right_of_0].sum() == 0
    assert logit_figure(result, "light").layout.yaxis.title.text == "Images"
    assert "126 of them not over 0" in logit_alt(result)


def test_the_hover_text_is_the_image() -> None:
    image = np.ones((3, 3), np.float32)
    image[1, 2] = 0
    assert patch_text(image) == "░░░░░░<br>░░░░██<br>░░░░░░"
    assert framed_image(image, 92).size == (92, 92)


def test_a_tint_lies_between_colour_and_background() -> None:
    assert mixed("#FF0000", "#000000", 0.5) == "#800000"
    assert mixed("#123456", "#FFFFFF", 1.0) == "#123456"


@pytest.mark.parametrize("theme", PALETTES)
def test_the_page_asks_nobody_for_anything(theme) -> None:
    network, trained = load_network(shipped_run("black_patch").checkpoints[-1])
    results = [embed(network, trained, EmbedConfig(layer=layer)) for layer in range(3)]
    page = embedding_html(results, "<run>", theme)
    assert page.count("<h2>") == 5
    assert "<title>Embedding of &lt;run&gt;</title>" in page
    assert "Plotly.newPlot" in page
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=\"(?!data:)", page)
