"""Surfaces as figures: float32, holes where the network broke, one scale, the path at its real height."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlcore.figures.landscape import View, path_traces, surface_alt, surface_figure
from dlcore.figures.landscape_flat import contour_figure, line_chart, slice_chart
from dlcore.figures.landscape_html import surface_csv, surface_html
from dlcore.figures.palette import PALETTES
from dlcore.figures.space import empty_figure
from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.lines import Line
from dlcore.landscape.picture import Picture, Prepared, Stop
from dlcore.landscape.planes import Placed, Window
from dlcore.landscape.surfaces import Surface


def made(scale: float = 1.0, stops: int = 3) -> Picture:
    axis = np.linspace(-1, 1, 11)
    loss = (scale * (0.01 + axis[None, :] ** 2 + 2 * axis[:, None] ** 2)).astype(np.float32)
    placed = tuple(Placed(-1 + 0.5 * i, 0.1 * i, 0.2 * i) for i in range(stops))
    path = tuple(Stop(i, p, 2.0 - 0.9 * i, 0.1 + 0.4 * i, 1.5) for i, p in enumerate(placed))
    prepared = Prepared(SurfaceConfig(resolution="11"), Window((-1, 1), (-1, 1)), 100, placed=placed)
    return Picture(prepared, Surface(axis, axis, loss, np.exp(-loss)), path, 121)


def broken() -> Picture:
    picture = made(stops=0)
    assert picture.surface is not None
    loss = picture.surface.loss.copy()
    loss[2, 3], loss[5, 5] = np.nan, np.inf
    return replace(picture, surface=replace(picture.surface, loss=loss))


def test_rows_are_betas_and_columns_alphas() -> None:
    (surface, *_) = surface_figure([made()], "light", View(log=False)).data
    assert surface.z[0, 5] == pytest.approx(2.01)  # beta -1, alpha 0
    assert surface.z[5, 0] == pytest.approx(1.01)
    assert surface.customdata[5, 0, 0] == pytest.approx(2.01), "as Plotly reads it: a browser test holds that"
    assert {array.dtype for array in (surface.x, surface.y, surface.z, surface.customdata)} == {
        np.dtype(np.float32)
    }


@pytest.mark.parametrize("log", [True, False])
def test_a_cell_that_is_not_finite_is_a_hole(log: bool) -> None:
    (surface,) = surface_figure([broken()], "dark", View(log=log)).data
    assert np.isnan(surface.z).sum() == 2
    assert np.isnan(surface.z[2, 3])
    assert np.isnan(surface.z[5, 5])
    assert "2 points are not finite" in surface_alt(broken())


def test_the_path_stands_at_its_own_loss_with_lines_to_the_plane() -> None:
    surface, drops, edge, line = surface_figure([made()], "light", View(log=False)).data
    assert np.asarray(line.z).tolist() == pytest.approx([2.0, 1.1, 0.2])
    assert np.array_equal(edge.z, line.z)
    assert np.asarray(drops.z)[:2].tolist() == pytest.approx([2.0, 1.5])
    assert np.isnan(np.asarray(drops.z)[2::3]).all()
    assert surface.opacity < 1


def test_the_ends_of_the_path_have_words_on_a_ground_of_their_own() -> None:
    """Letters on the surface itself are read against every colour of it."""
    figure = surface_figure([made()], "dark", View(log=False))
    start, end = figure.layout.scene.annotations
    assert (start.text, end.text) == ("start, epoch 0", "end, epoch 2")
    assert (end.x, end.y, end.z) == pytest.approx((0, 0.2, 0.2))
    assert {words.bgcolor for words in (start, end)} == {PALETTES["dark"].background}
    assert not surface_figure([made(stops=0)], "dark").layout.scene.annotations


def test_stops_within_an_epoch_are_named_after_their_step() -> None:
    picture = made()
    path = tuple(replace(stop, epoch=0, step=16 * n) for n, stop in enumerate(picture.path))
    (*_, line) = surface_figure([replace(picture, path=path)], "light").data
    assert [row[0] for row in line.customdata] == ["epoch 0", "epoch 0, step 16", "epoch 0, step 32"]


def test_two_pictures_have_one_scale_and_paths_that_can_be_played() -> None:
    pictures = [made(), made(scale=100.0)]
    figure = surface_figure(pictures, "light", titles=("one", "other"))
    surfaces = [trace for trace in figure.data if trace.type == "surface"]
    for trace in surfaces:
        assert (trace.cmin, trace.cmax) == pytest.approx((-2.0, np.log10(301)), abs=1e-4)
    assert figure.layout.scene.zaxis.range == figure.layout.scene2.zaxis.range
    assert [annotation.text for annotation in figure.layout.annotations] == ["one", "other"]
    traces = path_traces(pictures)
    assert traces == (2, 3, 6, 7)
    assert all(len(figure.data[index].x) == 3 for index in traces)
    assert path_traces([made(stops=0), made()]) == (3, 4)


def test_a_name_above_a_surface_is_shown_and_not_obeyed() -> None:
    """Plotly makes links of tags; what it shows of &lt; is a <."""
    name = '<a href="http://evil.example">x</a> & &lt;b&gt;'
    figure = surface_figure([made(), made()], "light", titles=(name, "other"))
    page = surface_html(surface_figure([made()], "light"), name)
    told = '&lt;a href="http://evil.example"&gt;x&lt;/a&gt; &amp; &amp;lt;b&amp;gt;'
    assert figure.layout.annotations[0].text == told
    *_, drawn = page.split("Plotly.newPlot(")
    assert "evil.example" in drawn
    assert not any(tag in drawn for tag in ("<a", "\\u003ca"))


def test_an_empty_place_is_seen_as_its_surfaces_will_be() -> None:
    pictures = [made(), made(scale=100.0)]
    empty, full = empty_figure(2, "dark"), surface_figure(pictures, "dark", titles=("one", "other"))
    assert [trace.scene for trace in empty.data] == ["scene", "scene2"]
    assert all(trace.x == (None,) for trace in empty.data)
    for scene in ("scene", "scene2"):
        for name in ("domain", "camera", "aspectratio", "uirevision"):
            assert empty.layout[scene][name] == full.layout[scene][name]
        assert not any(empty.layout[scene][f"{axis}axis"].showticklabels for axis in "xyz")


def test_colour_by_accuracy_keeps_the_height() -> None:
    by_loss = surface_figure([made()], "light", View(colour="loss")).data[0]
    by_right = surface_figure([made()], "light", View(colour="accuracy")).data[0]
    assert np.array_equal(by_loss.z, by_right.z)
    assert by_right.surfacecolor.max() <= 100
    assert by_loss.surfacecolor is None


def test_axes_speak_plain_numbers() -> None:
    scene = surface_figure([made()], "light").layout.scene
    assert scene.zaxis.title.text == "Loss (nats, log)"
    assert list(scene.zaxis.ticktext) == ["0.01", "0.03", "0.1", "0.3", "1", "3"]


def test_the_surface_from_above_has_the_same_numbers() -> None:
    contour, edge, line = contour_figure(made(), "light", View()).data
    assert contour.z.dtype == np.float32
    assert np.asarray(line.x).tolist() == [-1.0, -0.5, 0.0]
    assert np.array_equal(edge.x, line.x)
    assert "alpha 0" in surface_alt(made())


def test_slices_pass_through_the_network() -> None:
    chart = slice_chart(made(), "light", View(log=False))
    rows = list(zip(*chart.columns.values(), strict=True))
    assert (0.0, pytest.approx(0.01), "along α (β 0)") in rows
    assert len(rows) == 22
    assert len(slice_chart(broken(), "light", View()).columns["Loss"]) == 20


def test_a_line_leaves_out_what_is_not_finite() -> None:
    line = Line((0.0, 0.5, 1.0), (1.0, float("inf"), 0.5), (0.2, 0.1, 0.8))
    assert line_chart({"a": line}, "dark", View()).columns["Loss"] == [1.0, 0.5]


def test_files_hold_all_of_it() -> None:
    rows = surface_csv(made()).splitlines()
    assert rows[0] == "alpha,beta,loss,accuracy"
    assert len(rows) == 122
    assert rows[1].split(",")[:2] == ["-1", "-1"]
    page = surface_html(surface_figure([made()], "light"), "Loss surface")
    assert "Plotly.newPlot" in page
    assert "<script src=" not in page
