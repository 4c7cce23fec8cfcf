"""The lesson's questions, answered from the learner's own run and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcore.run import Run
from dlcore.training.evaluation import Evaluation, band
from dlcore.words import banded, percent


@dataclass(frozen=True)
class Answer:
    question: str
    answer: str


def lesson_answers(run: Run, test: Evaluation) -> tuple[Answer, ...]:
    """Why the loss moved as it did, why the accuracy is what it is, and where the misses are."""
    losses = [point.value for point in run.series.get("epoch_loss", ())]
    answers = [_trend(losses)] if len(losses) > 1 else []
    return (*answers, _accuracy(test), _misses(test))


def _trend(losses: list[float]) -> Answer:
    rises = [epoch for epoch in range(2, len(losses) + 1) if losses[epoch - 1] >= losses[epoch - 2]]
    told = ", ".join(f"{loss:.3f}" for loss in losses)
    where = f"No: it rose in epoch {', '.join(map(str, rises))}." if rises else "Yes, at every epoch."
    question, fall = "Is the loss falling at every epoch, and why?", losses[0] - min(losses)
    if fall <= 0:
        return Answer(question, f"{where} {told}. It never fell below that of epoch 1.")
    if losses[1] >= losses[0]:
        return Answer(question, f"{where} {told}. None of the fall came from epoch 1 to 2.")
    return Answer(
        question,
        f"{where} {told}. {percent((losses[0] - losses[1]) / fall)} of the fall came from epoch 1 to 2. "
        "Early gradients are large and agree with each other; later ones are small, and what helps one digit "
        "hurts another.",
    )


def _accuracy(test: Evaluation) -> Answer:
    wrong = test.predictions != test.labels
    sure = int((wrong & (test.confidences > 0.9)).sum())
    right = banded(test.correct / test.total, band(test.correct, test.total))
    return Answer(
        "Why is the accuracy what it is?",
        f"{right} of {test.total:,} test images are right; in brackets stands the luck of which digits were "
        f"drawn for the test. {int(wrong.sum())} are wrong. In "
        f"{sure} of them the network gave its mistake more than 90 % of the vote: it is not in doubt there, "
        "it has learned something false. It sees a digit only through 3×3 windows and 128 hidden units.",
    )


def _misses(test: Evaluation) -> Answer:
    wrong = test.confusion.copy()
    per_digit = wrong.sum(axis=1)
    np.fill_diagonal(wrong, 0)
    rates = wrong.sum(axis=1) / per_digit
    worst, best = int(rates.argmax()), int(rates.argmin())
    true, said = (int(i) for i in np.unravel_index(int(wrong.argmax()), wrong.shape))
    return Answer(
        "Where are the misses?",
        f"The {worst} is missed most: {int(wrong[worst].sum())} of its {int(per_digit[worst]):,}. "
        f"The {best} least: {int(wrong[best].sum())} of {int(per_digit[best]):,}. "
        f"Most often a {true} is read as a {said}, {int(wrong.max())} times.",
    )
