"""The means of a run's last reports, against those of the images themselves."""

from __future__ import annotations

import pytest

from dlcore.run import Metric, Run
from dlcore.training.config import TrainConfig
from dlcore.training.recent import ENOUGH, recent

CONFIG = TrainConfig(train_size=1050, val_size=0, epochs=3, batch_size=100, device="cpu")  # 11 steps, 50 last


def run_until(step: int, config: TrainConfig = CONFIG, every: int = 1) -> Run:
    """Every step reported; its loss is its number, and of its images that share is right."""
    steps = range(every, step + 1, every)
    losses = tuple(Metric("train_loss", s, 1, 0.0, float(s)) for s in steps)
    shares = tuple(Metric("train_accuracy", s, 1, 0.0, s / 100) for s in steps)
    series = {"train_loss": losses, "train_accuracy": shares}
    return Run("id", "me", "mnist", "a run", config.model_dump(), "running", series=series)


def size(step: int) -> int:
    return 50 if step % 11 == 0 else 100


@pytest.mark.parametrize("step", [1, 9, 10, 11, 12, 22, 27])
def test_it_is_over_a_thousand_images_or_all_so_far(step: int) -> None:
    found = recent(run_until(step), CONFIG)
    assert found is not None
    assert found.images >= min(ENOUGH, sum(map(size, range(1, step + 1))))
    steps = [s for s in range(1, step + 1) if sum(map(size, range(s, step + 1))) <= found.images]
    assert found.images == sum(map(size, steps)) < ENOUGH + 100
    assert found.loss == pytest.approx(sum(size(s) * s for s in steps) / found.images)
    assert found.accuracy == pytest.approx(found.loss / 100)


def test_one_batch_of_more_is_enough() -> None:
    large = CONFIG.replace(train_size=6000, batch_size=2000)
    found = recent(run_until(3, large), large)
    assert found is not None
    assert (found.images, found.loss) == (2000, 3.0)


def test_of_a_long_run_that_kept_every_second_report_none_counts_twice() -> None:
    long = CONFIG.replace(train_size=20_000, epochs=100)
    assert long.report_every == 10
    found = recent(run_until(2000, long, every=20), long)
    assert found is not None
    assert (found.images, found.loss) == (1000, 2000.0)


def test_before_the_first_report_there_is_nothing() -> None:
    assert recent(run_until(0), CONFIG) is None
