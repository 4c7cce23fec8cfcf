"""This machine's devices: measured, put back as they were, drawn."""

from __future__ import annotations

from dataclasses import replace

import torch

from dlcore.events import Stage
from dlcore.figures.devices import roofline_chart, sizes_chart
from dlcore.tensors.devices import ALL, GPU, ONE, SMALL, Devices, DevicesConfig, Point, iter_devices
from dlcore.tensors.words import (
    across_words,
    busy_words,
    copy_words,
    devices_words,
    place_words,
    roof_words,
    small_words,
)


def made(one: tuple[float, ...], most: tuple[float, ...], gpu: str = "") -> Devices:
    """As if it had taken these times for 8, 64 and 512."""
    strong = GPU if gpu else ALL
    sizes = (8, SMALL, 512)
    names = ((ONE, one), (ALL, one if gpu else most)) + (((GPU, most),) if gpu else ())
    points = [
        Point(name, size, took) for name, times in names for size, took in zip(sizes, times, strict=True)
    ]
    moved = dict.fromkeys((ONE, ALL, strong), 1e10)
    return Devices(tuple(points), moved, moved, 4, gpu, 1e10 if gpu else 0.0)


def test_it_measures_and_puts_the_threads_back() -> None:
    had = torch.get_num_threads()
    *stages, found = iter_devices(DevicesConfig(largest=64, seconds=0.01))
    assert isinstance(found, Devices)
    assert all(isinstance(stage, Stage) and 0 <= stage.share < 1 for stage in stages)
    assert torch.get_num_threads() == had
    for name in found.names:
        assert [point.size for point in found.of(name)] == [8, 16, 32, 64]
        assert all(point.seconds > 0 for point in found.of(name))
        assert found.bandwidth[name] > 0
        assert found.added[name] > 0
    unfinished = iter_devices(DevicesConfig(largest=64, seconds=0.01))
    next(unfinished)
    unfinished.close()
    assert torch.get_num_threads() == had


def test_the_crossing_is_the_size_from_which_on_the_strongest_came_first() -> None:
    assert made((1, 2, 9), (2, 3, 5)).crossing == 512
    assert made((1, 4, 9), (2, 3, 5)).crossing == SMALL
    assert made((3, 4, 9), (2, 3, 5)).crossing == 8
    assert made((1, 2, 3), (2, 3, 5)).crossing is None
    assert made((3, 2, 9), (2, 3, 5)).crossing == 512, "not where it lost again"
    assert "From 512×512 on, all threads came first." in devices_words(made((1, 2, 9), (2, 3, 5)))
    assert "at every size" in devices_words(made((3, 4, 9), (2, 3, 5)))
    assert "No gain up to 512×512: there all threads took 1.7 times as long" in devices_words(
        made((1, 2, 3), (2, 3, 5))
    )
    assert made((1, 2, 3), (1, 2, 2.8)).crossing is None, "that is noise"
    assert "took about as long as one thread" in devices_words(made((1, 2, 3), (1, 2, 2.8)))


def test_a_busy_machine_is_said() -> None:
    quiet = made((1, 2, 9), (2, 3, 5))
    assert busy_words(quiet) == ""
    assert "About 3.2 other threads were at work here" in busy_words(replace(quiet, busy=3.2))
    assert "the GPU came first" in devices_words(made((1, 2, 9), (2, 3, 5), "H"))


def test_operations_are_counted_and_the_roof_bends_where_memory_no_longer_waits() -> None:
    point = Point(ONE, 512, 1.0)
    assert point.rate == 2 * 512**3
    assert point.intensity == 512 / 6
    found = made((1e-6, 1e-5, 1e-3), (2e-6, 2e-5, 1e-4))
    assert found.peak == 2 * 512**3 / 1e-4
    assert "fewer than 268.4 operations a byte" in roof_words(found)
    chart = roofline_chart(found, "light")
    kinds = list(zip(chart.columns["kind"], chart.columns["intensity"], chart.columns["rate"], strict=True))
    roof = [(place, rate) for kind, place, rate in kinds if kind == "roof"]
    assert roof[1] == (found.peak / 1e10, found.peak / 1e9)
    assert chart.columns["label"][3:] == ["a + b", "8×8", "64×64", "512×512"]


def test_the_chart_marks_the_crossing() -> None:
    assert len(sizes_chart(made((1, 2, 9), (2, 3, 5)), "dark").spec["layer"]) == 3
    assert len(sizes_chart(made((1, 2, 3), (2, 3, 5)), "dark").spec["layer"]) == 2
    assert sizes_chart(made((1, 2, 9), (2, 3, 5), "H"), "light").columns["device"][-1] == GPU


def test_without_a_gpu_it_says_so_and_names_its_source() -> None:
    alone, helped = made((1, 2, 9), (2, 3, 5)), made((1, 2, 9), (2, 3, 5), "Big One")
    assert "There is no GPU here." in across_words(alone)
    assert "Stated, not measured: [Modal, GPU Glossary: peak rate](https://" in across_words(alone)
    assert "Big One took 6.4 ms" in across_words(helped)
    assert "64 MB took 13 ms" in copy_words(alone)
    assert "4 cores" in place_words(alone)
    assert "64×64" in small_words(alone)
