"""The lesson's answers are read off the run and the test, not recited."""

import numpy as np
import pytest

from dlcore.run import Metric, Run
from dlcore.training.evaluation import Evaluation
from dlcore.training.questions import lesson_answers


def run_with(losses: list[float]) -> Run:
    points = tuple(Metric("epoch_loss", n, n, 0.0, loss) for n, loss in enumerate(losses, start=1))
    return Run("id", "me", "mnist", "r", {}, "finished", series={"epoch_loss": points})


def evaluation() -> Evaluation:
    """Ten of each digit; three 4s are read as 9, two of them with 95 % of the vote."""
    labels = np.repeat(np.arange(10), 10)
    predictions, confidences = labels.copy(), np.full(100, 0.99, np.float32)
    predictions[40:43] = 9
    confidences[40:43] = [0.95, 0.95, 0.5]
    return Evaluation(labels, predictions, confidences, np.zeros(100, np.float32))


def test_the_trend_is_told_with_the_runs_own_losses():
    falling, rising = run_with([0.5, 0.2, 0.1]), run_with([0.5, 0.2, 0.3])
    assert lesson_answers(falling, evaluation())[0].answer.startswith(
        "Yes, at every epoch. 0.500, 0.200, 0.100."
    )
    assert "75 %" in lesson_answers(falling, evaluation())[0].answer
    assert lesson_answers(rising, evaluation())[0].answer.startswith("No: it rose in epoch 3.")


@pytest.mark.parametrize("losses", [[2.3, 2.31], [2.3, 2.3, 2.3], [2.3, 2.4, 2.35]])
def test_a_loss_that_never_fell_has_no_share_of_a_fall(losses: list[float]) -> None:
    answer = lesson_answers(run_with(losses), evaluation())[0].answer
    assert answer.startswith("No: it rose in epoch 2")
    assert answer.endswith(". It never fell below that of epoch 1.")
    assert "%" not in answer


def test_a_fall_that_came_later_has_none_from_epoch_1_to_2():
    answer = lesson_answers(run_with([0.5, 0.6, 0.4]), evaluation())[0].answer
    assert answer == "No: it rose in epoch 2. 0.500, 0.600, 0.400. None of the fall came from epoch 1 to 2."


def test_the_accuracy_comes_with_its_count_and_its_band():
    answer = lesson_answers(run_with([0.5, 0.2]), evaluation())[1].answer
    assert "97.00 % (91.55 to 98.97) of 100 test images are right" in answer
    assert "3 are wrong. In 2 of them" in answer


def test_the_misses_name_the_digit():
    answer = lesson_answers(run_with([0.5, 0.2]), evaluation())[2].answer
    assert "The 4 is missed most: 3 of its 10." in answer
    assert "Most often a 4 is read as a 9, 3 times." in answer


def test_one_epoch_has_no_trend():
    assert len(lesson_answers(run_with([0.5]), evaluation())) == 2
