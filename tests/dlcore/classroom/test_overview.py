"""A run in a line."""

from __future__ import annotations

from dlcore.classroom.overview import POINTS, line_of, thinned
from dlcore.run import Metric, Run


def test_a_small_curve_keeps_its_ends() -> None:
    values = [float(step) for step in range(1_000)]
    kept = thinned(values, POINTS)
    assert len(kept) == POINTS
    assert (kept[0], kept[-1]) == (0.0, 999.0)
    assert sorted(kept) == list(kept)
    assert thinned([1.23456], POINTS) == (1.235,)


def test_a_run_says_its_accuracy_once_it_is_tested() -> None:
    run = Run("id", "me", "mnist", "class-1", {}, "running")
    assert line_of(run).accuracy is None
    tested = {"test_accuracy": (Metric("test_accuracy", 9, 1, 1.0, 0.98),)}
    assert line_of(Run("id", "me", "mnist", "class-1", {}, "finished", series=tested)).accuracy == 0.98
