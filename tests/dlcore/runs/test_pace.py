import pytest

from dlcore.run import Metric, Run
from dlcore.runs.pace import pace


def run_with(points: list[tuple[int, float]]) -> Run:
    series = {"train_loss": tuple(Metric("train_loss", step, 1, at, 0.5) for step, at in points)}
    return Run("id", "me", "mnist", "r", {}, "running", step=points[-1][0], total_steps=100, series=series)


def test_speed_and_time_left_come_from_the_last_reports():
    found = pace(run_with([(10, 1.0), (20, 3.0)]), batch_size=64)
    assert found is not None
    assert found.images_per_second == pytest.approx(5 * 64)
    assert found.seconds_left == pytest.approx(16)


def test_one_report_tells_no_speed():
    assert pace(run_with([(10, 1.0)]), batch_size=64) is None
