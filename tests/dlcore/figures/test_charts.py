"""The pictures show the numbers they are given, name their axes and say the finding in words."""

import math
from dataclasses import replace

import numpy as np
import pytest

from dlcore.figures.bars import probability_chart
from dlcore.figures.blackpatch import patch_curve
from dlcore.figures.compare import overlay_chart
from dlcore.figures.confusion import confusion_alt, confusion_figure
from dlcore.figures.curves import MAX_POINTS, accuracy_chart, loss_chart
from dlcore.figures.digits import digit_image, maps_image
from dlcore.figures.palette import PALETTES
from dlcore.run import Metric, Run


def run_with(**series: list[float]) -> Run:
    points = {
        name: tuple(Metric(name, step, 1, float(step), value) for step, value in enumerate(values, start=1))
        for name, values in series.items()
    }
    return Run("id", "me", "mnist", "run-1", {}, "running", total_steps=20, series=points)


def test_loss_chart_holds_every_split_at_its_epoch():
    run = run_with(train_loss=[2.0, 1.0], val_loss=[1.5])
    chart = loss_chart(run, steps_per_epoch=10, theme="light")
    assert chart.columns["value"] == [2.0, 1.0, 1.5]
    assert chart.columns["epoch"] == [0.1, 0.2, 0.1]
    assert chart.columns["split"] == ["train", "train", "val"]
    assert "train 1.000" in chart.alt


def test_a_long_curve_is_averaged_not_cut():
    values = [float(v) for v in range(1, 1201)]
    chart = loss_chart(run_with(train_loss=values), steps_per_epoch=10, theme="dark")
    assert len(chart.columns["value"]) <= MAX_POINTS
    assert np.mean(chart.columns["value"]) == pytest.approx(np.mean(values))


def test_accuracy_is_drawn_as_the_wrong_share():
    chart = accuracy_chart(run_with(test_accuracy=[0.99]), steps_per_epoch=1, theme="light")
    assert chart.columns["value"] == pytest.approx([1.0])
    assert "99.0 %" in chart.alt


@pytest.mark.parametrize("make", [loss_chart, accuracy_chart])
def test_nothing_measured_yet_is_a_chart_too(make):
    chart = make(run_with(), 10, "light")
    assert chart.columns["value"] == []
    assert "nothing measured yet" in chart.alt


@pytest.mark.parametrize(
    ("make", "value", "words"),
    [(loss_chart, math.log(10), "ln 10 = 2.303"), (accuracy_chart, 90, "10 %")],  # drawn as the wrong share
)
def test_chance_is_a_line_with_its_words(make, value, words):
    chart = make(run_with(train_loss=[0.1], train_accuracy=[0.9]), 10, "light")
    line, label = chart.spec["layer"][:2]
    assert (line["mark"]["type"], label["mark"]["type"]) == ("rule", "text")
    assert line["data"]["values"] == [{"value": pytest.approx(value), "words": f"chance: {words}"}]
    assert f"Chance: {words}." in chart.alt


def loss_domain(losses: list[float]) -> list[float]:
    chart = loss_chart(run_with(train_loss=losses), 10, "light")
    scales = [
        layer["encoding"]["y"]["scale"]
        for layer in chart.spec["layer"]
        if "scale" in layer["encoding"].get("y", {})
    ]
    assert all(scale == scales[0] and not scale["nice"] for scale in scales)
    return scales[0]["domain"]


def test_the_loss_axis_stands_from_the_first_frame_to_the_last():
    """Only a steady loss below its floor moves it, by whole decades; one above its top lies on it."""
    losses = [2.3, 9.0, 240.0, 1e6, 0.5, 0.1, 0.02, 0.011]
    assert {tuple(loss_domain(losses[:count])) for count in range(len(losses) + 1)} == {(0.01, 10.0)}
    assert loss_domain([*losses, 0.004]) == [0.01, 10.0], "one lucky batch"
    assert loss_domain([*losses, *[0.004] * 10]) == loss_domain([*losses, *[0.0011] * 10]) == [0.001, 10.0]
    assert loss_domain([0.0]) == [0.01, 10.0]


def moved(*values: tuple[int, float]) -> Run:
    points = tuple(Metric("set_lr", step, -1, 0.0, value) for step, value in values)
    run = run_with(train_loss=[2.0], train_accuracy=[0.5])
    return replace(run, config={"lr": 0.005}, series={**run.series, "set_lr": points})


