"""Each diagnosis on a run that really shows it."""

from dataclasses import replace

import pytest
import torch

from dlcore.mnist.splits import make_splits
from dlcore.run import Metric, Run, metrics_of
from dlcore.training.config import TrainConfig
from dlcore.training.diagnostics import GUESSING, diagnose, least_loss, only_guesses, warning
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
    assert found.broken == ("too small" not in says)
    assert found.cure == {"lr": pytest.approx(cure)}
    LESSON.replace(**found.cure)  # the cure is within bounds


FEW = PRESETS["class"].config.replace(train_size=3200, val_size=0, device="cpu")


@pytest.mark.parametrize(
    ("changes", "says", "cure"),
    [
        ({"lr": 1e-6}, "and guessing gives 2.30: learning rate 0.000001 is too small.", {"lr": 1e-5}),
        ({"lr": 1e-6, "first_weights": "he"}, "learning rate 0.000001 is too small.", {"lr": 1e-5}),
        ({"lr": 0.5, "optimizer": "sgd"}, "learning rate 0.5 overshoots.", {"lr": 0.05}),
    ],
)
def test_a_loss_that_stays_is_put_down_to_what_holds_it(changes, says, cure):
    """A tiny rate breaks nothing; one under which the loss leapt is not too small."""
    found = diagnose(run_of(FEW.replace(**changes)))
    assert found is not None
    assert says in found.text
    assert found.cure == pytest.approx(cure)
    assert found.broken == ("too small" not in says)
    FEW.replace(**found.cure)


@pytest.mark.parametrize(("wrong", "least"), [(0.9, "2.30"), (0.85, "2.29")])
@pytest.mark.parametrize(("right", "blamed"), [(0.1, True), (0.7, False)])
def test_wrong_labels_are_blamed_where_nothing_was_learned_from_them(right, blamed, wrong, least):
    """Whether anything was learned, such a loss cannot tell: the test can."""
    points = (2.3, *(2.31,) * 20)
    losses = tuple(Metric("train_loss", step, 1, 0.0, value) for step, value in enumerate(points, 1))
    series = {"train_loss": losses, "test_accuracy": (Metric("test_accuracy", 1, 1, 0.0, right),)}
    config = FEW.replace(wrong_labels=wrong).model_dump()
    found = diagnose(Run("id", "me", "mnist", "a run", config, "finished", series=series))
    assert (found is not None) is blamed
    if found:
        assert found.text.startswith(f"{100 * wrong:g} % of the labels are wrong")
        assert f"below {least}, and guessing gives 2.30." in found.text
        assert found.cure == {"wrong_labels": 0.0}


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    ("changes", "says", "cure"),
    [
        ({"first_weights": "zero"}, "equal units learn equally", {"first_weights": "torch"}),
        ({"first_weights": "tiny"}, "hardly a signal passes", {"first_weights": "torch"}),
        ({"first_weights": "large"}, "every step is lost in them", {"first_weights": "torch"}),
        ({"net": "LeNet5", "activation": "sigmoid"}, "a sigmoid's slope", {"activation": "relu"}),
    ],
)
def test_what_no_learning_rate_cures_is_not_put_down_to_it(changes, says, cure, seed):
    config = LESSON.replace(net="FastCNN", lr=0.01, seed=seed)
    run = run_of(config.replace(**changes))
    found = diagnose(run)
    assert found is not None
    assert says in found.text
    assert found.cure == cure
    step = run.series["train_loss"][-1].step
    half = replace(run, status="running", step=step, total_steps=2 * step)
    assert f"Stop it, and begin again with {list(found.cure_words.split('with '))[1]}." in warning(half)


def test_another_function_and_another_optimizer_that_learn_need_no_cure():
    assert (
        diagnose(run_of(LESSON.replace(lr=0.003, optimizer="muon", activation="tanh", first_weights="he")))
        is None
    )


def test_the_least_loss_is_the_entropy_of_what_is_asked() -> None:
    assert least_loss(0.0, 0.0) == 0.0
    assert least_loss(0.9, 0.0) == pytest.approx(GUESSING), "then a label says nothing"
    target = torch.full((10,), 0.01)
    target[3] += 0.9
    assert least_loss(0.0, 0.1) == pytest.approx(float(-(target * target.log()).sum()), rel=1e-6)


def test_a_run_that_learns_needs_no_cure():
    assert diagnose(run_of(LESSON.replace(lr=0.01))) is None


def test_a_short_run_is_judged_only_if_its_loss_exploded():
    def short(*losses):
        series = {"train_loss": tuple(Metric("train_loss", s, 1, 0.0, v) for s, v in enumerate(losses, 1))}
        return Run("id", "me", "mnist", "a run", LESSON.model_dump(), "finished", series=series)

    assert diagnose(short(2.3, 2.29)) is None
    assert "overshoots" in diagnose(short(2.3, 40.0, 2.4)).text


def test_guessing_is_that_of_as_many_classes_as_there_are():
    """Among two, half is chance, and a loss of 0.69 no lesson learned."""
    points = (2.3, *(0.7,) * 20)
    losses = tuple(Metric("train_loss", step, 1, 0.0, value) for step, value in enumerate(points, 1))
    tested = (Metric("test_accuracy", 1, 1, 0.0, 0.51),)
    series = {"train_loss": losses, "test_accuracy": tested}
    run = Run("id", "me", "mnist", "a run", LESSON.model_dump(), "finished", series=series)
    assert diagnose(run) is None, "among ten it would have learned"
    assert not only_guesses(run)
    assert diagnose(run, 2) is not None
    assert only_guesses(run, 2)
    flat = replace(run, series={"train_loss": losses[1:]})
    assert "guessing gives 0.69" in diagnose(flat, 2).text
    assert least_loss(0.5, 0.0, 2) == pytest.approx(0.6931, abs=1e-4)


@pytest.mark.parametrize(
    ("lr", "way"), [(8e-6, "Move it to 0.00008 now"), (0.8, "Stop it, and begin again with 0.08.")]
)
def test_a_run_under_way_is_warned_from_its_middle_on(lr, way):
    ended = run_of(LESSON.replace(lr=lr))
    step = ended.series["train_loss"][-1].step
    half = replace(ended, status="running", step=step, total_steps=2 * step)
    assert warning(half).startswith("So far: Loss")
    assert way in warning(half)
    assert warning(replace(half, total_steps=2 * step + 1)) == ""
    assert warning(ended) == ""


def test_a_run_under_way_that_learns_is_left_alone():
    ended = run_of(LESSON.replace(lr=0.01))
    assert warning(replace(ended, status="running", step=2, total_steps=2)) == ""


def test_a_run_under_way_is_not_judged():
    run = Run("id", "me", "mnist", "run-1", LESSON.model_dump(), "running")
    assert diagnose(run) is None


@pytest.mark.parametrize(
    ("right", "guesses"), [(0.0892, True), (0.1135, True), (0.1201, False), (0.97, False)]
)
def test_one_answer_for_all_digits_is_guessing(right, guesses):
    tested = {"test_accuracy": (Metric("test_accuracy", 1, 1, 0.0, right),)}
    assert only_guesses(Run("id", "me", "mnist", "a run", {}, "finished", series=tested)) is guesses


def test_what_was_not_tested_does_not_only_guess():
    assert not only_guesses(Run("id", "me", "mnist", "a run", {}, "stopped"))
