"""Who is lost, and who is not yet judged."""

from __future__ import annotations

import math

from dlcore.sweep.stopping import comparable, recent_loss, why_lost
from dlcore.training.config import TrainConfig


def losses(value: float, until: int = 100) -> list[tuple[int, float]]:
    return [(step, value) for step in range(10, until + 1, 10)]


OTHERS = [losses(0.1), losses(0.2), losses(0.3)]


def test_far_behind_half_way_is_lost() -> None:
    assert why_lost(losses(2.3, 50), 100, OTHERS) == (
        "Stopped at step 50: loss 2.30, over 3 times the others' median, 0.20."
    )


def test_nobody_is_judged_too_early_or_by_too_few() -> None:
    assert why_lost(losses(2.3, 40), 100, OTHERS) == ""
    assert why_lost(losses(2.3, 50), 100, OTHERS[:2]) == ""
    assert why_lost(losses(2.3, 50), 100, [losses(0.1, 40)] * 5) == "", "none of them came so far"
    assert why_lost([], 100, OTHERS) == ""


def test_an_unlucky_seed_goes_on() -> None:
    assert why_lost(losses(0.59, 50), 100, OTHERS) == ""


def test_others_that_broke_judge_nobody() -> None:
    assert why_lost(losses(2.3, 50), 100, [losses(math.inf)] * 3) == ""


def test_other_optimizers_and_networks_are_not_compared() -> None:
    adam = TrainConfig().replace(optimizer="adam").model_dump()
    assert comparable(adam, adam | {"lr": 0.5, "seed": 3, "dropout": 0.0})
    for other in ({"optimizer": "sgd"}, {"net": "SoftmaxRegression"}, {"wrong_labels": 0.3}):
        assert not comparable(adam, adam | other)


def test_the_recent_loss_is_of_that_step() -> None:
    falling = [(step, 1.0 / step) for step in range(1, 11)]
    assert recent_loss(falling, 5) == sum(1 / step for step in range(1, 6)) / 5
    assert recent_loss(falling, 11) is None