@pytest.mark.parametrize("make", [loss_chart, accuracy_chart])
def test_a_learning_rate_moved_by_hand_is_a_mark_and_in_words(make):
    chart = make(moved((5, 1.0), (15, 0.1)), 10, "light")
    rows = list(zip(chart.columns["split"], chart.columns["epoch"], chart.columns["words"], strict=True))
    assert rows[1:] == [("moved", 0.5, "lr → 1"), ("moved", 1.5, "lr → 0.1")]
    assert "Moved by hand: lr 0.005 → 1 at step 5, → 0.1 at step 15." in chart.alt
    rules = [layer for layer in chart.spec["layer"] if layer["mark"]["type"] == "rule"]
    assert any("datum.split == 'moved'" in str(layer.get("transform")) for layer in rules)
    assert make(moved(), 10, "light").spec == chart.spec, "a mark comes with the data: the chart stays"


def test_of_two_moves_close_together_the_later_one_has_words():
    chart = loss_chart(moved((5, 1.0), (6, 0.1)), 10, "light")
    assert chart.columns["words"] == ["", "", "lr → 0.1"]


def test_somebody_elses_run_is_faint_and_says_so():
    run = run_with(train_loss=[2.0])
    own, faint = (loss_chart(run, 10, "light", faint=faint) for faint in (False, True))
    opacity = [
        [layer["mark"]["opacity"] for layer in chart.spec["layer"] if "opacity" in layer["mark"]]
        for chart in (own, faint)
    ]
    assert set(opacity[0]) == {1}
    assert max(opacity[1]) < 0.5
    assert "not yours" in faint.alt
    assert "not yours" not in own.alt


def test_bars_mark_the_largest_share():
    probabilities = [0.01] * 10
    probabilities[3] = 0.91
    chart = probability_chart(probabilities, "light")
    assert chart.columns["best"].index(True) == 3
    assert sum(chart.columns["share"]) == pytest.approx(100)
    assert "3 gets 91 %" in chart.alt


def test_confusion_names_its_axes_and_the_most_frequent_mistake():
    counts = np.eye(10, dtype=np.int64) * 5
    counts[4, 9] = 3
    figure = confusion_figure(counts, "light")
    assert figure.layout.xaxis.title.text == "The network said"
    assert figure.layout.yaxis.title.text == "True digit"
    assert figure.data[0].z[4][9] == 3
    assert np.isnan(figure.data[0].z[4][4])
    assert "3 times a 4 was read as 9" in confusion_alt(counts)
    assert "no mistakes" in confusion_alt(np.eye(10, dtype=np.int64))


def test_digit_image_keeps_every_pixel_square():
    pixels = np.zeros((28, 28), np.uint8)
    pixels[0, 27] = 255
    image = np.asarray(digit_image(pixels, 280))
    assert image.shape == (280, 280)
    assert (image[:10, 270:] == 255).all()
    assert image.sum() == 255 * 100


@pytest.mark.parametrize("theme", PALETTES)
def test_maps_are_the_background_at_zero_and_the_role_colours_at_the_limits(theme):
    maps = np.zeros((2, 4, 4), np.float32)
    maps[0, 0, 0], maps[1, 0, 0] = 2.0, -2.0
    image = maps_image(maps, theme, columns=2, scale=1)
    palette = PALETTES[theme]

    def colour(x: int, y: int) -> str:
        return "#{:02X}{:02X}{:02X}".format(*image.getpixel((x, y)))

    assert colour(0, 0) == palette.positive
    assert colour(6, 0) == palette.negative
    faint = maps_image(maps, theme, columns=2, scale=1, limit=20.0)
    assert faint.getpixel((0, 0)) != image.getpixel((0, 0)), "a wider scale makes it paler"
    assert colour(1, 1) == palette.background


@pytest.mark.parametrize("series", [{}, {"val_loss": (Metric("val_loss", 10, 1, 0.5, 0.2),)}])
def test_no_axis_is_left_to_be_found_in_data_that_come_later(series):
    run = Run("id", "anna", "mnist", "a run", {"seed": 0}, "finished", total_steps=20, series=series)
    charts = [overlay_chart([run], "val", "loss", "epoch", "light"), loss_chart(run, 10, "light")]
    charts += [overlay_chart([run], "val", "accuracy", "epoch", "light"), accuracy_chart(run, 10, "light")]
    charts += [patch_curve(run, what, 10, "light") for what in ("loss", "accuracy")]
    axes = [
        layer["encoding"][axis]
        for chart in charts
        for layer in chart.spec["layer"]
        for axis in ("x", "y")
        if "field" in layer["encoding"].get(axis, {})
    ]
    assert len(axes) > 20
    assert all(len(axis["scale"]["domain"]) == 2 for axis in axes)
    assert all(axis["scale"]["domain"][0] < axis["scale"]["domain"][1] for axis in axes)
