"""Each diagnosis on a run that really shows it."""

import pytest

from dlcore.mnist.splits import make_splits
from dlcore.run import Metric, Run, metrics_of
from dlcore.training.config import TrainConfig
from dlcore.training.diagnostics import diagnose
from dlcore.training.loop import start, train
from dlcore.training.recipes import PRESETS


def run_of(config: TrainConfig) -> Run:
    series: dict[str, list[Metric]] = {}
    splits = make_splits(config.train_size, config.val_size)
    for event in train(start(config), splits):
        for metric in metrics_of(event, 0.0):
            series.setdefault(metric.name, []).append(metric)
    points = {name: tuple(metrics) for name, metrics in series.items()}
    return Run("id", "me", "mnist", "run-1", config.model_dump(), event.status, event.reason, series=points)


LESSON = PRESETS["lesson"].config.replace(train_size=1500, epochs=1)


@pytest.mark.parametrize(
    ("lr", "says", "cure"),
    [
        (8e-6, "is too small", 8e-5),
        (0.8, "overshoots", 0.08),
        (10.0, "overshoots", 1.0),
    ],
)
def test_a_learning_rate_that_does_not_learn_is_named_and_cured(lr, says, cure):
    found = diagnose(run_of(LESSON.replace(lr=lr)))
    assert found is not None
    assert says in found.text
    assert found.cure == {"lr": pytest.approx(cure)}
    LESSON.replace(**found.cure)  # the cure is within bounds


def test_a_run_that_learns_needs_no_cure():
    assert diagnose(run_of(LESSON.replace(lr=0.01))) is None


def test_a_run_under_way_is_not_judged():
    run = Run("id", "me", "mnist", "run-1", LESSON.model_dump(), "running")
    assert diagnose(run) is None
