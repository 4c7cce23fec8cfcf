"""An active run in memory, and the fair shares of a machine."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from dlcore.run import Checkpoint, Metric, Run
from dlcore.runs.live import POINTS_IN_MEMORY, Live
from dlcore.runs.placing import threads_for
from dlcore.runs.protocol import Report


@pytest.mark.parametrize(
    ("cores", "active", "threads"), [(1, 1, 1), (8, 1, 8), (8, 3, 2), (2, 5, 1), (4, 0, 4)]
)
def test_threads_are_shared_out(cores: int, active: int, threads: int) -> None:
    assert threads_for(cores, active) == threads


def test_a_series_in_memory_is_thinned_and_keeps_its_ends() -> None:
    live = Live(Run("id", "anna", "mnist", "x", {}, "running"))
    for step in range(2200):  # the longest there is
        live.add([Metric("train_loss", step, 1, 0.0, 0.5)])
    steps = [point.step for point in live.series["train_loss"]]
    assert len(steps) <= POINTS_IN_MEMORY
    assert (steps[0], steps[-1]) == (0, 2199)
    assert all(1 <= after - before <= 8 for before, after in pairwise(steps))


def test_weights_that_are_written_again_stand_there_once(tmp_path: Path) -> None:
    first = Checkpoint(tmp_path / "a.safetensors", "a", 0, 0)
    second = Checkpoint(tmp_path / "b.safetensors", "b", 1, 10)
    live = Live(Run("id", "anna", "mnist", "x", {}, "running"))
    for told in ((first,), (second,), (first,)):  # its machine was lost before its first epoch was known
        live.hear(Report("id", checkpoints=told))
    assert live.run.checkpoints == (first, second)
