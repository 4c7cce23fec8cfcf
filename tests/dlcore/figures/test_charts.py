"""The pictures show the numbers they are given, name their axes and say the finding in words."""

import numpy as np
import pytest

from dlcore.figures.bars import probability_chart
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
